/**
 * Numbers as people and their programs write them in a line of a corner table: decimal points or commas, thousands
 * apart by points, commas or spaces, numbers of points before and lengths of sides after. Pure.
 */

/** The least that a coordinate in metres can be; what is less is the number of a point or the length of a side. */
const LEAST_METRES = 100_000;

export const isMetres = (value: number): boolean => Math.abs(value) >= LEAST_METRES;

/** A text without what Word, Excel and web pages put between letters without showing it. */
export function plain(text: string): string {
  return text
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g, '')
    // What stands between the cells of a table of Word.
    .replace(/[\u0000-\u0008\u000e-\u001f]/g, '\t')
    // Signs that are taken for that of degrees, and that NFKC would take apart.
    .replace(/[\u02da\u00ba\u2070]/g, '°')
    .normalize('NFKC')
    .replace(/[\u2212\u2010-\u2015]/g, '-')
    .replace(/[^\S\t\n]+/g, ' ');
}

function grouped(text: string, mark: string): boolean {
  const [first = '', ...rest] = text.replace(/^[-+]/, '').split(mark);
  return rest.length > 0 && /^\d{1,3}$/.test(first) && rest.every((group) => /^\d{3}$/.test(group));
}

/** One number; NaN where the marks in it make no sense. */
export function readNumber(text: string): number {
  const dots = text.split('.').length - 1;
  const commas = text.split(',').length - 1;
  if (dots > 0 && commas > 0) {
    const decimal = text.lastIndexOf('.') > text.lastIndexOf(',') ? '.' : ',';
    const thousands = decimal === '.' ? ',' : '.';
    const [whole = '', behind = '', ...more] = text.split(decimal);
    if (more.length > 0 || !grouped(whole, thousands)) return NaN;
    return Number(`${whole.split(thousands).join('')}.${behind}`);
  }
  const mark = dots > 0 ? '.' : ',';
  if (dots + commas > 1) return grouped(text, mark) ? Number(text.split(mark).join('')) : NaN;
  const decimal = Number(text.replace(',', '.'));
  // 554,000 and 554.000 are metres only if the mark sets thousands apart.
  if (grouped(text, mark) && !isMetres(decimal)) {
    const whole = Number(text.replace(mark, ''));
    if (isMetres(whole)) return whole;
  }
  return decimal;
}

/** Several numbers between commas, each with its own decimals: `1165000.5,554000.5` and `1165000,5,554000,5`. */
function byCommas(text: string): number[] {
  const grouped = text.match(/\d{1,3}(?:,\d{3})+(?:\.\d+)?/g) ?? [];
  if (grouped.length === 2 && grouped.join(',') === text) return grouped.map(readNumber);
  const parts = text.split(',').filter((part) => part !== '');
  const numbers: number[] = [];
  for (let at = 0; at < parts.length; at++) {
    const [part = '', next = ''] = [parts[at], parts[at + 1]];
    const hasDecimals = /^[-+]?\d{6,7}$/.test(part) && /^\d{1,4}$/.test(next) && parts.length > 2;
    numbers.push(Number(hasDecimals ? `${part}.${next}` : part));
    if (hasDecimals) at += 1;
  }
  return numbers;
}

/** The numbers of a token without spaces. */
function ofToken(text: string): number[] {
  const whole = readNumber(text);
  const commas = text.includes(',');
  if (!commas) return [whole];
  const several = byCommas(text);
  if (several.filter(isMetres).length >= 2 || Number.isNaN(whole)) return several;
  return [whole];
}

/** Tokens of which several may be one number with spaces for thousands: `1 165 000,25 554 000,50`. */
function joined(tokens: readonly string[]): number[] {
  const runs: string[][] = [];
  for (const token of tokens) {
    const run = runs.at(-1);
    const goesOn = run !== undefined && /^\d{3}(?:[.,]\d+)?$/.test(token) && /^[-+]?\d{1,3}$/.test(run.at(-1) ?? '');
    if (goesOn) run.push(token);
    else runs.push([token]);
  }
  return runs.flatMap((run) => {
    // Without decimals nothing ends the northing; it has seven digits, and the easting six.
    const isTwo = run.length === 5 && /^\d$/.test(run[0] ?? '') && !/[.,]/.test(run.join(''));
    const pieces = isTwo ? [run.slice(0, 3), run.slice(3)] : [run];
    return pieces.map((piece) => readNumber(piece.join('')));
  });
}

/** What of a token is a number: without `X=`, brackets, units; empty where it is a word or the name of a point. */
function bare(token: string): string {
  const said = token.replace(/^.*[=:]/, '').replace(/^[([{"']+/, '').replace(/[)\]}"',;:.*°˚]+$/, '').replace(/m$/i, '')
    // 10,5343°B, 106.2451E
    .replace(/(\d[.,]\d{3,})[°˚]?[nebđ]$/i, '$1');
  const inner = /^[^\d-]*\(([^()]+)$/.exec(said)?.[1] ?? said;
  return /^[-+]?\d[\d.,]*$/.test(inner) ? inner : '';
}

/** Angles in degrees and minutes, and seconds where there are any, as documents and phones write them: `10°32'03,7"`. */
export function anglesOf(line: string): number[] {
  const form = /(\d{1,3})\s*[°˚o]\s*(\d{1,2}(?:[.,]\d+)?)\s*['′’‘`\u0301](?:\s*(\d{1,2}(?:[.,]\d+)?)\s*["”“'′’]{1,2})?/gi;
  const number = (text: string | undefined): number => Number((text ?? '0').replace(',', '.'));
  return [...line.matchAll(form)].map(([, degrees, minutes, seconds]) => number(degrees) + number(minutes) / 60 + number(seconds) / 3600);
}

/** All numbers of a line, in its order. */
export function numbersOf(line: string): number[] {
  const spaced = line.replace(/([=:])\s+/g, '$1').replace(/([([])\s+/g, '$1')
    // 1165000-554000: nothing else divides them.
    .replace(/(\d{6,7}(?:[.,]\d+)?) ?[-/] ?(?=\d{6,7}(?!\d))/g, '$1 ');
  const cells = spaced.split(/[\t|;]/).map((cell) => cell.trim().split(/\s+/).map(bare).filter((token) => token !== ''));
  const apart = cells.flatMap((tokens) => tokens.flatMap(ofToken));
  if (apart.filter(isMetres).length >= 2) return apart;
  const together = cells.flatMap(joined);
  return together.filter(isMetres).length > apart.filter(isMetres).length ? together : apart;
}
