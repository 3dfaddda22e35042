/** What all ways of saying an area have in common, and the pieces of forms that they are made of. */
import { button, element } from '../../dom';
import type { LanguageChoice } from '../../language';
import type { TextKey } from '../../texts';
import type { Subject } from './question';

/** What a way tells the drawer. */
export interface Asked {
  /** The area is said: the report is wanted. */
  readonly onSubject: (subject: Subject) => void;
  /** Something to tell while a report is read, where the way itself is out of sight. */
  readonly onSay: (text: () => string) => void;
  /** What would be asked, for the map; null for nothing yet. */
  readonly onShape: (shape: GeoJSON.Geometry | null, into: boolean) => void;
}

export interface Way {
  readonly element: HTMLElement;
  /** Writes its texts anew; what was typed stays. */
  render(): void;
  /** It is chosen, and what was said before is shown again. */
  start(): void;
  stop(): void;
}

/** A label over what it is of. */
export function field(label: string, control: HTMLElement, hint?: string): HTMLElement {
  const children = [element('label', { text: label, attributes: { for: control.id } }), control];
  if (hint !== undefined) {
    children.push(element('p', { class: 'area-hint', text: hint, attributes: { id: `${control.id}-hint` } }));
    control.setAttribute('aria-describedby', `${control.id}-hint`);
  }
  return element('div', { class: 'area-field' }, ...children);
}

/** Radio buttons that look like one row of buttons. */
export function choices<Key extends string>(
  name: string, legend: string, keys: readonly (readonly [Key, string])[], chosen: Key, onChoose: (key: Key) => void,
): HTMLFieldSetElement {
  const labels = keys.map(([key, title]) => {
    const id = `${name}-${key}`;
    const radio = element('input', { attributes: { type: 'radio', name, id, value: key } });
    radio.checked = key === chosen;
    radio.addEventListener('change', () => onChoose(key));
    return element('span', {}, radio, element('label', { text: title, attributes: { for: id } }));
  });
  return element('fieldset', { class: 'area-choices' }, element('legend', { text: legend }), element('div', {}, ...labels));
}

export function askButton(language: LanguageChoice, onAsk: () => void, title: TextKey = 'areaAsk'): HTMLButtonElement {
  return button(language.text(title), onAsk, { class: 'area-primary' });
}
