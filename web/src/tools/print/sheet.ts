/** The geometry of a printed sheet: its parts in millimetres, and what its map shows at a scale. Pure. */
import type { Extent } from '../../catalog';

export type Paper = 'a4' | 'a3';
export type Turn = 'portrait' | 'landscape';

/** Millimetres. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Sheet extends Size {
  readonly paper: Paper;
  readonly turn: Turn;
  readonly map: Size;
  /** Beside the map where the sheet is wide, below where it is tall: legend and what is said of the map. */
  readonly side: Size;
}

interface Measures {
  readonly short: number;
  readonly long: number;
  readonly head: number;
  /** Width of the column beside the map, height of the strip below it. */
  readonly column: number;
  readonly strip: number;
}

const MEASURES: Readonly<Record<Paper, Measures>> = {
  a4: { short: 210, long: 297, head: 12, column: 62, strip: 70 },
  a3: { short: 297, long: 420, head: 16, column: 84, strip: 92 },
};

/** Wider than the edge that office printers leave white. */
export const MARGIN_MM = 10;
export const GAP_MM = 3;
export const FOOT_MM = 6;
export const headMm = (paper: Paper): number => MEASURES[paper].head;

export function sheetOf(paper: Paper, turn: Turn): Sheet {
  const { short, long, head, column, strip } = MEASURES[paper];
  const [width, height] = turn === 'portrait' ? [short, long] : [long, short];
  const inside = { width: width - 2 * MARGIN_MM, height: height - 2 * MARGIN_MM - head - FOOT_MM };
  const parts =
    turn === 'portrait'
      ? {
          map: { width: inside.width, height: inside.height - strip - GAP_MM },
          side: { width: inside.width, height: strip },
        }
      : {
          map: { width: inside.width - column - GAP_MM, height: inside.height },
          side: { width: column, height: inside.height },
        };
  return { paper, turn, width, height, ...parts };
}

/** Denominators that one can work with by a ruler. */
export const SCALES = [
  1_000, 2_000, 5_000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 250_000, 500_000, 1_000_000,
] as const;

/** CSS pixels in a millimetre: a CSS inch has 96. */
export const PX_PER_MM = 96 / 25.4;

/** WGS 84. */
const EQUATOR_RADIUS_M = 6_378_137;
const ECCENTRICITY_SQUARED = 0.006_694_379_990_14;
/** Width of the whole world at zoom 0, in CSS pixels. */
const WORLD_PX = 512;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/**
 * Metres on the ground in a metre of the web's Mercator plane. That plane is of a sphere, the ground is of
 * an ellipsoid: this is the mean of its two directions, right in each within 0.4 %.
 */
export function groundPerPlane(latitude: number): number {
  const flat = 1 - ECCENTRICITY_SQUARED * Math.sin(radians(latitude)) ** 2;
  return (Math.sqrt(1 - ECCENTRICITY_SQUARED) / flat) * Math.cos(radians(latitude));
}

/** The zoom at which a CSS pixel of paper shows what the scale says, at a latitude. */
export function zoomOf(scale: number, latitude: number): number {
  const groundPerPx = scale / PX_PER_MM / 1000;
  const worldM = 2 * Math.PI * EQUATOR_RADIUS_M * groundPerPlane(latitude);
  return Math.log2(worldM / (WORLD_PX * groundPerPx));
}

/** How large a frame of paper is on a screen map of another zoom, in CSS pixels. */
export function frameOnScreen(frame: Size, scale: number, latitude: number, zoom: number): Size {
  const times = PX_PER_MM * 2 ** (zoom - zoomOf(scale, latitude));
  return { width: frame.width * times, height: frame.height * times };
}

/** The largest scale at which the frame holds all of a screen map of this size; the smallest there is, if none does. */
export function fittingScale(frame: Size, screen: Size, latitude: number, zoom: number): number {
  const holds = SCALES.find((scale) => {
    const shown = frameOnScreen(frame, scale, latitude, zoom);
    return shown.width >= screen.width && shown.height >= screen.height;
  });
  return holds ?? SCALES[SCALES.length - 1] ?? 1_000_000;
}

const MERCATOR_MAX = 85.0511;
const mercator = (latitude: number): number => Math.log(Math.tan(Math.PI / 4 + radians(latitude) / 2));
const latitudeOf = (y: number): number => ((2 * Math.atan(Math.exp(y)) - Math.PI / 2) * 180) / Math.PI;

/** What a frame around a centre shows, in degrees. */
export function frameExtent(frame: Size, scale: number, longitude: number, latitude: number): Extent {
  const worldPx = WORLD_PX * 2 ** zoomOf(scale, latitude);
  const halfWidth = ((frame.width * PX_PER_MM) / 2 / worldPx) * 360;
  const halfHeight = ((frame.height * PX_PER_MM) / 2 / worldPx) * 2 * Math.PI;
  const y = mercator(Math.max(-MERCATOR_MAX, Math.min(MERCATOR_MAX, latitude)));
  return [longitude - halfWidth, latitudeOf(y - halfHeight), longitude + halfWidth, latitudeOf(y + halfHeight)];
}

export interface ScaleBar {
  readonly metres: number;
  readonly mm: number;
  /** Into how many equal parts it is cut. */
  readonly parts: number;
}

/** The longest bar of a round length that is not longer than `mostMm`. */
export function scaleBar(scale: number, mostMm: number): ScaleBar {
  const most = (mostMm * scale) / 1000;
  const power = 10 ** Math.floor(Math.log10(most));
  const digit = most / power >= 5 ? 5 : most / power >= 4 ? 4 : most / power >= 2 ? 2 : 1;
  const metres = digit * power;
  return { metres, mm: (metres * 1000) / scale, parts: digit === 5 ? 5 : digit === 1 ? 2 : 4 };
}

/** `1:25 000`, as on maps; the spaces do not break. */
export function formatScale(scale: number): string {
  return `1:${String(scale).replace(/\B(?=(\d{3})+$)/g, '\u00a0')}`;
}
