/**
 * A stranger's text within a sentence of ours: marks of direction in it turn nothing round but itself (UAX 9: an
 * isolate ends whatever was opened in it). Pure.
 */
const MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Script=Arabic}\p{Script=Hebrew}]/u;

export function isolated(text: string): string {
  return MARKS.test(text) ? `\u2068${text.replace(/[\u2066-\u2069]/g, '')}\u2069` : text;
}
