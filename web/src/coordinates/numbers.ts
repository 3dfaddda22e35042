/**
 * Two numbers in one text, where point, comma and space each may divide thousands, decimals or the two
 * numbers. Every way to read them is given; their sizes tell which is meant. Pure.
 */

export interface Pair {
  readonly first: number;
  readonly second: number;
  /** Digits after the decimal sign, of the one that has fewer. */
  readonly decimals: number;
}

interface Value {
  readonly value: number;
  readonly decimals: number;
}

/** Thousands divided by one sign, and decimals behind another one. */
const GROUPED: readonly (readonly [RegExp, RegExp])[] = [
  [/^\d{1,3}(?:\.\d{3})+(?:,(\d+))?$/, /\./g],
  [/^\d{1,3}(?:,\d{3})+(?:\.(\d+))?$/, /,/g],
  [/^\d{1,3}(?: \d{3})+(?:[.,](\d+))?$/, / /g],
];

/** Everything that a text can mean as one number: `1.234` is a thousand and more, or one and a bit. */
export function valuesOf(text: string): Value[] {
  const negative = /^[+-]/.exec(text)?.[0] === '-';
  const written = text.replace(/^[+-] ?/, '');
  const values: Value[] = [];
  const add = (whole: string, fraction: string): void => {
    const value = Number(fraction === '' ? whole : `${whole}.${fraction}`);
    values.push({ value: negative ? -value : value, decimals: fraction.length });
  };
  const plain = /^(\d+)(?:[.,](\d+))?$/.exec(written);
  if (plain) add(plain[1] ?? '', plain[2] ?? '');
  for (const [form, divider] of GROUPED) {
    const decimals = form.exec(written)?.[1] ?? '';
    if (!form.test(written)) continue;
    const whole = decimals === '' ? written : written.slice(0, -decimals.length - 1);
    add(whole.replace(divider, ''), decimals);
  }
  return values;
}

/** A text longer than this is no pair of numbers. */
const LONGEST = 80;

/** Every pair of numbers that the text can be. */
export function pairsOf(text: string): Pair[] {
  if (text.length > LONGEST || !/^[-+\d.,;/|\s]+$/.test(text)) return [];
  const pairs: Pair[] = [];
  for (const { 0: run, index } of text.matchAll(/[\s,;/|]+/g)) {
    const [left, right] = [text.slice(0, index), text.slice(index + run.length)].map((side) => side.trim());
    for (const first of valuesOf(left ?? '')) {
      for (const second of valuesOf(right ?? '')) {
        const decimals = Math.min(first.decimals, second.decimals);
        const known = pairs.some((one) => one.first === first.value && one.second === second.value);
        if (!known) pairs.push({ first: first.value, second: second.value, decimals });
      }
    }
  }
  return pairs;
}
