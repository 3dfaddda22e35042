/**
 * Lengths and areas of what was clicked, on the plane of VN-2000 in which the server measures (EPSG:9210),
 * and how they are written. Pure.
 */
import type { Language } from '../../catalog';
import { formatFixed } from '../../coordinates/written';
import { type Degrees, MEASURING_PLANE, type PlanePosition, toPlane } from '../../vn2000';

export interface Figures {
  /** Metres from each point to the next, the last one back to the first. */
  readonly sides: readonly number[];
  /** Metres along the points. */
  readonly length: number;
  /** Metres around them, with the way back to the first. */
  readonly perimeter: number;
  /** Square metres inside; null for fewer than three points, and where the sides cross. */
  readonly area: number | null;
  readonly crosses: boolean;
}

export function measured(points: readonly Degrees[]): Figures {
  const corners = points.map((point) => toPlane(MEASURING_PLANE, point));
  const sides = sidesOf(corners);
  const perimeter = sides.reduce((sum, side) => sum + side, 0);
  const crosses = sidesCross(corners);
  return {
    sides,
    length: perimeter - (sides[sides.length - 1] ?? 0),
    perimeter,
    area: corners.length < 3 || crosses ? null : ringArea(corners),
    crosses,
  };
}

/** Each corner with the one after it, the last with the first. */
function around(corners: readonly PlanePosition[]): [PlanePosition, PlanePosition][] {
  return corners.map((corner, index) => [corner, corners[(index + 1) % corners.length] ?? corner]);
}

function sidesOf(corners: readonly PlanePosition[]): number[] {
  return around(corners).map(([from, to]) => Math.hypot(to.easting - from.easting, to.northing - from.northing));
}

/** Square metres, by the sum of trapezia, counted from the first corner so that no digit is lost. */
function ringArea(corners: readonly PlanePosition[]): number {
  const origin = corners[0];
  if (!origin) return 0;
  const twice = around(corners).reduce((sum, [from, to]) => {
    const [x0, y0] = [from.easting - origin.easting, from.northing - origin.northing];
    const [x1, y1] = [to.easting - origin.easting, to.northing - origin.northing];
    return sum + x0 * y1 - x1 * y0;
  }, 0);
  return Math.abs(twice) / 2;
}

/** Twice the area of a triangle, positive where `c` lies left of the way from `a` to `b`. */
function turn(a: PlanePosition, b: PlanePosition, c: PlanePosition): number {
  return (b.easting - a.easting) * (c.northing - a.northing) - (b.northing - a.northing) * (c.easting - a.easting);
}

/** Whether any two sides that are no neighbours meet within both. */
function sidesCross(corners: readonly PlanePosition[]): boolean {
  const sides = around(corners);
  return sides.some(([a, b], first) =>
    sides.slice(first + 2).some(([c, d], further) => {
      const neighbours = first === 0 && further + 2 === sides.length - 1;
      return !neighbours && turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
    }),
  );
}

/** Metres, or kilometres from one on, to the centimetre as far as a map tells. */
export function formatLength(metres: number, language: Language): string {
  return metres < 1000 ? `${formatFixed(metres, 2, language)} m` : `${formatFixed(metres / 1000, 3, language)} km`;
}

/** Square metres, from a hectare on with hectares before them. */
export function formatArea(squareMetres: number, language: Language): string {
  const plain = `${formatFixed(squareMetres, 1, language)} m²`;
  return squareMetres < 10_000 ? plain : `${formatFixed(squareMetres / 10_000, 4, language)} ha (${plain})`;
}
