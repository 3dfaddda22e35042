/** Two angles in one text, in degrees, minutes and seconds as far as they go, by signs, letters or spaces. Pure. */

/** Letters are of the compass, of latitude `n s` or of longitude `e w`. */
type Letter = 'n' | 's' | 'e' | 'w';

export interface Angle {
  /** Degrees, southern and western ones negative. */
  readonly value: number;
  /** What its letter says it is; null where it has none. */
  readonly axis: 'latitude' | 'longitude' | null;
}

type Token =
  | { readonly kind: 'number'; readonly text: string; readonly sign: string }
  | { readonly kind: 'letter'; readonly letter: Letter }
  | { readonly kind: 'mark'; readonly mark: string }
  | { readonly kind: 'divider' };

const MARKS = ['°', "'", '"'];

function tokensOf(body: string): Token[] | null {
  const tokens: Token[] = [];
  // A hyphen between digits divides, as on nautical charts: 10-33-00.
  const text = body.replace(/(\d) ?- ?(?=\d)/g, '$1 ');
  const form = /([+-]?) ?(\d+(?:[.,]\d+)?)|([nsew])|([°'"])|([,;/|])| /y;
  while (form.lastIndex < text.length) {
    const found = form.exec(text);
    if (!found) return null;
    const [, sign = '', number, letter, mark, divider] = found;
    if (number !== undefined) tokens.push({ kind: 'number', text: number.replace(',', '.'), sign });
    else if (letter !== undefined) tokens.push({ kind: 'letter', letter: letter as Letter });
    else if (mark !== undefined) tokens.push({ kind: 'mark', mark });
    else if (divider !== undefined) tokens.push({ kind: 'divider' });
  }
  return tokens;
}

/** Where the second angle begins; null where there are not two. */
function secondAt(tokens: readonly Token[]): number | null {
  const at = (kind: Token['kind']): number[] => tokens.flatMap((one, index) => (one.kind === kind ? [index] : []));
  const letters = at('letter');
  if (letters.length > 0) {
    const [first, second] = letters;
    if (letters.length !== 2 || first === undefined || second === undefined) return null;
    return first === 0 ? second : first + 1;
  }
  const degrees = tokens.flatMap((one, index) => (one.kind === 'mark' && one.mark === '°' ? [index] : []));
  const [, second] = degrees;
  if (degrees.length === 2 && second !== undefined) return second - 1;
  if (degrees.length !== 0) return null;
  const [divider, another] = at('divider');
  if (divider !== undefined && another === undefined) return divider;
  const numbers = at('number');
  return numbers.length % 2 === 0 ? (numbers[numbers.length / 2] ?? null) : null;
}

function angleOf(tokens: readonly Token[]): Angle | null {
  let value = 0;
  let count = 0;
  let negative = false;
  let open = false;
  let letter: Letter | null = null;
  let whole = true;
  for (const token of tokens) {
    if (token.kind === 'letter') letter = token.letter;
    else if (token.kind === 'mark') {
      // Each sign stands behind the number that it is of.
      if (!open || token.mark !== MARKS[count - 1]) return null;
      open = false;
    } else if (token.kind === 'number') {
      const number = Number(token.text);
      // Only the last number has decimals, only the first a sign; minutes and seconds end at 60.
      if (count === 3 || !whole || (count > 0 && (token.sign !== '' || number >= 60))) return null;
      negative = negative || token.sign === '-';
      whole = !token.text.includes('.');
      value += number / 60 ** count;
      count += 1;
      open = true;
    }
  }
  if (count === 0) return null;
  const sign = negative !== (letter === 's' || letter === 'w') ? -1 : 1;
  const axis = letter === null ? null : letter === 'n' || letter === 's' ? 'latitude' : 'longitude';
  return { value: sign * value, axis };
}

/** The two angles of a text in the form of `words.ts`; null where there are not two. */
export function anglesOf(body: string): [Angle, Angle] | null {
  const tokens = tokensOf(body);
  const cut = tokens ? secondAt(tokens) : null;
  if (!tokens || cut === null) return null;
  const [first, second] = [angleOf(tokens.slice(0, cut)), angleOf(tokens.slice(cut))];
  if (!first || !second || (first.axis !== null && first.axis === second.axis)) return null;
  return [first, second];
}
