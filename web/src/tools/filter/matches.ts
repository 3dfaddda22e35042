/** What matches a filter, as the server tells it, and why it does not. Reading is pure; asking is one call. */
import { callerKey } from '../../caller_key';
import type { Attribute, Extent, Layer } from '../../catalog';

/** Features shown in the drawer. */
export const SHOWN = 20;

/** The longest wait: the server counts before it answers. */
const TIMEOUT_MS = 30_000;

/** Attributes in the table, beside the name. */
const COLUMNS = 4;

export interface Match {
  readonly id: number | string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Null where it has no place on the map. */
  readonly bounds: Extent | null;
}

export interface Matches {
  readonly matched: number;
  readonly first: readonly Match[];
}

/** `refused`: the filter itself; the others say what stands in its way. */
export type Refusal = 'refused' | 'tooLong' | 'notAllowed' | 'busy' | 'away' | 'unreadable';

export class Unmatched extends Error {
  override readonly name = 'Unmatched';

  /** @param detail the server's own words; null where it has none. */
  constructor(readonly refusal: Refusal, readonly detail: string | null = null) {
    super(`${refusal}: ${detail ?? ''}`);
  }
}

/** What a status says of a question with a filter. */
export function refusalOf(status: number): Refusal {
  if (status === 401 || status === 403 || status === 404) return 'notAllowed';
  if (status === 413 || status === 414 || status === 431) return 'tooLong';
  return status === 400 || status === 422 ? 'refused' : 'busy';
}

function eachPosition(coordinates: unknown, take: (x: number, y: number) => void): void {
  if (!Array.isArray(coordinates)) return;
  const [x, y] = coordinates as unknown[];
  if (typeof x === 'number' && typeof y === 'number') take(x, y);
  else for (const inner of coordinates) eachPosition(inner, take);
}

/** The box of a geometry; null where it has no position. */
export function boundsOf(geometry: unknown): Extent | null {
  const parts = (geometry as { geometries?: unknown } | null)?.geometries;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of Array.isArray(parts) ? parts : [geometry]) {
    eachPosition((part as { coordinates?: unknown } | null)?.coordinates, (x, y) => {
      [west, south, east, north] = [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)];
    });
  }
  return Number.isFinite(west) ? [west, south, east, north] : null;
}

/**
 * Reads a page of features.
 *
 * @throws Unmatched where it is none.
 */
export function readMatches(answer: unknown): Matches {
  const { numberMatched, features } = (answer ?? {}) as { numberMatched?: unknown; features?: unknown };
  if (typeof numberMatched !== 'number' || !Array.isArray(features)) throw new Unmatched('unreadable');
  const first = (features as Array<Partial<GeoJSON.Feature> | null>).flatMap((feature) =>
    feature?.id === undefined ? [] : [{ id: feature.id, properties: feature.properties ?? {}, bounds: boundsOf(feature.geometry) }],
  );
  return { matched: numberMatched, first };
}

/** The attributes of which the table tells: the one that names a feature, those that the filter asks of, the first others. */
export function columnsOf(layer: Layer, asked: readonly string[]): Attribute[] {
  const named = layer.attributes.filter((one) => one.name === layer.label);
  const chosen = layer.attributes.filter((one) => asked.includes(one.name));
  return [...new Set([...named, ...chosen, ...layer.attributes])].slice(0, Math.max(COLUMNS, named.length + Math.min(chosen.length, COLUMNS)));
}

function address(layer: Layer, what: string, parameters: Record<string, string>): string {
  return `/collections/${encodeURIComponent(layer.id)}/${what}?${new URLSearchParams(parameters)}`;
}

/** Where what matches is to be had as a file. */
export function downloadAddress(layer: Layer, filter: string, form: string): string {
  return address(layer, 'download', { f: form, filter });
}

/**
 * Asks the server how many features match, and for the first of them.
 *
 * @throws Unmatched saying why it cannot be told.
 */
export async function fetchMatches(layer: Layer, filter: string, columns: readonly Attribute[]): Promise<Matches> {
  const properties = columns.map((one) => one.name).join(',');
  const path = address(layer, 'items', { limit: String(SHOWN), properties, filter });
  let response: Response;
  try {
    const headers = { accept: 'application/geo+json', ...callerKey.headers(path) };
    response = await fetch(path, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new Unmatched('away');
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const { detail: words } = (answer ?? {}) as { detail?: unknown };
    const detail = typeof words === 'string' ? words : null;
    // The key is no longer taken: the page says so, with a way on.
    if (response.status === 401) callerKey.refused(detail);
    throw new Unmatched(refusalOf(response.status), detail);
  }
  return readMatches(answer);
}
