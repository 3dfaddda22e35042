/** The table of corners as surveyors write it, X (north) before Y (east), and its text for a spreadsheet. Pure. */
import type { Language } from '../../catalog';
import { formatFixed, formatPlane } from '../../coordinates/written';
import { textIn } from '../../language';
import { type Degrees, type Plane, toPlane } from '../../vn2000';

/** Decimals of land documents. */
const DIGITS = 2;

export interface Corner {
  readonly number: number;
  readonly x: number;
  readonly y: number;
  /** Metres to the next corner; from the last one back to the first. Null where there is no other. */
  readonly side: number | null;
}

/** Corners in `plane`; `sides` as they were measured. */
export function cornersOf(points: readonly Degrees[], sides: readonly number[], plane: Plane): Corner[] {
  return points.map((point, index) => {
    const { easting, northing } = toPlane(plane, point);
    return { number: index + 1, x: northing, y: easting, side: points.length < 2 ? null : (sides[index] ?? null) };
  });
}

/** A corner's numbers as they stand in the table on the page. */
export function cornerCells({ number, x, y, side }: Corner, count: number, language: Language): string[] {
  const length = side === null ? '' : formatFixed(side, DIGITS, language);
  // Two points have one side between them; the way back is the same.
  const last = number === count;
  const shown = last && count === 2 ? '' : last && side !== null ? textIn(language, 'measureClosing', { length }) : length;
  return [String(number), formatFixed(x, DIGITS, language), formatFixed(y, DIGITS, language), shown];
}

/**
 * The table as a spreadsheet takes it from the clipboard: cells between tabs, numbers with the language's
 * decimal sign and nothing between thousands, so that they come in as numbers.
 */
export function spreadsheetText(corners: readonly Corner[], plane: Plane, language: Language): string {
  const number = (value: number): string => {
    const text = value.toFixed(DIGITS);
    return language === 'vi' ? text.replace('.', ',') : text;
  };
  const head = (['measureCorner', 'measureX', 'measureY', 'measureSide'] as const).map((key) => textIn(language, key));
  const rows = corners.map(({ number: name, x, y, side }) => {
    const known = side !== null && !(corners.length === 2 && name === 2);
    return [String(name), number(x), number(y), known ? number(side) : ''];
  });
  return [[formatPlane(plane, language)], head, ...rows].map((cells) => cells.join('\t')).join('\r\n');
}
