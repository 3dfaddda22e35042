/** The forms in which the server sends tiles; all hold the same. Pure text in and out. */

/** As TileJSON and the style specification name them: Mapbox Vector Tile, MapLibre Tile. */
export const TILE_FORMS = ['mvt', 'mlt'] as const;

export type TileForm = (typeof TILE_FORMS)[number];

/** What the map asks for where the link does not say: what the server makes soonest (`bench/results/mlt.md`). */
export const DEFAULT_TILE_FORM: TileForm = 'mvt';

export function isTileForm(text: string | null): text is TileForm {
  return (TILE_FORMS as readonly (string | null)[]).includes(text);
}

/** The address of a TileJSON document, of tiles of that form. */
export function inForm(url: string, form: TileForm): string {
  if (form === DEFAULT_TILE_FORM) return url;
  return `${url}${url.includes('?') ? '&' : '?'}f=${form}`;
}
