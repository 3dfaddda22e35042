/** Where the tiles of a layer come from. Pure. */
import type { SourceSpecification } from 'maplibre-gl';
import type { Layer } from './catalog';
import { type TileForm, inForm } from './tile_form';

/**
 * The source of a layer's tiles, with a filter (CQL2 text) of the features for which it holds. All that its TileJSON would
 * say stands in the catalog, so none is asked for; a style of the operator's own may take a layer from elsewhere.
 *
 * @param page address against which the style's addresses are read: MapLibre's worker resolves none.
 */
export function layerSource(
  layer: Layer, styled: SourceSpecification | undefined, form: TileForm, filter: string | null, page: string,
): SourceSpecification {
  const own = new URL(`/tiles/${encodeURIComponent(layer.id)}`, page).href;
  const { url = own, ...rest } = styled?.type === 'vector' ? styled : { type: 'vector' as const };
  const isOwn = new URL(url, page).href === own && rest.tiles === undefined;
  if (filter === null && !isOwn) {
    return { ...rest, ...(rest.tiles ? {} : { url: new URL(inForm(url, form), page).href }), encoding: form };
  }
  // The braces of `{z}` must stay as they are, which `URL` would not let them.
  const tiles = `${own}/{z}/{x}/{y}${filter === null ? '' : `?filter=${encodeURIComponent(filter)}`}`;
  return {
    ...rest, tiles: [inForm(tiles, form)], minzoom: layer.minzoom, maxzoom: layer.maxzoom, encoding: form,
    ...(layer.extent ? { bounds: [...layer.extent] } : {}),
  };
}
