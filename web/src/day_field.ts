/**
 * A field for a day, written day/month/year in both languages: a browser's own shows a day in the order of the
 * computer's language, and so July as January on half of them. The browser's calendar stays, behind a button.
 */
import { type DayFlaw, readDay, writtenDay } from './day_text';
import { element, icon, iconButton } from './dom';
import type { LanguageChoice } from './language';
import { afterPress } from './pressing';
import type { TextKey } from './texts';
import './day_field.css';

const FLAWS: Readonly<Record<DayFlaw, TextKey>> = {
  dayForm: 'dayForm', dayShortYear: 'dayShortYear', dayOrder: 'dayOrder', dayNone: 'dayNone', dayFar: 'dayFar',
};

export class DayField {
  readonly element = element('div', { class: 'day-field' });
  readonly input: HTMLInputElement;
  private readonly calendar = element('input', {
    class: 'day-calendar', attributes: { type: 'date', tabindex: '-1', 'aria-hidden': 'true', min: '1900-01-01', max: '2100-12-31' },
  });
  private readonly open = iconButton(icon('calendar'), '', () => this.choose(), 'icon-button day-open');
  private readonly trouble: HTMLElement;
  private told: string | null = null;

  /**
   * `onChange` is called when another day is said, or none any more; not while what stands there is no day. It is called
   * while one types, or `onLeaving`: with Enter, with a choice from the calendar, or when the field is left.
   */
  constructor(id: string, private readonly language: LanguageChoice, private readonly onChange: () => void, onLeaving = false) {
    this.input = element('input', {
      attributes: { type: 'text', inputmode: 'numeric', id, autocomplete: 'off', maxlength: '40', 'aria-errormessage': `${id}-trouble` },
    });
    this.trouble = element('p', { class: 'day-trouble', attributes: { id: `${id}-trouble`, role: 'alert' } });
    // While it is typed, half of it is no mistake yet.
    this.input.addEventListener('input', () => {
      if (this.input.getAttribute('aria-invalid') === 'true') this.tell();
      if (!onLeaving) this.settle();
    });
    this.input.addEventListener('keydown', ({ key }) => {
      if (onLeaving && key === 'Enter') this.settle();
    });
    this.input.addEventListener('blur', () => {
      const { day, flaw } = readDay(this.input.value);
      if (flaw === null) this.input.value = writtenDay(day);
      this.tell();
      // One that is only drawn anew gets the focus back.
      if (onLeaving) afterPress(() => document.activeElement !== this.input && this.settle());
    });
    this.calendar.addEventListener('change', () => {
      this.input.value = writtenDay(this.calendar.value);
      this.tell();
      this.settle();
    });
    this.element.append(element('div', { class: 'day-line' }, this.input, this.calendar, this.open), this.trouble);
    this.render();
  }

  /** `2025-07-01`; null where nothing is said, or nothing that is a day. */
  get value(): string | null {
    return readDay(this.input.value).day;
  }

  set value(day: string | null) {
    this.input.value = writtenDay(day);
    this.told = this.value;
    this.tell();
  }

  /** Whether something is said that is no day. */
  get isWrong(): boolean {
    return readDay(this.input.value).flaw !== null;
  }

  /** Writes its texts anew; what was typed stays. */
  render(): void {
    const { language } = this;
    this.input.placeholder = language.text('dayPlaceholder');
    for (const name of ['aria-label', 'title']) this.open.setAttribute(name, language.text('dayChoose'));
    if (this.input.getAttribute('aria-invalid') === 'true') this.tell();
    else this.trouble.hidden = true;
  }

  private settle(): void {
    const { value, isWrong } = this;
    if (isWrong || value === this.told) return;
    this.told = value;
    this.onChange();
  }

  private choose(): void {
    this.calendar.value = this.value ?? '';
    // Browsers that cannot open it leave the field itself.
    if (typeof this.calendar.showPicker === 'function') this.calendar.showPicker();
    else this.input.focus();
  }

  private tell(): void {
    const { flaw } = readDay(this.input.value);
    this.trouble.textContent = flaw === null ? '' : this.language.text(FLAWS[flaw]);
    this.trouble.hidden = flaw === null;
    this.input.setAttribute('aria-invalid', String(flaw !== null));
  }
}

/** A label over a field for a day, and what else there is to say of it. */
export function labelledDay(label: string, day: DayField, hint?: string): HTMLElement {
  const said = hint === undefined ? null : element('p', { class: 'area-hint', text: hint, attributes: { id: `${day.input.id}-hint` } });
  if (said) day.input.setAttribute('aria-describedby', said.id);
  day.render();
  return element('div', { class: 'area-field' }, element('label', { text: label, attributes: { for: day.input.id } }), day.element, said);
}
