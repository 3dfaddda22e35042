/**
 * What the server tells of a file that was sent: read as far as it is shown, so that an answer with less is shown with
 * less. Pure.
 */
import type { Language, Title } from '../../catalog';

export interface TextFound {
  readonly encoding: string;
  readonly title: Title;
}

export interface FileColumn {
  readonly name: string;
  /** The attribute that it would be. */
  readonly attribute: string | null;
  readonly position: boolean;
  readonly madeUp: boolean;
  readonly samples: readonly string[];
  readonly text: TextFound | null;
}

export interface WantedAttribute {
  readonly name: string;
  readonly title: Title;
  readonly mandatory: boolean;
}

export interface SystemFound {
  readonly crs: string;
  readonly name: string;
  readonly from: 'file' | 'format' | 'columns' | 'request';
  readonly evidence: Title;
}

/** Why nothing came of a step, or what it could not tell. */
export interface Trouble {
  readonly kind: string;
  readonly reason: Title;
  readonly choices: readonly Fields[];
  readonly gone: number;
  readonly held: number;
}

export interface Look {
  readonly format: string;
  readonly sublayer: string;
  readonly rows: number | null;
  readonly headingRow: number | null;
  readonly files: readonly string[];
  readonly columns: readonly FileColumn[];
  readonly attributes: readonly WantedAttribute[];
  readonly parts: readonly string[];
  readonly system: SystemFound | null;
  readonly notes: readonly Title[];
  readonly troubles: readonly Trouble[];
}

export interface Finding {
  readonly row: number;
  readonly key: string | null;
  readonly attribute: string | null;
  readonly severity: 'error' | 'warning' | 'repaired';
  readonly value: string | null;
  readonly reason: Title;
  readonly repair: Title | null;
  readonly place: readonly [number, number] | null;
}

export interface Report {
  readonly outcome: 'refused' | 'rehearsed' | 'loaded';
  readonly mode: 'merge' | 'append' | 'replace';
  readonly run: number | null;
  readonly read: number;
  readonly refused: number;
  readonly fresh: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly gone: number;
  readonly warnings: number;
  readonly repaired: number;
  readonly filled: number;
  readonly areaM2: number | null;
  readonly lengthM: number | null;
  readonly notes: readonly Title[];
  readonly findings: readonly Finding[];
  readonly findingsLeftOut: number;
}

export interface Undone {
  readonly run: number;
  readonly removed: number;
  readonly back: number;
}

export interface Working {
  readonly step: string;
  readonly phase: string;
  readonly rows: number;
  readonly of: number | null;
}

/** A step that was done: what came of it, or why nothing did. */
export type Done<T> = { readonly is: T } | { readonly trouble: Trouble };

export interface SentFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly run: number | null;
  readonly working: Working | null;
  readonly look: Done<Look> | null;
  readonly rehearsal: Done<Report> | null;
  readonly load: Done<Report> | null;
  readonly undo: Done<Undone> | null;
}

/** What may be chosen for a layer, and the files of the caller that are there. */
export interface Allowed {
  readonly allowed: boolean;
  readonly reason: string;
  readonly bytesMax: number;
  readonly systems: ReadonlyArray<{ readonly crs: string; readonly name: string }>;
  readonly encodings: ReadonlyArray<{ readonly name: string; readonly title: string }>;
  readonly files: readonly SentFile[];
}

export type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOrNull = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const number = (value: unknown): number => numberOrNull(value) ?? 0;

/** What stands under a name in English and under `name_vi` in Vietnamese. */
export const both = (of: Fields, name: string): Title => ({ vi: text(of[`${name}_vi`]) || text(of[name]), en: text(of[name]) });

function notes(of: Fields): Title[] {
  const vi = list(of['notes_vi']);
  return list(of['notes']).map((note, at) => ({ en: text(note), vi: text(vi[at]) || text(note) }));
}

export function readTrouble(value: unknown): Trouble {
  const of = fields(value);
  const choices = fields(of['choices']);
  return {
    kind: text(of['kind']), reason: both(of, 'reason'), choices: list(of['choices']).map(fields),
    gone: number(choices['gone']), held: number(choices['held']),
  };
}

function done<T>(value: unknown, read: (of: Fields) => T): Done<T> | null {
  if (typeof value !== 'object' || value === null) return null;
  const of = fields(value);
  return of['trouble'] === undefined ? { is: read(of) } : { trouble: readTrouble(of['trouble']) };
}

function column(value: unknown): FileColumn {
  const of = fields(value);
  const found = of['text'] === null || of['text'] === undefined ? null : fields(of['text']);
  return {
    name: text(of['name']), attribute: textOrNull(of['attribute']), position: of['position'] === true, madeUp: of['made_up'] === true,
    samples: list(of['samples']).map(text),
    text: found === null ? null : { encoding: text(found['encoding']), title: both(found, 'title') },
  };
}

function attribute(value: unknown): WantedAttribute {
  const of = fields(value);
  const title = fields(of['title']);
  return { name: text(of['name']), title: { vi: text(title['vi']), en: text(title['en']) }, mandatory: of['missing'] === true || of['mandatory'] === true };
}

