/**
 * The map on the page of a single document: the document's layers, and its features marked. The
 * page itself comes whole from the server; without a map it still says everything.
 */
import 'maplibre-gl/dist/maplibre-gl.css';
import './document.css';
import { fetchCatalog, fetchFeatures, fetchStyle } from './api';
import { composeContent } from './layers';
import { type MapListeners, ProvinceMap } from './map';
import type { Extent } from './catalog';
import { DEFAULT_TILE_FORM } from './tile_form';

const STYLE_ID = 'map';

/** Where a page says nothing of a place: the province. */
const PROVINCE: Extent = [105.7, 10.3, 106.8, 11.8];

/** On this map nothing can be chosen. */
const DEAF: MapListeners = {
  onPick: () => undefined,
  onMove: () => undefined,
  onPointer: () => undefined,
  onLayerFailed: (layer, status) => console.warn(`tiles of ${layer}: ${status ?? 'no answer'}`),
  onContextLost: () => undefined,
};

/** The box that a text of four numbers names. */
export function boundsOf(text: string | undefined): Extent | null {
  const numbers = (text ?? '').split(',').map(Number);
  const [west, south, east, north] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) return null;
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  return [west, south, east, north];
}

async function draw(place: HTMLElement): Promise<void> {
  const [catalog, style] = await Promise.all([fetchCatalog(), fetchStyle(STYLE_ID)]);
  const content = composeContent(catalog, style);
  const map = new ProvinceMap(
    place, content, style.sources, boundsOf(place.dataset['bounds']) ?? PROVINCE, null, DEFAULT_TILE_FORM, DEAF,
  );
  map.describe(document.title);
  const { layers, features } = place.dataset;
  for (const id of (layers ?? '').split(',')) void map.toggle(id, true);
  if (features) await map.select({ type: 'GeometryCollection', geometries: await fetchFeatures(features) });
}

const place = document.getElementById('map');
if (place) {
  draw(place).catch((error: unknown) => {
    console.warn(error);
    place.hidden = true;
  });
}
