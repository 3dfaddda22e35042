/** Strangers' texts of any length and direction: as text, cut in sight, whole for who wants it. */
import { element } from './dom';

/** Letters that a cell or a line shows without more ado. */
const SHOWN = 300;

/** A cell; of a text that is too long for one, a part is in sight and the rest is scrolled to. */
export function cell(tag: 'td' | 'th' | 'dd', text: string, attributes: Readonly<Record<string, string>> = {}): HTMLElement {
  if (text.length <= SHOWN) return element(tag, { text, attributes });
  return element(tag, { attributes }, element('div', { class: 'long-text', text, attributes: { tabindex: '0' } }));
}