function system(value: unknown): SystemFound | null {
  if (typeof value !== 'object' || value === null) return null;
  const of = fields(value);
  const from = text(of['from']);
  return {
    crs: text(of['crs']), name: text(of['name']), evidence: both(of, 'evidence'),
    from: from === 'format' || from === 'columns' || from === 'request' ? from : 'file',
  };
}

export function readLook(of: Fields): Look {
  return {
    format: text(of['format']), sublayer: text(of['sublayer']), rows: numberOrNull(of['rows']), headingRow: numberOrNull(of['heading_row']),
    files: list(of['files']).map(text), columns: list(of['columns']).map(column), attributes: list(of['attributes']).map(attribute),
    parts: list(of['parts']).map(text), system: system(of['system']), notes: notes(of), troubles: list(of['troubles']).map(readTrouble),
  };
}

function finding(value: unknown): Finding {
  const of = fields(value);
  const [longitude, latitude] = list(of['position'] ?? of['place']);
  const severity = text(of['severity']);
  const repair = both(of, 'repair');
  return {
    row: number(of['row']), key: textOrNull(of['key']), attribute: textOrNull(of['attribute']), value: textOrNull(of['value']),
    severity: severity === 'warning' || severity === 'repaired' ? severity : 'error',
    reason: both(of, 'reason'), repair: repair.en === '' ? null : repair,
    place: typeof longitude === 'number' && typeof latitude === 'number' ? [longitude, latitude] : null,
  };
}

export function readReport(of: Fields): Report {
  const rows = fields(of['rows']);
  const [outcome, mode] = [text(of['outcome']), text(of['mode'])];
  return {
    outcome: outcome === 'loaded' || outcome === 'rehearsed' ? outcome : 'refused',
    mode: mode === 'append' || mode === 'replace' ? mode : 'merge',
    run: numberOrNull(of['run']), read: number(rows['read']), refused: number(rows['refused']), fresh: number(rows['new']),
    changed: number(rows['changed']), unchanged: number(rows['unchanged']), gone: number(rows['gone']),
    warnings: number(of['warnings']), repaired: number(of['repaired']), filled: number(of['commune_code_put_in']),
    areaM2: numberOrNull(of['area_m2']), lengthM: numberOrNull(of['length_m']), notes: notes(of),
    findings: list(of['findings']).map(finding), findingsLeftOut: number(of['findings_left_out']),
  };
}

function undone(of: Fields): Undone {
  return { run: number(of['run']), removed: number(of['removed']), back: number(of['changed_back']) + number(of['brought_back']) };
}

/** @throws TypeError where it is no file of ours. */
export function readFile(value: unknown): SentFile {
  const of = fields(value);
  const working = fields(of['working']);
  if (text(of['id']) === '') throw new TypeError('import: no id');
  return {
    id: text(of['id']), name: text(of['name']), bytes: number(of['bytes']), run: numberOrNull(of['run']),
    working: typeof of['working'] === 'object' && of['working'] !== null
      ? { step: text(working['step']), phase: text(working['phase']), rows: number(working['rows']), of: numberOrNull(working['of']) } : null,
    look: done(of['look'], readLook), rehearsal: done(of['rehearsal'], readReport), load: done(of['load'], readReport),
    undo: done(of['undo'], undone),
  };
}

export function readAllowed(value: unknown): Allowed {
  const of = fields(value);
  return {
    allowed: of['allowed'] === true, reason: text(of['reason']), bytesMax: number(of['bytes_max']),
    systems: list(of['systems']).map(fields).map((one) => ({ crs: text(one['crs']), name: text(one['name']) })),
    encodings: list(of['encodings']).map(fields).map((one) => ({ name: text(one['name']), title: text(one['title']) })),
    files: list(of['imports']).map(readFile),
  };
}

/** What a reason says to who has no command line: its flags in plain words, its file's name left out. */
export function plainReason(reason: Title, language: Language, name: string): string {
  const said = reason[language].startsWith(`${name}: `) ? reason[language].slice(name.length + 2) : reason[language];
  const vi = language === 'vi';
  return said
    .replace(/--crs (EPSG:\d+)/g, '$1')
    .replace(/\s*--swap-xy/g, vi ? ', đổi chỗ hai số' : ', the numbers swapped')
    .replace(/--encoding ([^=\s]+)=(\S+)/g, vi ? 'bảng mã $2 cho cột $1' : 'encoding $2 for column $1')
    .replace(/--map (\S+?)=(\S+)/g, vi ? 'cột $1 là $2' : 'column $1 is $2')
    .replace(/--set (\S+?)=(\S+)/g, vi ? 'một giá trị cho $1' : 'one value for $1')
    .replace(/--mode append/g, vi ? 'chế độ chỉ thêm mới' : 'the mode that only adds')
    .replace(/--mode replace/g, vi ? 'chế độ thay cả lớp' : 'the mode that replaces')
    .replace(/--header-row (\S+)/g, vi ? 'dòng tên cột $1' : 'heading row $1')
    .replace(/--sublayer/g, vi ? 'lớp trong tệp' : 'the layer in the file')
    .replace(/--reference \S+/g, vi ? 'một lớp đối chiếu (khi nạp bằng lệnh)' : 'a layer to compare with (with the command)')
    .replace(/--map/g, vi ? 'bảng chọn cột' : 'the list of columns')
    .replace(/--yes/g, vi ? 'ô xác nhận' : 'the box that confirms');
}
