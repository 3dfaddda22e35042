/** Asks the server about areas, on the page's own origin. Who gives up ends the work on the server too. */
import { callerKey } from '../../caller_key';
import { canBeRead } from '../../chosen_file';
import { type Question, type Request, requestOf } from './question';
import { type Report, readReport } from './report';
import { type AdministrativeUnit, communeAt, readUnits } from './units';

/** Longer than the server works on one answer. */
const TIMEOUT_MS = 60_000;

/** Why there is no answer: `status` is null where the server did not answer at all. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';

  constructor(readonly status: number | null, readonly detail: string, options?: ErrorOptions) {
    super(`${status ?? 'no answer'}: ${detail}`, options);
  }
}

/** The file that is asked about was changed or deleted since it was chosen. */
export class FileGone extends Error {
  override readonly name = 'FileGone';
}

async function detailOf(response: Response): Promise<string> {
  try {
    const { detail } = (await response.json()) as { detail?: unknown };
    return typeof detail === 'string' ? detail : '';
  } catch {
    return '';
  }
}

async function send({ address, body, type }: Request, accept: string, signal: AbortSignal): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT_MS);
  const stop = (): void => late.abort();
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted?.();
    const headers = { accept, ...(type ? { 'content-type': type } : {}), ...callerKey.headers(address) };
    const response = await fetch(address, { headers, method: body === null ? 'GET' : 'POST', body, signal: late.signal });
    if (!response.ok) {
      const detail = await detailOf(response);
      // The key is no longer taken: the page says so, with a way on.
      if (response.status === 401) callerKey.refused(detail === '' ? null : detail);
      throw new Unanswered(response.status, detail);
    }
    return response;
  } catch (cause) {
    if (signal.aborted || cause instanceof Unanswered) throw cause;
    if (body instanceof Blob && !(await canBeRead([body]))) throw new FileGone('file', { cause });
    throw new Unanswered(null, String(cause), { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function json<T>(request: Request, signal: AbortSignal, read: (answer: unknown) => T): Promise<T> {
  const response = await send(request, 'application/json', signal);
  try {
    return read(await response.json());
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Unanswered(500, 'unreadable', { cause });
  }
}

const get = (path: string, values: Record<string, string>): Request => ({ address: `${path}?${new URLSearchParams(values)}`, body: null, type: null });

export function askReport(question: Question, language: string, signal: AbortSignal): Promise<Report> {
  return json(requestOf(question, 'json', language), signal, readReport);
}

export async function askWorkbook(question: Question, language: string, signal: AbortSignal): Promise<Blob> {
  return (await send(requestOf(question, 'xlsx', language), '*/*', signal)).blob();
}

/** The units that are called so, on a day if there is one. */
export function askUnits(typed: string, day: string | null, signal: AbortSignal): Promise<AdministrativeUnit[]> {
  return json(get('/units', { q: typed, ...(day ? { date: day } : {}), f: 'json' }), signal, readUnits);
}

/** The commune at a position on a day; null where there is none. */
export function askCommuneAt([lon, lat]: readonly [number, number], day: string, signal: AbortSignal): Promise<AdministrativeUnit | null> {
  const point = `${lon.toFixed(7)},${lat.toFixed(7)}`;
  return json(get('/at', { point, within: '0', layers: 'admin_commune', datetime: day, f: 'json' }), signal, communeAt);
}

/** The boundary of a unit's communes as the layer of communes has it; null where it has none. */
export async function askBoundary(codes: readonly string[], day: string, signal: AbortSignal): Promise<GeoJSON.Geometry | null> {
  const ask = async (code: string): Promise<GeoJSON.Geometry[]> => {
    const answer = await json(get('/collections/admin_commune/items', { code, datetime: day, limit: '1', f: 'json' }), signal, (read) => read);
    const features = (answer as Partial<GeoJSON.FeatureCollection>).features;
    return (Array.isArray(features) ? features : []).flatMap((one) => one.geometry ?? []);
  };
  const geometries = (await Promise.all(codes.map(ask))).flat();
  return geometries.length === 0 ? null : { type: 'GeometryCollection', geometries };
}
