/** Numbers as people type them in each language. Pure. */
import type { Language } from '../../catalog';

/** What a number is grouped and divided by. */
const SIGNS: Readonly<Record<Language, { readonly group: string; readonly decimal: string }>> = {
  vi: { group: '.', decimal: ',' },
  en: { group: ',', decimal: '.' },
};

/** Any sign before a regular expression that would take it for its own. */
const plain = (sign: string): string => `\\${sign}`;

/**
 * Reads a number: `1.234,5` in Vietnamese and `1,234.5` in English. Where the language would not write it so, the
 * other way of writing is taken: `12.5` is twelve and a half in both, and `0.125` an eighth, for no
 * group begins with a zero. Null where it is none.
 */
export function readNumber(typed: string, language: Language): number | null {
  const text = typed.replace(/[\s\u00a0\u202f]/g, '').replace(/^[−–]/, '-');
  const { group, decimal } = SIGNS[language];
  const ways = [[group, decimal], [decimal, group]] as const;
  for (const [grouped, divided] of ways) {
    const shape = new RegExp(`^[-+]?(\\d+|[1-9]\\d{0,2}(${plain(grouped)}\\d{3})+)(${plain(divided)}\\d+)?$`);
    if (shape.test(text)) return Number(text.split(grouped).join('').replace(divided, '.'));
  }
  return null;
}
