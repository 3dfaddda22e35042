/**
 * A list of corners as it stands in a land document, pasted as text: from Word, Excel, a PDF or typed. X is the northing,
 * as Vietnamese tables have it. What can be understood is; what cannot is told with the line that it stands in. Pure.
 */
import { plain, readNumber } from './corner_numbers';
import { type Corner, type Finding, cornersOf, finding, isNorthing, rowsOf } from './corner_rows';
import { type LonLat, PLANES, type Plane, toDegrees } from './planes';

export { type Corner, type Finding };

export interface CornersRead {
  readonly corners: readonly Corner[];
  /** Whether they are longitudes and latitudes, as a phone gives them, rather than metres. */
  readonly inDegrees: boolean;
  /** Why there is no area yet. */
  readonly errors: readonly Finding[];
  /** What was understood all the same, and what one should look at. */
  readonly notes: readonly Finding[];
  /** The plane that the text itself names. */
  readonly said: Plane | null;
  /** Whether it speaks of a meridian, and of none that could be read. */
  readonly meridianUnread: boolean;
}

/** As many as anybody pastes; the server takes more in a file. */
export const CORNERS_MAX = 2_000;
/** Lines that are told of one by one. */
const TOLD_MAX = 5;
/** How far one corner may lie from the middle one of all, metres. */
const NEAR_M = 60_000;
/** Where the server takes northings and eastings from, metres. */
const [NORTH_MIN, NORTH_MAX, EAST_MIN, EAST_MAX] = [400_000, 2_900_000, -500_000, 1_500_000];

