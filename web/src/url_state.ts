/**
 * What a link to the page holds behind `#`: position, layers, language, form of the tiles, open tool. Pure text in and out.
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
}

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
  return `#${said.join('&')}`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
