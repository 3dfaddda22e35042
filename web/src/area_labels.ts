/**
 * One label for each area. A vector tile holds only its own piece of an area, and a label drawn from
 * tiles would stand in every piece; here the loaded pieces are brought together and the label is
 * anchored once. Geometry only; the map calls it when it has come to rest.
 */

type Ring = readonly (readonly number[])[];

interface Piece {
  readonly rings: readonly Ring[];
  /** In square degrees: good enough to compare pieces of one province. */
  readonly area: number;
  readonly centre: readonly [number, number];
}

/** A feature as far as labels need it. */
export interface LabelledFeature {
  readonly id?: string | number | undefined;
  readonly geometry: GeoJSON.Geometry;
  readonly properties: Readonly<Record<string, unknown>> | null;
}

function pieceOf(rings: readonly Ring[]): Piece | null {
  const outer = rings[0];
  if (!outer) return null;
  let twiceArea = 0;
  let x = 0;
  let y = 0;
  for (let index = 0; index + 1 < outer.length; index += 1) {
    const [x0 = 0, y0 = 0] = outer[index] ?? [];
    const [x1 = 0, y1 = 0] = outer[index + 1] ?? [];
    const cross = x0 * y1 - x1 * y0;
    twiceArea += cross;
    x += (x0 + x1) * cross;
    y += (y0 + y1) * cross;
  }
  if (twiceArea === 0) return null;
  return { rings, area: Math.abs(twiceArea / 2), centre: [x / (3 * twiceArea), y / (3 * twiceArea)] };
}

function pieces(geometry: GeoJSON.Geometry): Piece[] {
  const polygons =
    geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  return polygons.flatMap((rings) => pieceOf(rings) ?? []);
}

/** Whether a position lies inside a piece and outside its holes (even-odd rule). */
function contains(piece: Piece, x: number, y: number): boolean {
  let inside = false;
  for (const ring of piece.rings) {
    for (let index = 0; index + 1 < ring.length; index += 1) {
      const [x0 = 0, y0 = 0] = ring[index] ?? [];
      const [x1 = 0, y1 = 0] = ring[index + 1] ?? [];
      if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
    }
  }
  return inside;
}

/** The middle of the widest stretch of a piece along the horizontal through `y`; null if it is not cut. */
function widestStretch(piece: Piece, y: number): { x: number; width: number } | null {
  const crossings: number[] = [];
  for (const ring of piece.rings) {
    for (let index = 0; index + 1 < ring.length; index += 1) {
      const [x0 = 0, y0 = 0] = ring[index] ?? [];
      const [x1 = 0, y1 = 0] = ring[index + 1] ?? [];
      if (y0 > y !== y1 > y) crossings.push(((x1 - x0) * (y - y0)) / (y1 - y0) + x0);
    }
  }
  crossings.sort((a, b) => a - b);
  let best: { x: number; width: number } | null = null;
  for (let index = 0; index + 1 < crossings.length; index += 2) {
    const [from = 0, to = 0] = [crossings[index], crossings[index + 1]];
    if (!best || to - from > best.width) best = { x: (from + to) / 2, width: to - from };
  }
  return best;
}

/** Where a label of an area made of these pieces stands: inside it, near its middle. */
function anchorOf(all: readonly Piece[]): [number, number] | null {
  const largest = all.reduce<Piece | null>((best, one) => (!best || one.area > best.area ? one : best), null);
  if (!largest) return null;
  const total = all.reduce((sum, one) => sum + one.area, 0);
  const x = all.reduce((sum, one) => sum + one.centre[0] * one.area, 0) / total;
  const y = all.reduce((sum, one) => sum + one.centre[1] * one.area, 0) / total;
  if (all.some((one) => contains(one, x, y))) return [x, y];
  const [, middle] = largest.centre;
  const stretch = widestStretch(largest, middle);
  return stretch ? [stretch.x, middle] : [largest.centre[0], middle];
}

/** One point for each feature among the pieces, with the feature's own attributes. */
export function labelAnchors(features: readonly LabelledFeature[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const byFeature = new Map<string | number, { properties: LabelledFeature['properties']; pieces: Piece[] }>();
  for (const feature of features) {
    if (feature.id === undefined) continue;
    const known = byFeature.get(feature.id);
    if (known) known.pieces.push(...pieces(feature.geometry));
    else byFeature.set(feature.id, { properties: feature.properties, pieces: pieces(feature.geometry) });
  }
  const anchors: GeoJSON.Feature<GeoJSON.Point>[] = [];
  for (const [id, { properties, pieces: all }] of byFeature) {
    const anchor = anchorOf(all);
    if (anchor) {
      anchors.push({
        type: 'Feature', id, properties: { ...properties }, geometry: { type: 'Point', coordinates: anchor },
      });
    }
  }
  return { type: 'FeatureCollection', features: anchors };
}
