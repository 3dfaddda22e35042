/** What is asked about an area, as the server's address, a request's body, and the page's link. Pure. */
import type { AreaTextKey } from './texts';

/** The longest address that is asked or kept in a link; longer ones go in a body. */
export const ADDRESS_MAX = 6_000;
/** The most bytes that the server takes. */
export const FILE_MAX = 8 * 1024 * 1024;

/** What the report is about. */
export type Subject =
  | { readonly kind: 'text'; readonly area: string }
  | { readonly kind: 'file'; readonly file: File; readonly system: string | null };

export interface Question {
  readonly subject: Subject;
  /** The day on which the data hold, `2025-03-01`; null for today. */
  readonly day: string | null;
  /** Ids of the layers that are asked; null for all. */
  readonly layers: readonly string[] | null;
}

export interface Request {
  readonly address: string;
  readonly body: string | File | null;
  readonly type: string | null;
}

type Form = 'json' | 'xlsx';

function about({ day, layers }: Question): Record<string, string> {
  return { ...(day ? { datetime: day } : {}), ...(layers ? { layers: layers.join(',') } : {}) };
}

const address = (values: Record<string, string>): string => `/report?${new URLSearchParams(values)}`;

/** How the server is asked. `language` says in which the workbook is. */
export function requestOf(question: Question, form: Form, language: string): Request {
  const { subject } = question;
  const own = { f: form, ...(form === 'xlsx' ? { lang: language } : {}) };
  if (subject.kind === 'file') {
    const system = subject.system ? { 'area-crs': subject.system } : {};
    // Any type but those of forms and of JSON tells the server that a file comes; it looks at the bytes itself.
    return { address: address({ ...about(question), ...system, ...own }), body: subject.file, type: 'application/octet-stream' };
  }
  const whole = address({ area: subject.area, ...about(question), ...own });
  if (whole.length <= ADDRESS_MAX) return { address: whole, body: null, type: null };
  return { address: address(own), body: JSON.stringify({ area: subject.area, ...about(question) }), type: 'application/json' };
}

/** What of a question a link keeps. */
export interface Linked {
  readonly area: string;
  readonly day: string | null;
  /** Whether only the layers that are on are asked. */
  readonly only: boolean;
}

export function isDay(text: string | null): text is string {
  return text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text);
}

/** The texts of a link's keys; null where the question is too long for one, or about a file. */
export function linkOf({ subject, day, layers }: Question): Readonly<Record<'area' | 'day' | 'only', string | null>> | null {
  if (subject.kind === 'file' || subject.area.length > ADDRESS_MAX) return null;
  return { area: subject.area, day, only: layers ? '1' : null };
}

export function linkedQuestion(said: (key: string) => string | null): Linked | null {
  const area = said('area')?.trim() ?? '';
  if (area === '') return null;
  const day = said('day');
  return { area, day: isDay(day) ? day : null, only: said('only') === '1' };
}

/** Whether two links ask the same. */
export function isSameLink(a: Linked | null, b: Linked | null): boolean {
  return a?.area === b?.area && a?.day === b?.day && a?.only === b?.only;
}

export type FileTrouble = 'areaFileEmpty' | 'areaFileTooLarge';

/** Why a file need not be sent at all. */
export function fileTrouble(size: number): FileTrouble | null {
  if (size === 0) return 'areaFileEmpty';
  return size > FILE_MAX ? 'areaFileTooLarge' : null;
}

/** Words of the server that have words of ours; the first that is found counts. */
const TROUBLES: readonly (readonly [RegExp, AreaTextKey])[] = [
  [/none of GeoJSON, KML/, 'areaTroubleFileKind'],
  [/does not say its coordinate system/, 'areaTroubleFileSystem'],
  [/coordinate system cannot be used/, 'areaTroubleFileSystem'],
  [/coordinates lie nowhere/, 'areaTroubleFileElsewhere'],
  [/no area in them/, 'areaTroubleFileNoArea'],
  [/the zip archive/, 'areaTroubleFileArchive'],
  [/is damaged|cannot be read as|DOCTYPE/, 'areaTroubleFileDamaged'],
  [/lines cross/, 'areaTroubleCrossing'],
  [/no distance from/, 'areaTroubleReach'],
  [/the boundary of .* is not in/, 'areaTroubleNoBoundary'],
  [/there is no (commune|district|province) /, 'areaTroubleNoUnit'],
  [/it has no area/, 'areaTroubleNoArea'],
  [/no layer/, 'areaTroubleNoLayer'],
  [/no feature/, 'areaTroubleNoFeature'],
  [/datetime/, 'areaTroubleDay'],
];

/** The key of the text that tells what went wrong, by the answer's status and words. */
export function troubleOf(status: number | null, detail: string): AreaTextKey | 'serverAway' {
  if (status === null) return 'serverAway';
  if (status === 413) return /positions/.test(detail) ? 'areaTroubleTooMany' : 'areaTroubleTooLarge';
  if (status === 422) return 'areaTroubleTooSlow';
  if (status === 429 || status === 503) return 'areaTroubleBusy';
  if (status === 401 || status === 403) return 'areaTroubleForbidden';
  if (status >= 500) return 'areaTroubleServer';
  return TROUBLES.find(([words]) => words.test(detail))?.[1] ?? 'areaTroubleArea';
}
