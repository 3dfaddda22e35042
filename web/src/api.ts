/**
 * Calls to the server, on the page's own origin only. Knows nothing of the map or of the page.
 */
import type { StyleSpecification } from 'maplibre-gl';
import { type Catalog, type Title, readCatalog } from './catalog';
import { readCommune } from './coordinates/commune';
import { type Hit, readHits } from './hits';

/** The longest wait for an answer that is not a tile. */
const TIMEOUT_MS = 15_000;

/** `away`: no answer. `refused`: an answer with an error status. `unreadable`: not what was agreed. */
export type Failure = 'away' | 'refused' | 'unreadable';

export class ServerError extends Error {
  override readonly name = 'ServerError';

  constructor(
    readonly failure: Failure,
    readonly path: string,
    readonly status: number | null,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${failure}${status === null ? '' : ` (${status})`}`, options);
  }
}

async function json(path: string, accept: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { accept }, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw new ServerError('away', path, null, { cause });
  }
  if (!response.ok) throw new ServerError('refused', path, response.status);
  try {
    return await response.json();
  } catch (cause) {
    throw new ServerError('unreadable', path, response.status, { cause });
  }
}

/** The layers that this caller may see. */
export async function fetchCatalog(): Promise<Catalog> {
  const answer = await json('/catalog', 'application/json');
  try {
    return readCatalog(answer);
  } catch (cause) {
    throw new ServerError('unreadable', '/catalog', null, { cause });
  }
}

/** What is called by a name or a code, the best first. */
export async function fetchHits(typed: string, limit: number): Promise<Hit[]> {
  const answer = await json(`/search?${new URLSearchParams({ q: typed, limit: String(limit) })}`, 'application/json');
  try {
    return readHits(answer);
  } catch (cause) {
    throw new ServerError('unreadable', '/search', null, { cause });
  }
}

/** A MapLibre style of the server, by its id. */
export async function fetchStyle(id: string): Promise<StyleSpecification> {
  const path = `/styles/${encodeURIComponent(id)}`;
  const style = await json(path, 'application/json');
  if (typeof style !== 'object' || style === null || !Array.isArray((style as { layers?: unknown }).layers)) {
    throw new ServerError('unreadable', path, null);
  }
  return style as StyleSpecification;
}

/** One feature with all of its attributes. */
export async function fetchFeature(layer: string, id: number | string): Promise<GeoJSON.Feature> {
  const path = `/collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(String(id))}`;
  const feature = await json(path, 'application/geo+json, application/json');
  if (typeof feature !== 'object' || feature === null || (feature as { type?: unknown }).type !== 'Feature') {
    throw new ServerError('unreadable', path, null);
  }
  return feature as GeoJSON.Feature;
}

/** The geometries of the features at an address: one feature or a page of them. */
export async function fetchFeatures(address: string): Promise<GeoJSON.Geometry[]> {
  const { pathname, search } = new URL(address, location.href);
  const answer = (await json(`${pathname}${search}`, 'application/geo+json')) as Partial<GeoJSON.FeatureCollection>;
  const features = Array.isArray(answer.features) ? answer.features : [answer as unknown as GeoJSON.Feature];
  return features.map((feature) => feature.geometry).filter((geometry) => geometry !== null && geometry !== undefined);
}

/** The commune of today at a position in degrees of WGS 84; null where there is none. */
export async function fetchCommuneAt(layer: string, at: { longitude: number; latitude: number }): Promise<Title | null> {
  const point = `${at.longitude},${at.latitude}`;
  const asked = new URLSearchParams({ point, layers: layer, within: '0', datetime: new Date().toISOString().slice(0, 10) });
  const answer = (await json(`/at?${asked}`, 'application/json')) as { layers?: unknown };
  try {
    return readCommune(answer.layers);
  } catch (cause) {
    throw new ServerError('unreadable', '/at', null, { cause });
  }
}
