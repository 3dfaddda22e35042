/** The half-year report: which half-year, as a page to print or as a workbook. */
import { fetchFile } from '../../api';
import type { Language } from '../../catalog';
import { callerKey } from '../../caller_key';
import { element, replaceContent } from '../../dom';
import { saveBlob } from '../../save_file';
import { halfYearAddress, reason } from './asking';
import { halfYears } from './figures';
import { say } from './words';

/** Half-years that are offered. */
const MANY = 6;

/** Making one takes the server some seconds at most. */
const TIMEOUT_MS = 60_000;

/** The tab has read what it shows by then. */
const KEPT_MS = 60_000;

type Form = 'html' | 'xlsx';

export class HalfYearReport {
  readonly element = element('section', { class: 'quality-half-year' });
  private readonly answer = element('p', { class: 'quality-hint', attributes: { role: 'status' } });
  private half: string;
  private readonly offered: readonly string[];

  constructor(today = new Date()) {
    this.offered = halfYears(today.getFullYear(), today.getMonth() + 1, MANY);
    this.half = this.offered[0] ?? '';
  }

  render(language: Language): void {
    const select = element(
      'select', { attributes: { id: 'quality-half' } },
      ...this.offered.map((half, at) => element('option', { text: this.name(half, at === 0, language), attributes: { value: half } })),
    );
    select.value = this.half;
    select.addEventListener('change', () => {
      this.half = select.value;
      this.answer.textContent = '';
      links.replaceChildren(...this.links(language));
    });
    const links = element('div', { class: 'quality-actions' }, ...this.links(language));
    this.answer.textContent = '';
    replaceContent(
      this.element,
      element('h3', { text: say(language, 'halfYear') }),
      element('p', { class: 'quality-hint', text: say(language, 'halfYearIntro') }),
      element('div', { class: 'quality-field' }, element('label', { text: say(language, 'halfYearWhich'), attributes: { for: select.id } }), select),
      links,
      this.answer,
    );
  }

  private name(half: string, isRunning: boolean, language: Language): string {
    const [year = '', part] = half.split('-H');
    const name = say(language, part === '1' ? 'halfYearOne' : 'halfYearTwo', { year });
    return isRunning ? say(language, 'halfYearRuns', { name }) : name;
  }

  private links(language: Language): HTMLElement[] {
    const link = (form: Form, text: string, more: Record<string, string>): HTMLAnchorElement => {
      const made = element('a', { class: 'quality-secondary', text, attributes: { href: halfYearAddress(this.half, form), ...more } });
      // A link carries no key; what it would open is what anyone may see.
      made.addEventListener('click', (event) => {
        if (!callerKey.isThere) return;
        event.preventDefault();
        void this.fetchWithKey(form, language);
      });
      return made;
    };
    return [
      link('html', say(language, 'halfYearPage'), { target: '_blank', rel: 'noopener', id: 'quality-half-page' }),
      link('xlsx', say(language, 'halfYearSheet'), { download: '', id: 'quality-half-sheet' }),
    ];
  }

  private async fetchWithKey(form: Form, language: Language): Promise<void> {
    const own = `bao-cao-${this.half}.${form}`;
    this.answer.textContent = say(language, 'asking');
    try {
      const { blob, name } = await fetchFile(halfYearAddress(this.half, form), { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (form === 'html' && this.opened(blob)) {
        this.answer.textContent = '';
        return;
      }
      saveBlob(blob, name ?? own);
      this.answer.textContent = say(language, form === 'html' ? 'halfYearBlocked' : 'halfYearMade', { name: name ?? own });
    } catch (error) {
      this.answer.textContent = reason(error, language);
    }
  }

  /** Shows a page in a tab of its own; false where the browser does not let it. */
  private opened(page: Blob): boolean {
    const address = URL.createObjectURL(page);
    setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
    return window.open(address, '_blank') !== null;
  }
}
