/** The choice of a theme, at the head of the layer list. */
import { element } from '../dom';
import type { LanguageChoice } from '../language';
import type { Theme } from './looks';

/** Nothing where there is nothing to choose. */
export function themeChoice(
  themes: readonly Theme[], current: string | null, language: LanguageChoice, onChoose: (theme: string | null) => void,
): HTMLElement | null {
  if (themes.length === 0) return null;
  const option = (value: string, text: string): HTMLOptionElement => element('option', { text, attributes: { value } });
  const select = element(
    'select', { attributes: { id: 'theme' } },
    option('', language.text('wholeTheme')),
    ...themes.map((theme) => option(theme.id, language.of(theme.title))),
  );
  select.value = current ?? '';
  select.addEventListener('change', () => onChoose(select.value === '' ? null : select.value));
  return element('label', { class: 'theme-choice' }, element('span', { text: language.text('theme') }), select);
}
