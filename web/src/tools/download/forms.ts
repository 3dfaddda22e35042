/** The forms of files, the address that asks for one, and what a refusal means for a planner. Pure. */
import type { Extent, Language, Layer } from '../../catalog';
import { formatNumber } from '../../format';
import { textIn } from '../../language';
import type { TextKey } from '../../texts';

export interface FileForm {
  /** As the parameter `f` names it; the ending of the file's name, too. */
  readonly id: 'xlsx' | 'csv' | 'gpkg' | 'geojson' | 'fgb';
  readonly title: TextKey;
  /** What it is good for. */
  readonly purpose: TextKey;
}

/** The most usual first. */
export const FILE_FORMS: readonly FileForm[] = [
  { id: 'xlsx', title: 'downloadXlsx', purpose: 'downloadXlsxFor' },
  { id: 'csv', title: 'downloadCsv', purpose: 'downloadCsvFor' },
  { id: 'gpkg', title: 'downloadGpkg', purpose: 'downloadGpkgFor' },
  { id: 'geojson', title: 'downloadGeojson', purpose: 'downloadGeojsonFor' },
  { id: 'fgb', title: 'downloadFgb', purpose: 'downloadFgbFor' },
];

/** Rows of an Excel sheet, its header not counted; the server holds the same limit. */
export const SHEET_ROWS_MAX = 1_048_575;

/** The most features that the server puts into one file. */
export const FILE_FEATURES_MAX = 20_000_000;

export type Positions = 'lonlat' | 'vn2000';

export interface Choice {
  readonly layer: string;
  readonly form: FileForm['id'];
  /** Null for the whole layer. */
  readonly box: Extent | null;
  /** CQL2 text of what the map shows of the layer; null for all of it. */
  readonly filter: string | null;
  /** Of points in a CSV table. */
  readonly positions: Positions;
}

/** Whether a table has positions of this layer, and so a choice of them. */
export function hasPositions(layer: Layer): boolean {
  return layer.geometry.length === 1 && layer.geometry[0] === 'Point';
}

/** Which features: parameters for counting and for the file alike. About a centimetre is kept. */
export function conditions({ box, filter }: Pick<Choice, 'box' | 'filter'>): URLSearchParams {
  const asked = new URLSearchParams(box ? { bbox: box.map((side) => String(Number(side.toFixed(7)))).join(',') } : {});
  if (filter !== null) asked.set('filter', filter);
  return asked;
}

/** The address of a file. */
export function fileAddress(choice: Choice, layer: Layer): string {
  const asked = conditions(choice);
  asked.set('f', choice.form);
  if (choice.form === 'csv' && hasPositions(layer)) asked.set('geometry', choice.positions);
  return `/collections/${encodeURIComponent(choice.layer)}/download?${asked}`;
}

/** Why so many features do not go into one file; null where they do. */
export function tooMany(count: number, form: FileForm['id'], language: Language): string | null {
  const most = form === 'xlsx' ? SHEET_ROWS_MAX : FILE_FEATURES_MAX;
  if (count <= most) return null;
  const numbers = { count: formatNumber(count, language), most: formatNumber(most, language) };
  return textIn(language, form === 'xlsx' ? 'downloadTooManyRows' : 'downloadTooMany', numbers);
}

/** Megabytes, with as many decimals as say something. */
export function megabytes(bytes: number, language: Language): string {
  const size = bytes / 1e6;
  return formatNumber(size < 0.01 ? 0.01 : size, language, size < 1 ? 2 : 1);
}

/** What came in place of a file. */
export interface Refused {
  readonly failure: 'away' | 'refused' | 'unreadable';
  readonly status: number | null;
  readonly retryAfterS: number | null;
  readonly detail: string | null;
}

/** Why there is no file, and what to do. */
export function refusedText({ failure, status, retryAfterS, detail }: Refused, language: Language): string {
  const text = (key: TextKey): string => textIn(language, key, { status: status ?? '', seconds: Math.ceil(retryAfterS ?? 10) });
  if (failure === 'away') return text(status === null ? 'serverAway' : 'downloadBroken');
  switch (status) {
    case 429:
      return text('downloadRateLimited');
    case 503:
      return text('downloadBusy');
    case 413:
    case 422:
      return text('downloadTooLarge');
    case 401:
      return text('keyRefused');
    case 403:
    case 404:
      return text('downloadForbidden');
    default:
      return [text('serverRefused'), detail === null ? '' : textIn(language, 'serverSays', { detail })].join(' ').trim();
  }
}
