/**
 * Calls to the server, on the page's own origin only. Knows nothing of the map or of the page.
 */
import type { StyleSpecification } from 'maplibre-gl';
import { callerKey } from './caller_key';
import { type Catalog, type Language, type Title, readCatalog } from './catalog';
import { readCommune } from './coordinates/commune';
import { dataAsOf } from './data_as_of';
import { type Hit, readHits } from './hits';
import { type Provider, readProviders } from './tools/account/sign_in';

/** The longest wait for an answer that is not a tile. */
const TIMEOUT_MS = 15_000;

/** `away`: no answer. `refused`: an answer with an error status. `unreadable`: not what was agreed. */
export type Failure = 'away' | 'refused' | 'unreadable';

/** What a refusal says of itself: a problem document's `detail`, `detail_vi` where it has one, and the header `Retry-After`. */
export interface Refusal {
  readonly detail: string | null;
  readonly detailVi: string | null;
  readonly retryAfterS: number | null;
}

export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly detail: string | null;
  readonly detailVi: string | null;
  readonly retryAfterS: number | null;

  constructor(
    readonly failure: Failure,
    readonly path: string,
    readonly status: number | null,
    options?: ErrorOptions & Partial<Refusal>,
  ) {
    super(`${path}: ${failure}${status === null ? '' : ` (${status})`}`, options);
    this.detail = options?.detail ?? null;
    this.detailVi = options?.detailVi ?? null;
    this.retryAfterS = options?.retryAfterS ?? null;
  }

  /** The server's words, in the language of who reads where it has them in that. */
  says(language: Language): string | null {
    return (language === 'vi' ? this.detailVi : null) ?? this.detail;
  }
}

/** The words of a problem document. */
export function wordsOf(problem: unknown): Pick<Refusal, 'detail' | 'detailVi'> {
  const { detail, detail_vi: detailVi } = (problem ?? {}) as { detail?: unknown; detail_vi?: unknown };
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return { detail: text(detail), detailVi: text(detailVi) };
}

async function refusal(response: Response): Promise<Refusal> {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  const said: unknown = await response.json().catch(() => null);
  return {
    ...wordsOf(said),
    retryAfterS: Number.isFinite(seconds) ? seconds : null,
  };
}

/**
 * The server's answer to who has this tab's key. Every call of the page goes this way; `key` tries another.
 *
 * @throws ServerError where there is no answer, or it is a refusal.
 */
export async function ask(path: string, init: RequestInit & { key?: string } = {}): Promise<Response> {
  const { key, ...rest } = init;
  let response: Response;
  try {
    const headers = new Headers(rest.headers);
    for (const [name, value] of Object.entries(callerKey.headers(path, key))) headers.set(name, value);
    response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...rest, headers });
  } catch (cause) {
    throw new ServerError('away', path, null, { cause });
  }
  dataAsOf.note(path, response.headers);
  if (response.ok) return response;
  const said = await refusal(response);
  if (response.status === 401 && key === undefined) callerKey.refused(said.detail);
  throw new ServerError('refused', path, response.status, said);
}

async function json(path: string, accept: string, key?: string): Promise<unknown> {
  const response = await ask(path, { headers: { accept }, ...(key === undefined ? {} : { key }) });
  try {
    return await response.json();
  } catch (cause) {
    throw new ServerError('unreadable', path, response.status, { cause });
  }
}

/** The layers that this caller may see, or who has another key. */
export async function fetchCatalog(key?: string): Promise<Catalog> {
  const answer = await json('/catalog', 'application/json', key);
  try {
    return readCatalog(answer);
  } catch (cause) {
    throw new ServerError('unreadable', '/catalog', null, { cause });
  }
}

/** The providers of identity at which one signs in from this page. */
export async function fetchProviders(): Promise<Provider[]> {
  return readProviders(await json('/sign-in', 'application/json'));
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

/** A file of the server, and the name that it gives it. `onBytes` is told how much has come. */
export async function fetchFile(
  path: string,
  { signal, onBytes }: { signal: AbortSignal; onBytes?: (bytes: number) => void },
): Promise<{ blob: Blob; name: string | null }> {
  const response = await ask(path, { signal });
  const type = response.headers.get('content-type') ?? 'application/octet-stream';
  const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? null;
  const pieces: BlobPart[] = [];
  let bytes = 0;
  try {
    const reader = response.body?.getReader();
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      pieces.push(read.value as Uint8Array<ArrayBuffer>);
      bytes += read.value.byteLength;
      onBytes?.(bytes);
    }
  } catch (cause) {
    // It broke off on its way: the status tells it from a server that never answered.
    throw new ServerError('away', path, response.status, { cause });
  }
  return { blob: new Blob(pieces, { type }), name };
}

/** How many features a layer has, in all or within a box. */
export async function fetchCount(layer: string, conditions: URLSearchParams): Promise<number> {
  const asked = new URLSearchParams(conditions);
  asked.set('limit', '1');
  asked.set('f', 'json');
  const path = `/collections/${encodeURIComponent(layer)}/items?${asked}`;
  const { numberMatched } = (await json(path, 'application/geo+json')) as { numberMatched?: unknown };
  if (typeof numberMatched !== 'number') throw new ServerError('unreadable', path, null);
  return numberMatched;
}

/** Asks whether the data are of now, or as of when; `dataAsOf` keeps the answer. */
export async function askDataAsOf(): Promise<void> {
  await ask('/collections?f=json', { headers: { accept: 'application/json' } });
}
