/** What the map is drawn from, for those who want to know: the form of its tiles, and the choice of another. */
import { element, replaceContent } from './dom';
import type { LanguageChoice } from './language';
import { TILE_FORMS, type TileForm } from './tile_form';

/** Forms by their own names. */
const NAMES: Readonly<Record<TileForm, string>> = { mvt: 'Mapbox Vector Tile (MVT)', mlt: 'MapLibre Tile (MLT)' };

export class Technical {
  readonly element = element('details', { class: 'technical' });

  constructor(
    private readonly language: LanguageChoice,
    private form: TileForm,
    private readonly onForm: (form: TileForm) => void,
  ) {
    language.onChange(() => this.render());
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.element.open) return;
      this.element.open = false;
      this.element.querySelector('summary')?.focus();
    });
    this.render();
  }

  /** Says in which form tiles come from now on. */
  setForm(form: TileForm): void {
    this.form = form;
    this.render();
  }

  private render(): void {
    const { language } = this;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    replaceContent(
      this.element,
      element('summary', {
        text: language.text('drawnWith', { form: this.form.toUpperCase() }),
        attributes: { title: language.text('technical') },
      }),
      element(
        'fieldset', {},
        element('legend', { text: language.text('tileForm') }),
        ...TILE_FORMS.map((form) => this.choice(form)),
        element('p', { text: language.text('tileFormNote') }),
      ),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  private choice(form: TileForm): HTMLLabelElement {
    const box = element('input', { attributes: { type: 'radio', name: 'tile-form', value: form, id: `tile-form-${form}` } });
    box.checked = form === this.form;
    box.addEventListener('change', () => this.onForm(form));
    return element('label', {}, box, element('span', { text: NAMES[form] }));
  }
}