/** Words that speak of a central meridian. */
const MERIDIAN_WORDS = /kinh tuyến|kinh tuyen|\bKTT|central meridian/i;
/** 105030' and múi 60: the sign of degrees was a raised zero in Word, and is none any more. */
const RAISED_ZERO = /((?:kinh tuyến|kinh tuyen|\bKTT|central meridian)\D{0,20}10[2-9])0(?=\d{2}\s*['′’‘`\u0301])/gi;
const SIX = /(múi|zone)[^\d\n]{0,12}60?(?!\d|[.,]\d)/i;

/** The plane that words such as "kinh tuyến trục 105°45', múi chiếu 3°" name. */
export function saidPlane(text: string): Plane | null {
  const words = plain(text).replace(RAISED_ZERO, '$1°');
  const six = SIX.test(words) || /UTM/.test(words);
  for (const found of words.matchAll(/\b(10[2-9])\s*(?:[°º]|độ|o(?=\s*\d))\s*(\d{1,2})?\s*(?:['′´’]|phút)?/gi)) {
    const meridian = Number(found[1]) + Number(found[2] ?? 0) / 60;
    const plane = PLANES.find((one) => Math.abs(one.meridian - meridian) < 1e-6 && (one.zone === 6) === six)
      ?? PLANES.find((one) => Math.abs(one.meridian - meridian) < 1e-6);
    if (plane) return plane;
  }
  const code = /EPSG\s*:\s*(\d{4})/i.exec(words)?.[1];
  return PLANES.find((one) => String(one.code) === code) ?? null;
}

/** X and Y in their places. */
function inOrder(corners: readonly Corner[], notes: Finding[]): Corner[] {
  const isSwapped = ({ x, y }: Corner): boolean => !isNorthing(x) && isNorthing(y) && x < 900_000;
  const swapped = corners.filter(isSwapped);
  if (swapped.length > 0 && swapped.length === corners.length) notes.push(finding('swapped'));
  else for (const { line } of swapped.slice(0, TOLD_MAX)) notes.push(finding('someSwapped', line));
  return corners.map((corner) => (isSwapped(corner) ? { ...corner, x: corner.y, y: corner.x } : corner));
}

/** Without the first corner again at the end, and without any that stands twice. */
function distinct(corners: readonly Corner[], notes: Finding[]): Corner[] {
  const same = (a: Corner, b: Corner | undefined): boolean => b !== undefined && a.x === b.x && a.y === b.y;
  const closed = corners.length > 1 && same(corners[0] as Corner, corners.at(-1)) ? corners.slice(0, -1) : corners;
  return closed.filter((corner, at) => {
    const again = same(corner, closed[at - 1]);
    if (again) notes.push(finding('repeated', corner.line));
    return !again;
  });
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Corners that lie nowhere in the country, or far from the others: a digit too many or too few. */
function misplaced(corners: readonly Corner[], errors: Finding[], notes: Finding[]): void {
  const far = corners.filter(({ x, y }) => !(x >= NORTH_MIN && x <= NORTH_MAX && y >= EAST_MIN && y <= EAST_MAX));
  for (const { line, x, y } of far.slice(0, TOLD_MAX)) errors.push(finding('far', line, { x, y }));
  if (far.length > 0 || corners.length < 3) return;
  const [north, east] = [middle(corners.map((one) => one.x)), middle(corners.map((one) => one.y))];
  const outliers = corners.filter(({ x, y }) => Math.hypot(x - north, y - east) > NEAR_M);
  for (const { line, x, y } of outliers.slice(0, TOLD_MAX)) {
    notes.push(finding('outlier', line, { km: Math.round(Math.hypot(x - north, y - east) / 1000) }));
  }
}

/** The first two sides that cross each other, by the lines that they start in. */
export function firstCrossing(corners: readonly Corner[]): readonly [Corner, Corner] | null {
  const side = (a: Corner, b: Corner, c: Corner): number => Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
  const count = corners.length;
  const at = (index: number): Corner => corners[index % count] as Corner;
  for (let i = 0; i < count; i++) {
    for (let j = i + 2; j < count; j++) {
      if (i === 0 && j === count - 1) continue;
      const [a, b, c, d] = [at(i), at(i + 1), at(j), at(j + 1)];
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return [a, c];
    }
  }
  return null;
}

/** Reads a pasted list of corners. */
export function readCorners(text: string): CornersRead {
  const [errors, notes]: [Finding[], Finding[]] = [[], []];
  const rows = rowsOf(text);
  const said = saidPlane(text);
  if (rows.length === 0) return { corners: [], inDegrees: false, errors: [finding('empty')], notes, said, meridianUnread: false };
  const { corners: found, inDegrees } = cornersOf(rows, errors, notes);
  if (inDegrees) notes.push(finding('degrees'));
  const corners = distinct(inDegrees ? found : inOrder(found, notes), notes);
  if (!inDegrees) misplaced(corners, errors, notes);
  if (corners.length > CORNERS_MAX) errors.push(finding('tooMany', null, { count: corners.length, max: CORNERS_MAX }));
  else {
    const crossing = errors.length === 0 ? firstCrossing(corners) : null;
    if (crossing) notes.push(finding('crossing', crossing[0].line, { other: crossing[1].line }));
  }
  const told = errors.length > TOLD_MAX ? errors.slice(0, TOLD_MAX) : errors;
  if (corners.length < 3) told.push(finding('tooFew', null, { count: corners.length }));
  // 106°15' of a corner is no meridian.
  const meridianUnread = !inDegrees && said === null && MERIDIAN_WORDS.test(plain(text));
  return { corners, inDegrees, errors: told, notes, said: inDegrees ? null : said, meridianUnread };
}

/** Square metres between the corners on their plane. */
export function areaOf(corners: readonly Corner[]): number {
  const twice = corners.reduce((sum, { x, y }, at) => {
    const next = corners[(at + 1) % corners.length] as Corner;
    return sum + x * next.y - next.x * y;
  }, 0);
  return Math.abs(twice) / 2;
}

/** The ring in degrees, closed. */
export function ringOf({ corners, inDegrees }: CornersRead, plane: Plane): LonLat[] {
  const ring = corners.map(({ x, y }): LonLat => (inDegrees ? [y, x] : toDegrees({ northing: x, easting: y }, plane)));
  return ring[0] ? [...ring, ring[0]] : [];
}

/** Degrees around the province in which land that was asked for may lie. */
const AROUND = 0.05;

/** Whether they lie in the province by this plane; if not, by which planes they would. */
export function placed(read: CornersRead, plane: Plane, [west, south, east, north]: readonly [number, number, number, number]): Finding | null {
  if (read.corners.length < 3 || read.errors.length > 0) return null;
  const inside = (one: Plane): boolean =>
    ringOf(read, one).every(([lon, lat]) => lon > west - AROUND && lon < east + AROUND && lat > south - AROUND && lat < north + AROUND);
  if (inside(plane)) return null;
  // Those that documents of the province have, before the ones of other provinces.
  const other = read.inDegrees ? undefined : PLANES.slice(0, 4).find((one) => one !== plane && inside(one));
  return other ? finding('otherMeridian', null, { code: other.code }) : finding('outside');
}

/** The server's form of it. */
export function areaText({ corners, inDegrees }: CornersRead, plane: Plane): string {
  if (!inDegrees) return `corners:${plane.code}:${corners.map(({ x, y }) => `${x} ${y}`).join(';')}`;
  const ring = [...corners, corners[0] as Corner].map(({ x, y }) => `${y} ${x}`);
  return `POLYGON((${ring.join(',')}))`;
}

/** A number that somebody typed, such as a radius: in either language's way; null where it is none. */
export function typedNumber(text: string): number | null {
  const tidy = plain(text).replace(/\s|m$/gi, '');
  // Nobody means a radius of one and a half metres by 1.500; 0.500 is half a metre all the same.
  if (/^[1-9]\d{0,2}(?:[.,]\d{3})+$/.test(tidy)) return Number(tidy.replace(/[.,]/g, ''));
  const value = /^\d[\d.,]*$/.test(tidy) ? readNumber(tidy) : NaN;
  return Number.isFinite(value) ? value : null;
}
