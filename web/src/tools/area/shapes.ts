/** What is drawn on the map, as the server's texts and as shapes to show. Longitudes and latitudes in degrees. Pure. */
import type { Extent } from '../../catalog';
import { type LonLat, planeOf, toDegrees } from './planes';

export type Drawn =
  | { readonly kind: 'polygon'; readonly ring: readonly LonLat[] }
  | { readonly kind: 'circle'; readonly centre: LonLat; readonly metres: number }
  | { readonly kind: 'line'; readonly line: readonly LonLat[]; readonly metres: number };

/** The server's form of a feature's ground, or of what lies within some metres of the feature. */
export function featureText(layer: string, id: number | string, metres: number): string {
  const feature = `feature:${layer}/${id}`;
  return metres > 0 ? `buffer:${Number(metres.toFixed(1))}:${feature}` : feature;
}

/** The farthest that the server reaches, metres. */
export const REACH_MAX_M = 200_000;

/** Seven digits are a centimetre. */
const degree = (value: number): string => String(Number(value.toFixed(7)));
const pairs = (positions: readonly LonLat[]): string => positions.map(([lon, lat]) => `${degree(lon)} ${degree(lat)}`).join(',');

/** The server's form of a drawing. */
export function drawnText(drawn: Drawn): string {
  switch (drawn.kind) {
    case 'polygon':
      return `POLYGON((${pairs(drawn.ring)}))`;
    case 'circle':
      return `circle:${degree(drawn.centre[0])},${degree(drawn.centre[1])},${Number(drawn.metres.toFixed(1))}`;
    case 'line':
      return `buffer:${Number(drawn.metres.toFixed(1))}:LINESTRING(${pairs(drawn.line)})`;
  }
}

const EARTH_M = 6_371_008.8;
const RADIAN = Math.PI / 180;
const CIRCLE_CORNERS = 72;

/** A circle's ring, for showing. */
export function circleRing([lon, lat]: LonLat, metres: number): LonLat[] {
  const away = metres / EARTH_M;
  const [sin, cos] = [Math.sin(lat * RADIAN), Math.cos(lat * RADIAN)];
  return Array.from({ length: CIRCLE_CORNERS + 1 }, (_, step): LonLat => {
    const turn = ((step % CIRCLE_CORNERS) / CIRCLE_CORNERS) * 2 * Math.PI;
    const north = Math.asin(sin * Math.cos(away) + cos * Math.sin(away) * Math.cos(turn));
    const east = Math.atan2(Math.sin(turn) * Math.sin(away) * cos, Math.cos(away) - sin * Math.sin(north));
    return [lon + east / RADIAN, north / RADIAN];
  });
}

/** The middle of a circle's ring. */
export function middleOf(ring: readonly LonLat[]): LonLat {
  const open = ring.slice(0, -1);
  const mean = (at: 0 | 1): number => open.reduce((sum, position) => sum + position[at], 0) / open.length;
  return [mean(0), mean(1)];
}

export function metresBetween([aLon, aLat]: LonLat, [bLon, bLat]: LonLat): number {
  const [north, east] = [(bLat - aLat) * RADIAN, (bLon - aLon) * RADIAN];
  const half = Math.sin(north / 2) ** 2 + Math.cos(aLat * RADIAN) * Math.cos(bLat * RADIAN) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(half));
}

/** What is drawn, for the map. */
export function shapeOf(drawn: Drawn): GeoJSON.Geometry {
  if (drawn.kind === 'line') return { type: 'LineString', coordinates: drawn.line.map((position) => [...position]) };
  const ring = drawn.kind === 'circle' ? circleRing(drawn.centre, drawn.metres) : drawn.ring;
  return { type: 'Polygon', coordinates: [ring.map((position) => [...position])] };
}

/** West, south, east, north of a shape; null where it has no position. */
export function boundsOf(shape: GeoJSON.Geometry): Extent | null {
  const numbers = (
    shape.type === 'GeometryCollection' ? shape.geometries.map((one) => ('coordinates' in one ? one.coordinates : [])) : shape.coordinates
  ) as unknown[];
  const flat = numbers.flat(Infinity) as number[];
  const depth = Number.isFinite(flat[2]) && hasHeights(shape) ? 3 : 2;
  const [lons, lats] = [flat.filter((_, at) => at % depth === 0), flat.filter((_, at) => at % depth === 1)];
  if (lons.length === 0) return null;
  const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
  return [least(lons), least(lats), most(lons), most(lats)];
}

function hasHeights(shape: GeoJSON.Geometry): boolean {
  let first: unknown = 'coordinates' in shape ? shape.coordinates : [];
  while (Array.isArray(first) && Array.isArray(first[0])) first = first[0] as unknown;
  return Array.isArray(first) && first.length > 2;
}

/** A corner of the area that the server measured. */
export interface ToldCorner {
  readonly part: number;
  /** 0 is the ring around a part. */
  readonly hole: number;
  readonly northing: number;
  readonly easting: number;
}

/** The rings of each part, as told. */
function rings(corners: readonly ToldCorner[]): ToldCorner[][][] {
  const parts: ToldCorner[][][] = [];
  let last: ToldCorner | null = null;
  for (const corner of corners) {
    if (last === null || corner.part !== last.part) parts.push([[]]);
    else if (corner.hole !== last.hole) parts.at(-1)?.push([]);
    parts.at(-1)?.at(-1)?.push(corner);
    last = corner;
  }
  return parts;
}

/** The area that corners of the server go round. */
export function measuredShape(corners: readonly ToldCorner[], plane: number): GeoJSON.MultiPolygon {
  const there = planeOf(plane);
  const ring = (own: ToldCorner[]): GeoJSON.Position[] => {
    const positions = own.map((corner) => [...toDegrees(corner, there)]);
    return positions[0] ? [...positions, [...positions[0]]] : [];
  };
  return { type: 'MultiPolygon', coordinates: rings(corners).map((part) => part.map(ring)) };
}

/** The same as a text that asks for it again: plain corners where they are one ring, else degrees. */
export function measuredText(corners: readonly ToldCorner[], plane: number): string {
  const parts = rings(corners);
  if (parts.length === 1 && parts[0]?.length === 1) {
    return `corners:${plane}:${corners.map(({ northing, easting }) => `${northing} ${easting}`).join(';')}`;
  }
  const there = planeOf(plane);
  const ring = (own: ToldCorner[]): string => {
    const positions = own.map((corner): LonLat => toDegrees(corner, there));
    return `(${pairs(positions[0] ? [...positions, positions[0]] : [])})`;
  };
  return `MULTIPOLYGON(${parts.map((part) => `(${part.map(ring).join(',')})`).join(',')})`;
}
