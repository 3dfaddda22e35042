/** Gives the drawings on a running map the paint of another look; no tile is asked for anew. */
import type { Map as MapLibre } from 'maplibre-gl';
import type { MapContent } from '../layers';
import { changingPaint } from './looks';

export function repaint(map: MapLibre, content: MapContent): void {
  const drawings = [...content.base, ...[...content.layers.values()].flatMap((layer) => layer.drawings)];
  for (const drawing of drawings.filter(({ id }) => map.getLayer(id) !== undefined)) {
    for (const [name, value] of changingPaint(drawing)) map.setPaintProperty(drawing.id, name as never, value as never);
  }
}
