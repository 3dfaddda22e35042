/**
 * From the lines of a pasted list to corners, in whatever way the table stands: a corner on each line, several side by
 * side, cells one below the other, or on its side. No line that was meant as a corner is passed over in silence. Pure.
 */
import { anglesOf, isMetres, numbersOf, plain } from './corner_numbers';

export interface Corner {
  /** Line of the text, counted from 1. */
  readonly line: number;
  /** Northing, metres; latitude where the text has degrees. */
  readonly x: number;
  /** Easting, metres; longitude where the text has degrees. */
  readonly y: number;
}

export type FindingKind =
  | 'empty' | 'tooFew' | 'tooMany' | 'unread' | 'oneNumber' | 'oddNumber' | 'several' | 'far' | 'mixed'
  | 'sideBySide' | 'swapped' | 'someSwapped' | 'degrees' | 'repeated' | 'outlier' | 'crossing' | 'otherMeridian' | 'outside' | 'saidMeridian' | 'unreadMeridian';

/** What must be told of a text. `line` is null where it is about the whole. */
export interface Finding {
  readonly kind: FindingKind;
  readonly line: number | null;
  /** What the text's `{name}` stand for. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** A line with something in it. */
export interface Row {
  readonly line: number;
  readonly text: string;
  readonly numbers: readonly number[];
  /** Those of them that are long enough to be coordinates in metres. */
  readonly metres: readonly number[];
}

interface Found {
  readonly corners: Corner[];
  /** Whether they are longitudes and latitudes, as a phone gives them, rather than metres. */
  readonly inDegrees: boolean;
}

/** As much of a line as is shown. */
const SHOWN = 40;
const shown = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

export function finding(kind: FindingKind, line: number | null = null, values: Finding['values'] = {}): Finding {
  return { kind, line, values };
}

/** What is surely a northing of Vietnam, and surely none. */
export const isNorthing = (value: number): boolean => value >= 900_000 && value < 2_700_000;
/** Eastings of documents: in no zone of the country's are they less, or more. */
const isEasting = (value: number): boolean => value >= 160_000 && value <= 850_000;

function rowOf(line: number, text: string): Row {
  const numbers = numbersOf(text);
  return { line, text: text.trim(), numbers, metres: numbers.filter(isMetres) };
}

/** Lines with something in them; one that holds several corners between semicolons counts as several. */
export function rowsOf(text: string): Row[] {
  return plain(text.replace(/\r\n?|[\u2028\u2029\v\f]/g, '\n')).split('\n').flatMap((whole, index) => {
    const pieces = whole.split(';').filter((piece) => piece.trim() !== '').map((piece) => rowOf(index + 1, piece));
    if (pieces.length > 1 && pieces.every((row) => row.metres.length === 2 || degreesOf(row) !== null)) return pieces;
    return whole.trim() === '' ? [] : [rowOf(index + 1, whole)];
  });
}

/** A row that names the plane: its figures are degrees, whatever they look like without their signs. */
function isOfPlane(row: Row): boolean {
  const names = /kinh tuyến|kinh tuyen|\bKTT|múi chiếu|central meridian|^\W*10[2-9]\s*(?:°|độ|o|0(?=\d\d))\s*\d{1,2}\s*(?:['′’]|phút)[\s.,]*$/i;
  return names.test(row.text) && !row.metres.some((value) => isNorthing(value) || isEasting(value)) && degreesOf(row) === null;
}

/** Rows of a table that lies on its side: all X in one, all Y in the next. */
function turned(rows: readonly Row[]): Corner[] {
  const [first, second, ...more] = rows.filter((row) => row.metres.length > 2);
  if (!first || !second || more.length > 0 || first.metres.length !== second.metres.length) return [];
  if (!first.metres.every(isNorthing) && !second.metres.every(isNorthing)) return [];
  return first.metres.map((x, at) => ({ line: first.line, x, y: second.metres[at] ?? NaN }));
}

/** Cells of a table that came one below the other, as Word gives them. */
function stacked(rows: readonly Row[], errors: Finding[]): Corner[] {
  const single = rows.every((row) => row.numbers.length <= 1);
  const cells = rows.filter((row) => row.metres.length === 1);
  if (!single || cells.length < 4) return [];
  const last = cells.at(-1);
  if (cells.length % 2 === 1 && last) errors.push(finding('oddNumber', last.line, { text: shown(last.text) }));
  const corners: Corner[] = [];
  for (let at = 0; at + 1 < cells.length; at += 2) {
    const [x, y] = [cells[at], cells[at + 1]];
    if (x && y) corners.push({ line: x.line, x: x.numbers[0] ?? NaN, y: y.numbers[0] ?? NaN });
  }
  return corners;
}

/** Latitude and longitude of a row in either order, where its numbers can be such in Vietnam. */
function degreesOf({ line, text, numbers: plainOnes }: Row): Corner | null {
  const angles = anglesOf(text);
  const numbers = angles.length === 2 ? angles : plainOnes;
  // Of more numbers than two, a whole one may be the number of the point.
  const sure = numbers.length === 2 && (angles.length === 2 || !numbers.every(Number.isInteger));
  for (let at = 0; at + 1 < numbers.length; at++) {
    const [a = NaN, b = NaN] = [numbers[at], numbers[at + 1]];
    const is = (longitude: number, latitude: number): boolean =>
      longitude > 102 && longitude < 110 && latitude > 8 && latitude < 24 && (sure || (!Number.isInteger(longitude) && !Number.isInteger(latitude)));
    if (is(a, b)) return { line, x: b, y: a };
    if (is(b, a)) return { line, x: a, y: b };
  }
  return null;
}

/** One corner of a row; beside it may stand a point's number or an area that is as long as a coordinate. */
function cornerOf({ line, metres }: Row): Corner {
  const [first = NaN, second = NaN, third = NaN] = metres;
  const isPair = (a: number, b: number): boolean => (isNorthing(a) && isEasting(b)) || (isEasting(a) && isNorthing(b));
  const isFirst = metres.length < 3 || isPair(first, second) || !isPair(second, third);
  return isFirst ? { line, x: first, y: second } : { line, x: second, y: third };
}

/** A corner among others of its row, and the number that stands before it. */
interface Numbered extends Corner {
  readonly label: number | null;
}

function numbered({ line, numbers }: Row): Numbered[] {
  const found: Numbered[] = [];
  let label: number | null = null;
  let x: number | null = null;
  for (const number of numbers) {
    if (!isMetres(number)) label = x === null && Number.isInteger(number) ? number : null;
    else if (x === null) x = number;
    else {
      found.push({ line, x, y: number, label });
      label = null;
      x = null;
    }
  }
  return found;
}

/** Whether the numbers of points go up; the last may be that of the first, where the list is closed. */
function goesUp(corners: readonly Numbered[]): boolean {
  return corners.every(({ label }, at) => {
    const before = corners[at - 1]?.label ?? -1;
    return label !== null && (label > before || (at === corners.length - 1 && label === corners[0]?.label));
  });
}

/** Rows that hold several corners each: by the numbers of the points, down each column or along each row. */
function sideBySide(rows: readonly Row[], errors: Finding[], notes: Finding[]): Corner[] {
  const found = rows.map(numbered);
  const along = found.flat();
  const columns = found.reduce((most, row) => Math.max(most, row.length), 0);
  const down = Array.from({ length: columns }, (_, column) => found.flatMap((row) => row[column] ?? [])).flat();
  const odd = rows.find((row) => row.metres.length % 2 === 1);
  const order = odd ? undefined : rows.length === 1 ? along : [down, along].find(goesUp);
  if (order) {
    if (rows.length > 1) notes.push(finding('sideBySide'));
    return order.map(({ line, x, y }) => ({ line, x, y }));
  }
  const row = odd ?? rows.find(({ metres }) => metres.length > 3);
  if (row) errors.push(finding('several', row.line, { count: row.metres.length, text: shown(row.text) }));
  return along;
}

/** A heading or a signature has words; letters that a scanner took for digits (1165OOO) are none. */
const hasWords = ({ text }: Row): boolean => text.split(/\s+/).some((token) => /^[^\p{L}\d]*\p{L}{2}/u.test(token));
/** Figures as long as those of coordinates, so many of them. */
const figures = ({ text }: Row, count: number): boolean => (text.match(/\d{5,}/g) ?? []).length >= count;

/** The rows that were meant as corners and are none. Headings stand before the first corner, totals and signatures after the last. */
function tellMissed(rows: readonly Row[], corners: readonly Corner[], errors: Finding[]): void {
  const understood = new Set(corners.map(({ line }) => line));
  const lines = rows.map(({ line }) => line).filter((line) => understood.has(line));
  const [first, last] = [lines[0] ?? Infinity, lines.at(-1) ?? -Infinity];
  for (const row of rows) {
    if (understood.has(row.line)) continue;
    const [isBefore, isAmong] = [row.line < first, row.line > first && row.line < last];
    const isAside = !isAmong && (hasWords(row) || /^s\s*[=:]|\d\s*(?:m2|ha)$/i.test(row.text));
    const digits = (row.text.match(/\d/g) ?? []).length;
    const meant = corners.length === 0 ? row.metres.length === 1 || figures(row, 2) || (!hasWords(row) && digits >= 4)
      : !isAside && (row.metres.length === 1 || figures(row, isAmong ? 1 : 2) || (!isBefore && row.numbers.length >= 2 && !hasWords(row)));
    if (meant) errors.push(finding(row.metres.length === 1 ? 'oneNumber' : 'unread', row.line, { text: shown(row.text) }));
  }
}

function byLine(rows: readonly Row[], errors: Finding[], notes: Finding[]): Found {
  const metres = rows.filter((row) => row.metres.length >= 2);
  const degrees = rows.flatMap((row) => (row.metres.length > 0 ? [] : degreesOf(row) ?? []));
  if (degrees.length > 0 && metres.length === 0) {
    tellMissed(rows, degrees, errors);
    return { corners: degrees, inDegrees: true };
  }
  for (const { line } of degrees.slice(0, 1)) errors.push(finding('mixed', line));
  const several = metres.some((row) => row.metres.length > 3);
  const corners = several ? sideBySide(metres, errors, notes) : metres.map(cornerOf);
  tellMissed(rows, [...corners, ...degrees], errors);
  return { corners, inDegrees: false };
}

/** The corners of all rows as they stand; X and Y may still be swapped. */
export function cornersOf(all: readonly Row[], errors: Finding[], notes: Finding[]): Found {
  const rows = all.filter((row) => !isOfPlane(row));
  const aside = turned(rows);
  const below = aside.length > 0 ? [] : stacked(rows, errors);
  if (aside.length > 0) return { corners: aside, inDegrees: false };
  return below.length > 0 ? { corners: below, inDegrees: false } : byLine(rows, errors, notes);
}
