/** What is shown while the server works: that it does, for how long already, and the way out. */
import { button, element } from '../../dom';
import type { LanguageChoice } from '../../language';

/** From when on it is said that a report takes its time, seconds. */
const LONG_S = 3;

export function waitView(language: LanguageChoice, onCancel: () => void): HTMLElement[] {
  const began = Date.now();
  const long = element('p', { class: 'area-hint' });
  const timer = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    if (!long.isConnected || long.closest('[hidden]')) clearInterval(timer);
    else if (seconds >= LONG_S) long.textContent = language.text('areaAskingLong', { seconds });
  }, 1000);
  return [
    element('progress', { attributes: { 'aria-label': language.text('areaAsking') } }), long,
    button(language.text('areaCancel'), onCancel, { class: 'area-secondary', attributes: { id: 'area-cancel' } }),
  ];
}
