/** Asks the server about quality, and says in the reader's words why there is no answer. */
import { ServerError, ask } from '../../api';
import type { Language } from '../../catalog';
import { type Finding, readFindings } from './findings';
import { type LayerQuality, type Measure, readQuality } from './scores';
import { say } from './words';

/** Longer than the server works on one answer. */
const TIMEOUT_MS = 60_000;

/** As many as the server keeps of all measures together, and more. */
const FINDINGS_MAX = 10_000;

export const ALL_QUALITY = '/quality?f=json';

export function findingsAddress(layer: string): string {
  return `/collections/${encodeURIComponent(layer)}/quality/findings?limit=${FINDINGS_MAX}`;
}

export function halfYearAddress(half: string, form: 'html' | 'xlsx'): string {
  return `/quality/half-year?half=${half}&f=${form}`;
}

async function read<T>(path: string, stop: AbortSignal, reader: (answer: unknown) => T): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), TIMEOUT_MS);
  const end = (): void => late.abort();
  stop.addEventListener('abort', end);
  try {
    const response = await ask(path, { headers: { accept: 'application/json' }, signal: late.signal });
    const { status } = response;
    try {
      return reader(await response.json());
    } catch (cause) {
      throw new ServerError('unreadable', path, status, { cause });
    }
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', end);
  }
}

/** @throws ServerError where there is no answer, or it is a refusal. */
export function askQuality(stop: AbortSignal): Promise<LayerQuality[]> {
  return read(ALL_QUALITY, stop, readQuality);
}

/** @throws ServerError where there is no answer, or it is a refusal. */
export function askFindings(layer: string, measures: readonly Measure[], stop: AbortSignal): Promise<Finding[]> {
  return read(findingsAddress(layer), stop, (answer) => readFindings(answer, measures));
}

export function reason(error: unknown, language: Language): string {
  if (!(error instanceof ServerError) || error.failure === 'unreadable') return say(language, 'unreadable');
  const { failure, status, retryAfterS } = error;
  if (failure === 'away' || status === null) return say(language, 'away');
  if (status === 401) return say(language, 'keyGone');
  if (status === 403 || status === 404) return say(language, 'closed');
  if (status === 429) return say(language, 'busy', { seconds: retryAfterS ?? 5 });
  if (status === 503) return retryAfterS === null ? say(language, 'noDatabase') : say(language, 'busy', { seconds: retryAfterS });
  return say(language, 'refused', { status });
}
