/** A day as people write one in Vietnam and in England alike: day, month, year. Pure. */

/** The days that are asked about. */
const [YEAR_MIN, YEAR_MAX] = [1900, 2100];

export type DayFlaw = 'dayForm' | 'dayShortYear' | 'dayOrder' | 'dayNone' | 'dayFar';

export type ReadDay =
  /** `2025-07-01`; null where nothing is said. */
  | { readonly day: string | null; readonly flaw: null }
  | { readonly day: null; readonly flaw: DayFlaw };

const said = (day: string | null): ReadDay => ({ day, flaw: null });
const wrong = (flaw: DayFlaw): ReadDay => ({ day: null, flaw });

/** Day, month and year of a text: `1/7/2025`, `01-07-2025`, `1.7.2025`, `01072025`, `ngày 1 tháng 7 năm 2025`, `2025-07-01`. */
function numbers(text: string): [string, string, string] | null {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return [iso[3] ?? '', iso[2] ?? '', iso[1] ?? ''];
  const joined = /^(\d{2})(\d{2})(\d{4})$/.exec(text);
  if (joined) return [joined[1] ?? '', joined[2] ?? '', joined[3] ?? ''];
  const words = /^(?:ngày\s*)?(\d{1,2})\s*(?:[/.\-\s]|tháng)\s*(\d{1,2})\s*(?:[/.\-\s]|năm)\s*(\d{2}|\d{4})$/iu.exec(text);
  return words ? [words[1] ?? '', words[2] ?? '', words[3] ?? ''] : null;
}

export function readDay(typed: string): ReadDay {
  const text = typed.normalize('NFC').trim().replace(/\s+/g, ' ');
  if (text === '') return said(null);
  const found = numbers(text);
  if (found === null) return wrong('dayForm');
  const [day, month, year] = found.map(Number) as [number, number, number];
  if (found[2].length !== 4) return wrong('dayShortYear');
  if (month > 12 && month <= 31 && day >= 1 && day <= 12) return wrong('dayOrder');
  const date = new Date(Date.UTC(year, month - 1, day));
  if (month < 1 || month > 12 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return wrong('dayNone');
  if (year < YEAR_MIN || year > YEAR_MAX) return wrong('dayFar');
  return said(date.toISOString().slice(0, 10));
}

/** `01/07/2025`, in both languages; nothing for nothing. */
export function writtenDay(day: string | null): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(day ?? '');
  return parts ? `${parts[3]}/${parts[2]}/${parts[1]}` : '';
}
