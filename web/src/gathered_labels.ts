/** Labels of areas on the running map: each draws from a source of its own, with one point for each area. */
import type { GeoJSONSource, Map as MapLibre, SourceSpecification } from 'maplibre-gl';
import { labelAnchors } from './area_labels';
import { ANCHOR_KEY, type Drawing, metadata } from './layers';

/** Of a label without anchors. */
const NONE = '[]';

const anchorSource = (drawing: string): string => `${drawing}/anchors`;

export class GatheredLabels {
  /** What each label was last anchored to, by drawing. */
  private readonly anchored = new Map<string, string>();

  constructor(private readonly map: MapLibre) {}

  /** The drawing as it goes onto the map, and the source that the label of areas has to have there for it. */
  placed(drawing: Drawing): { drawing: Drawing; sources: Record<string, SourceSpecification> } {
    if (drawing.type !== 'symbol' || metadata(drawing, ANCHOR_KEY) !== 'area') return { drawing, sources: {} };
    this.anchored.set(drawing.id, NONE);
    const { 'source-layer': _tiles, filter: _filter, ...rest } = drawing;
    const source = anchorSource(drawing.id);
    return { drawing: { ...rest, source }, sources: { [source]: { type: 'geojson', data: labelAnchors([]) } } };
  }

  /** Takes its source away, after the drawing itself. */
  remove(drawing: Drawing): void {
    if (this.anchored.delete(drawing.id)) this.map.removeSource(anchorSource(drawing.id));
  }

  /** Ids of the sources of anchors. */
  sources(): string[] {
    return [...this.anchored.keys()].map(anchorSource);
  }

  /** Anchors the labels of a layer anew where the loaded pieces have changed; says whether any has. */
  gather(layer: string, drawings: readonly Drawing[]): boolean {
    let changed = false;
    for (const drawing of drawings) {
      const anchors = this.map.getSource<GeoJSONSource>(anchorSource(drawing.id));
      if (!anchors || drawing.type !== 'symbol') continue;
      if (this.map.getZoom() < (drawing.minzoom ?? 0)) continue;
      const pieces = this.map.querySourceFeatures(layer, {
        sourceLayer: drawing['source-layer'] ?? layer,
        ...(drawing.filter ? { filter: drawing.filter } : {}),
      });
      const gathered = labelAnchors(pieces);
      const fingerprint = JSON.stringify(gathered.features.map(({ id: one, geometry }) => [one, geometry.coordinates]));
      if (this.anchored.get(drawing.id) === fingerprint) continue;
      this.anchored.set(drawing.id, fingerprint);
      anchors.setData(gathered);
      changed = true;
    }
    return changed;
  }
}
