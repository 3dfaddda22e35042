/** Scores and measures as people read them. Pure. */
import type { Language } from '../../catalog';
import { formatNumber } from '../../format';
import type { Measure, WordScore } from './scores';

/** Measures that are no shares. Their titles name the unit. */
const AMOUNTS: readonly string[] = ['positional_accuracy', 'undershoot', 'timeliness'];

/** Never rounded to what would read as better than it is: `up` where less is better. */
function rounded(value: number, language: Language, digits: number, up: boolean): string {
  const steps = value * 10 ** digits;
  const whole = up ? Math.ceil(Math.max(0, steps - 1e-6)) : Math.floor(steps + 1e-6);
  return formatNumber(whole / 10 ** digits, language, digits);
}

function share(value: number, language: Language, digits: number, up = false): string {
  return `${rounded(value * 100, language, digits, up)}%`;
}

/** `78,5%`. */
export function percent(score: number, language: Language): string {
  return share(score, language, 1);
}

/** What is known of a word's score: itself, above what it cannot be, or `?`. */
export function scoreText({ score, atMost, passes }: WordScore, language: Language): string {
  if (score !== null) return percent(score, language);
  return atMost !== null && passes === false ? `≤ ${percent(atMost, language)}` : '?';
}

function amount(value: number, { id, lowerIsBetter }: Measure, language: Language): string {
  if (AMOUNTS.includes(id)) return rounded(value, language, 2, lowerIsBetter);
  return share(value, language, 2, lowerIsBetter);
}

/** A measure's value; null where nobody knows it. */
export function valueText(measure: Measure, language: Language): string | null {
  return measure.value === null ? null : amount(measure.value, measure, language);
}

/** From where on a measure passes: `≥ 95%`. */
export function markText(measure: Measure, language: Language): string {
  return `${measure.lowerIsBetter ? '≤' : '≥'} ${amount(measure.mark, measure, language)}`;
}

/** Half-years that a report can be made of, the one that runs first: `2026-H2`. `month`: 1 to 12. */
export function halfYears(year: number, month: number, many: number): string[] {
  const last = year * 2 + (month > 6 ? 1 : 0);
  return Array.from({ length: many }, (_, back) => {
    const half = last - back;
    return `${Math.floor(half / 2)}-H${(half % 2) + 1}`;
  });
}
