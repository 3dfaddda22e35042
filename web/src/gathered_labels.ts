/** Labels of areas on the running map: each draws from a source of its own, with one point for each area. */
import type { GeoJSONSource, Map as MapLibre } from 'maplibre-gl';
import { labelAnchors } from './area_labels';
import { ANCHOR_KEY, type Drawing, metadata } from './layers';

function anchorSource(drawing: Drawing): string {
  return `${drawing.id}/anchors`;
}

export class GatheredLabels {
  /** What each label was last anchored to, by drawing. */
  private readonly anchored = new Map<string, string>();

  constructor(private readonly map: MapLibre) {}

  /** The drawing as it goes onto the map; that of a label of areas gets its source there. */
  add(drawing: Drawing): Drawing {
    if (drawing.type !== 'symbol' || metadata(drawing, ANCHOR_KEY) !== 'area') return drawing;
    this.map.addSource(anchorSource(drawing), { type: 'geojson', data: labelAnchors([]) });
    this.anchored.set(drawing.id, '');
    const { 'source-layer': _tiles, filter: _filter, ...rest } = drawing;
    return { ...rest, source: anchorSource(drawing) };
  }

  /** Takes its source away, after the drawing itself. */
  remove(drawing: Drawing): void {
    if (this.anchored.delete(drawing.id)) this.map.removeSource(anchorSource(drawing));
  }

  /** Anchors the labels of a layer anew where the loaded pieces have changed; says whether any has. */
  gather(layer: string, drawings: readonly Drawing[]): boolean {
    let changed = false;
    for (const drawing of drawings) {
      const anchors = this.map.getSource<GeoJSONSource>(anchorSource(drawing));
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
