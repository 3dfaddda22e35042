/** The page's head: name, language switch, and the mark of sample data. */
import { LANGUAGES, type LanguageChoice } from './language';
import type { Language } from './catalog';
import { element, replaceContent } from './dom';
import type { LookChoice } from './looks/look_choice';
import { lookSwitch } from './looks/look_switch';
import logoUrl from './icon.svg';

/** Languages by their own names. */
const NAMES: Readonly<Record<Language, string>> = { vi: 'Tiếng Việt', en: 'English' };

export class Header {
  readonly element = element('header', { class: 'page-header' });
  private synthetic = false;
  private agency: string | null = null;

  constructor(private readonly language: LanguageChoice, private readonly look: LookChoice) {
    language.onChange(() => this.render());
    look.onChange(() => this.render());
    this.render();
  }

  setSynthetic(synthetic: boolean): void {
    this.synthetic = synthetic;
    this.render();
  }

  /** Says as which agency one has signed in. */
  setAgency(code: string | null): void {
    this.agency = code;
    this.render();
  }

  private render(): void {
    const { language } = this;
    document.documentElement.lang = language.current;
    document.title = language.text('documentTitle');
    const focused = document.activeElement?.id;
    replaceContent(
      this.element,
      element('img', { class: 'logo', attributes: { src: logoUrl, alt: '', width: '36', height: '36' } }),
      element(
        'h1', {},
        element('span', { class: 'product', text: language.text('product') }),
        element('span', { class: 'dash', text: ' – ' }),
        element('span', { class: 'subtitle', text: language.text('subtitle') }),
      ),
      this.synthetic ? element('p', { class: 'synthetic', text: language.text('synthetic') }) : null,
      this.agency !== null
        ? element('p', { class: 'signed-in', text: language.text('signedInAs', { agency: this.agency }) })
        : null,
      lookSwitch(this.look, language),
      element(
        'div', { class: 'languages', attributes: { role: 'group', 'aria-label': language.text('language') } },
        ...LANGUAGES.map((one) => this.languageButton(one)),
      ),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  private languageButton(one: Language): HTMLButtonElement {
    return element('button', {
      text: NAMES[one],
      onClick: () => this.language.set(one),
      attributes: {
        type: 'button', lang: one, id: `language-${one}`, 'aria-pressed': String(one === this.language.current),
      },
    });
  }
}
