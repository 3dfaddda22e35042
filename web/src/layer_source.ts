/** Where the tiles of a layer come from. Pure. */
import type { SourceSpecification } from 'maplibre-gl';
import type { Layer } from './catalog';
import { type TileForm, inForm } from './tile_form';

/**
 * The source of a layer's tiles: what the server's TileJSON says or, with a filter (CQL2 text), the tiles of the
 * features for which it holds, of which no TileJSON tells.
 *
 * @param page address against which the style's addresses are read: MapLibre's worker resolves none.
 */
export function layerSource(
  layer: Layer, styled: SourceSpecification | undefined, form: TileForm, filter: string | null, page: string,
): SourceSpecification {
  const { url = `/tiles/${encodeURIComponent(layer.id)}`, ...own } = styled?.type === 'vector' ? styled : { type: 'vector' as const };
  if (filter === null) return { ...own, url: new URL(inForm(url, form), page).href, encoding: form };
  // The braces of `{z}` must stay as they are, which `URL` would not let them.
  const tiles = `${new URL(`/tiles/${encodeURIComponent(layer.id)}`, page).href}/{z}/{x}/{y}?filter=${encodeURIComponent(filter)}`;
  return {
    ...own, tiles: [inForm(tiles, form)], minzoom: layer.minzoom, maxzoom: layer.maxzoom, encoding: form,
    ...(layer.extent ? { bounds: [...layer.extent] } : {}),
  };
}
