/** The moment at which a sign-in ends: the time, and the day where it is not today's. Pure. */
import type { Language } from '../../catalog';
import { formatTimestamp } from '../../format';

/** How long a moment of today is told by its time alone. */
const DAY_MS = 24 * 3_600_000;

export function formatMoment(at: number, language: Language, now = Date.now()): string {
  const vietnam = (moment: number): string => new Date(moment + 7 * 3_600_000).toISOString();
  const isToday = Math.abs(at - now) < DAY_MS && vietnam(at).slice(0, 10) === vietnam(now).slice(0, 10);
  return isToday ? vietnam(at).slice(11, 16) : formatTimestamp(new Date(at).toISOString(), language);
}
