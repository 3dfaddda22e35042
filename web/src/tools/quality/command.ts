/** What somebody at the server has to type, with a button that copies it. */
import type { Language } from '../../catalog';
import { copyText } from '../../clipboard';
import { button, element } from '../../dom';
import { say } from './words';

export function commandToRun(command: string, why: string, language: Language): HTMLElement {
  const answer = element('span', { class: 'quality-hint', attributes: { role: 'status' } });
  const copy = async (): Promise<void> => {
    answer.textContent = say(language, (await copyText(command)) ? 'copied' : 'notCopied');
  };
  return element(
    'div', { class: 'quality-command' },
    element('p', { text: why }),
    element('code', { text: command }),
    button(say(language, 'copy'), () => void copy(), { class: 'quality-secondary' }),
    answer,
  );
}
