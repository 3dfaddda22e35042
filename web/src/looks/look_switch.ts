/** The switch between day and night, in the page's head. */
import { icon, iconButton } from '../dom';
import type { LanguageChoice } from '../language';
import type { LookChoice } from './look_choice';

export function lookSwitch(look: LookChoice, language: LanguageChoice): HTMLButtonElement {
  const made = iconButton(
    icon(look.dark ? 'sun' : 'moon'), language.text('darkLook'), () => look.set(look.dark ? 'light' : 'dark'), 'icon-button look-switch',
  );
  made.id = 'look-switch';
  made.setAttribute('aria-pressed', String(look.dark));
  made.title = language.text(look.dark ? 'toLight' : 'toDark');
  return made;
}
