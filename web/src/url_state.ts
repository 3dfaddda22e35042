/**
 * What a link to the page holds behind `#`: position, layers, language, form of the tiles, open tool, and what tools keep there. Pure text in and out.
 */
import { DEFAULT_TILE_FORM, type TileForm, isTileForm } from './tile_form';

export interface Position {
  readonly zoom: number;
  /** Degrees. */
  readonly latitude: number;
  /** Degrees. */
  readonly longitude: number;
}

export interface UrlState {
  readonly position: Position | null;
  /** Ids of the layers that are on; null where the link does not say. */
  readonly layers: readonly string[] | null;
  readonly language: string | null;
  readonly tiles: TileForm;
  /** The tool that is open; null for none. */
  readonly tool: string | null;
  /** What tools keep under keys of their own. */
  readonly own: Readonly<Record<string, string>>;
}

const PAGE_KEYS: readonly string[] = ['map', 'layers', 'lang', 'tiles', 'tool'];

function position(text: string | null): Position | null {
  if (text === null) return null;
  const parts = text.split('/').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [zoom, latitude, longitude] = parts;
  if (parts.length !== 3 || zoom === undefined || latitude === undefined || longitude === undefined) return null;
  const inside = zoom >= 0 && zoom <= 24 && Math.abs(latitude) <= 85.0511 && Math.abs(longitude) <= 180;
  return inside ? { zoom, latitude, longitude } : null;
}

/** Reads `#map=zoom/latitude/longitude&layers=a,b&lang=vi&tiles=mlt`; what cannot be read counts as not said. */
export function parseUrlState(hash: string): UrlState {
  const said = new URLSearchParams(hash.replace(/^#/, ''));
  const layers = said.get('layers');
  const tiles = said.get('tiles');
  return {
    position: position(said.get('map')),
    layers: layers === null ? null : layers.split(',').filter((id) => /^[a-z0-9_]+$/.test(id)),
    language: said.get('lang'),
    tiles: isTileForm(tiles) ? tiles : DEFAULT_TILE_FORM,
    tool: /^[a-z]+$/.exec(said.get('tool') ?? '')?.[0] ?? null,
    own: Object.fromEntries([...said].filter(([key]) => /^[a-z]+$/.test(key) && !PAGE_KEYS.includes(key))),
  };
}

/** The text behind `#`, `#` included. */
export function formatUrlState(state: UrlState): string {
  const said: string[] = [];
  if (state.position) {
    const { zoom, latitude, longitude } = state.position;
    // Enough digits to come back within a screen pixel.
    const digits = Math.max(2, Math.ceil(zoom * 0.31 + 1));
    said.push(`map=${trim(zoom, 2)}/${trim(latitude, digits)}/${trim(longitude, digits)}`);
  }
  if (state.layers) said.push(`layers=${state.layers.join(',')}`);
  if (state.language) said.push(`lang=${state.language}`);
  if (state.tiles !== DEFAULT_TILE_FORM) said.push(`tiles=${state.tiles}`);
  if (state.tool) said.push(`tool=${state.tool}`);
  for (const [key, text] of Object.entries(state.own)) said.push(`${key}=${legible(text)}`);
  return `#${said.join('&')}`;
}

/** A text in the link, with those marks left as they are that mean nothing there. */
function legible(text: string): string {
  return encodeURIComponent(text).replace(/%(?:20|2C|2F|3A|3B|40)/g, (mark) => (mark === '%20' ? '+' : decodeURIComponent(mark)));
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
