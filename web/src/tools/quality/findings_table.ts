/** The findings of a layer as a table: by measure, some at a time, the chosen one told and stepped through. */
import type { Attribute, Language } from '../../catalog';
import { button, element, replaceContent } from '../../dom';
import { formatNumber } from '../../format';
import { type Finding, byMeasure, whatIsWrong } from './findings';
import type { Measure } from './scores';
import { wordMark } from './trend_chart';
import { say } from './words';

/** Rows that are drawn at a time. */
const ROWS = 50;

export interface TableActions {
  /** Rows of one measure, or of all. */
  onShown(findings: readonly Finding[]): void;
  onChoose(finding: Finding): void;
  onFeature(feature: number): void;
}

export class FindingsTable {
  readonly element = element('div', { class: 'quality-findings' });
  private readonly chosenBox = element('div', { class: 'quality-chosen', attributes: { 'aria-live': 'polite' } });
  private readonly rows = element('tbody');
  private readonly more = element('div');
  private measure = '';
  private drawn = ROWS;
  private chosen: Finding | null = null;

  constructor(
    private readonly findings: readonly Finding[],
    private readonly measures: readonly Measure[],
    private readonly attributes: readonly Attribute[],
    private readonly actions: TableActions,
  ) {}

  /** What the table holds now. */
  shown(): readonly Finding[] {
    return this.measure === '' ? this.findings : this.findings.filter(({ measure }) => measure === this.measure);
  }

  render(language: Language): void {
    replaceContent(
      this.element,
      this.choice(language),
      this.kept(language),
      this.chosenBox,
      element(
        'table', { class: 'quality-table' },
        element('thead', {}, element('tr', {}, ...(['feature', 'wrong'] as const).map((key) => element('th', { text: say(language, key), attributes: { scope: 'col' } })))),
        this.rows,
      ),
      this.more,
    );
    this.fill(language);
    this.tell(language);
  }

  /** Chooses a finding as a press on its row does, and brings the row into sight. */
  choose(finding: Finding, language: Language): void {
    if (!this.shown().includes(finding)) this.measure = '';
    this.chosen = finding;
    this.drawn = Math.max(this.drawn, this.shown().indexOf(finding) + 1);
    this.render(language);
    this.rows.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  private choice(language: Language): HTMLElement {
    const option = (value: string, text: string): HTMLOptionElement => element('option', { text, attributes: { value } });
    const select = element(
      'select', { attributes: { id: 'quality-measure' } },
      option('', say(language, 'findingsAll', { count: formatNumber(this.findings.length, language) })),
      ...byMeasure(this.findings, this.measures).map(({ measure, kept }) =>
        option(measure.id, say(language, 'findingsOf', { name: measure.title[language], count: formatNumber(kept, language) }))),
    );
    select.value = this.measure;
    select.addEventListener('change', () => {
      this.measure = select.value;
      this.drawn = ROWS;
      this.chosen = null;
      this.render(language);
      document.getElementById('quality-measure')?.focus();
      this.actions.onShown(this.shown());
    });
    return element('div', { class: 'quality-field' }, element('label', { text: say(language, 'findingsWhich'), attributes: { for: select.id } }), select);
  }

  /** How many more there are than the server keeps; nothing where it keeps all. */
  private kept(language: Language): HTMLElement | null {
    const of = this.measures.filter(({ id }) => this.measure === '' || id === this.measure);
    const all = of.reduce((sum, { findings }) => sum + findings, 0);
    const kept = this.shown().length;
    if (all <= kept) return null;
    return element('p', { class: 'quality-hint', text: say(language, 'findingsKept', { kept: formatNumber(kept, language), all: formatNumber(all, language) }) });
  }

  private fill(language: Language): void {
    const shown = this.shown();
    replaceContent(this.rows, ...shown.slice(0, this.drawn).map((finding) => this.row(finding, language)));
    const left = shown.length - this.drawn;
    const count = Math.min(ROWS, left);
    replaceContent(
      this.more,
      left <= 0 ? null : button(say(language, 'findingsMore', { count: formatNumber(count, language), left: formatNumber(left, language) }), () => {
        const next = this.drawn;
        this.drawn += ROWS;
        this.fill(language);
        this.rows.querySelectorAll('button')[next]?.focus();
      }, { class: 'quality-secondary' }),
    );
  }

  private row(finding: Finding, language: Language): HTMLElement {
    const { feature, title, word } = finding;
    const name = feature === null ? title[language] : say(language, 'featureNumber', { number: feature });
    const go = button(name, () => this.take(finding, language), { class: 'quality-open' });
    const row = element(
      'tr', { attributes: finding === this.chosen ? { 'aria-current': 'true' } : {} },
      element('td', {}, go),
      element(
        'td', {},
        element('span', { class: 'quality-about' }, wordMark(word), title[language]),
        element('span', { class: 'quality-data', text: whatIsWrong(finding, this.attributes, language) }),
        finding.place ? null : element('span', { class: 'quality-about', text: say(language, 'nowhere') }),
      ),
    );
    row.addEventListener('click', (event) => {
      if (event.target !== go) this.take(finding, language);
    });
    return row;
  }

  private take(finding: Finding, language: Language): void {
    this.choose(finding, language);
    this.rows.querySelector<HTMLElement>('[aria-current] button')?.focus({ preventScroll: true });
    this.actions.onChoose(finding);
  }

  /** The chosen one, with those beside it. */
  private tell(language: Language): void {
    const { chosen } = this;
    const shown = this.shown();
    if (!chosen) {
      replaceContent(this.chosenBox, element('p', { class: 'quality-hint', text: say(language, 'findingsHow') }));
      return;
    }
    const at = shown.indexOf(chosen);
    const step = (to: number, key: 'previous' | 'next'): HTMLButtonElement => {
      const made = button(say(language, key), () => {
        const finding = shown[to];
        if (!finding) return;
        this.choose(finding, language);
        this.actions.onChoose(finding);
        const [same, other] = [document.getElementById(`quality-${key}`), document.getElementById(`quality-${key === 'next' ? 'previous' : 'next'}`)];
        ((same as HTMLButtonElement | null)?.disabled ? other : same)?.focus();
      }, { class: 'quality-secondary', attributes: { id: `quality-${key}` } });
      made.disabled = shown[to] === undefined;
      return made;
    };
    const { feature } = chosen;
    const what = whatIsWrong(chosen, this.attributes, language);
    replaceContent(
      this.chosenBox,
      element('p', {
        class: 'quality-data', attributes: { tabindex: '0' },
        text: say(language, 'chosen', { at: formatNumber(at + 1, language), all: formatNumber(shown.length, language), what }),
      }),
      element(
        'div', { class: 'quality-actions' }, step(at - 1, 'previous'), step(at + 1, 'next'),
        feature === null ? null : button(say(language, 'openFeature'), () => this.actions.onFeature(feature), { class: 'quality-secondary' }),
      ),
    );
  }
}
