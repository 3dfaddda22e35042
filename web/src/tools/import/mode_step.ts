/** How the rows of a file and those of the layer come together. */
import { element } from '../../dom';
import type { LanguageChoice } from '../../language';
import { afterPress } from '../../pressing';
import type { Choices, Mode } from './choices';
import type { Look } from './told';
import { type Word, word } from './words';

const MODES: readonly Mode[] = ['merge', 'append', 'replace'];

export function modeStep(choices: Choices, look: Look, language: LanguageChoice, onChange: () => void): HTMLElement[] {
  const say = (key: Word): string => word(language.current, key);
  const radio = (mode: Mode): HTMLElement => {
    const box = element('input', { attributes: { type: 'radio', name: 'import-mode', value: mode, id: `import-mode-${mode}` } });
    box.checked = choices.mode === mode;
    box.addEventListener('change', () => {
      choices.mode = mode;
      choices.deleteMost = false;
      onChange();
    });
    return element(
      'label', { class: 'import-choice' }, box,
      element('span', {}, element('b', { text: say(`mode_${mode}`) }), element('span', { class: 'note', text: say(`mode_${mode}Note`) })),
    );
  };
  const parts: HTMLElement[] = [element('fieldset', {}, element('legend', { text: say('mode') }), ...MODES.map(radio))];
  if (choices.mode === 'replace' && look.attributes.some(({ name }) => name === 'commune_code')) {
    const box = element('input', { attributes: { type: 'text', id: 'import-commune', inputmode: 'numeric', maxlength: '5' } });
    box.value = choices.commune;
    box.addEventListener('change', () => {
      choices.commune = box.value.trim();
      afterPress(onChange);
    });
    parts.push(element('div', { class: 'field' }, element('label', { text: say('only'), attributes: { for: box.id } }), box));
  }
  return parts;
}
