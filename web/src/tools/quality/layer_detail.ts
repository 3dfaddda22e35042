/** One layer: its four words, how they went, its measures, and what was found wrong where, in a table and on the map. */
import type { Language } from '../../catalog';
import { button, element, replaceContent } from '../../dom';
import { formatDayOf, formatNumber, formatTimestamp } from '../../format';
import { fileLink } from '../../save_file';
import type { Workbench } from '../tool';
import { askFindings, findingsAddress, reason } from './asking';
import { commandToRun } from './command';
import { markText, percent, valueText } from './figures';
import type { Finding } from './findings';
import { FindingsOnMap } from './findings_map';
import { FindingsTable } from './findings_table';
import { badge, wordCell } from './overview';
import { type LayerQuality, type Measure, WORDS, bound, standing } from './scores';
import { chart, wordMark } from './trend_chart';
import { type QualityWord, say } from './words';

export class LayerDetail {
  readonly element = element('section', { class: 'quality-detail' });
  private readonly heading = element('h3', { class: 'quality-heading', attributes: { tabindex: '-1' } });
  private readonly found = element('div');
  private readonly asking = new AbortController();
  private readonly onMap: FindingsOnMap;
  private table: FindingsTable | null = null;
  private failed: unknown = null;

  constructor(
    private readonly page: Workbench,
    readonly layer: LayerQuality,
    private readonly onBack: () => void,
  ) {
    this.onMap = new FindingsOnMap(page.map, (finding) => {
      this.table?.choose(finding, this.language);
      this.onMap.choose(finding);
    }, () => this.covered());
    if (page.content.layers.has(layer.id)) page.toggle(layer.id, true);
    this.render();
    if (layer.checkedAt !== null) void this.ask();
  }

  get takesClicks(): boolean {
    return this.onMap.takesClick;
  }

  focus(): void {
    this.heading.focus({ preventScroll: true });
  }

  /** Puts away what lies on the map. */
  close(): void {
    this.asking.abort();
    this.onMap.clear();
  }

  render(): void {
    const { layer, language } = this;
    this.heading.textContent = layer.title[language];
    const about = [
      layer.agency.title[language],
      layer.count === null ? null : say(language, 'features', { count: formatNumber(layer.count, language) }),
      layer.checkedAt === null ? null : say(language, 'checkedAt', { at: formatTimestamp(layer.checkedAt, language) }),
    ];
    replaceContent(
      this.element,
      button(`‹ ${say(language, 'back')}`, this.onBack, { class: 'quality-secondary', attributes: { id: 'quality-back' } }),
      element('div', { class: 'quality-line' }, this.heading, badge(standing(layer), language)),
      element('p', { class: 'quality-about', text: about.filter((part) => part !== null).join(' · ') }),
      ...(layer.checkedAt === null ? [this.unchecked()] : this.checked()),
    );
    this.renderFound();
  }

  private get language(): Language {
    return this.page.language.current;
  }

  /** On a phone the drawer lies over the map's lower part. */
  private covered(): number {
    const map = this.page.frame.getBoundingClientRect();
    const drawer = this.element.closest('.drawer')?.getBoundingClientRect();
    return drawer && drawer.left < map.right - 1 && drawer.top > map.top ? Math.max(0, map.bottom - drawer.top) : 0;
  }

  private unchecked(): HTMLElement {
    const { layer, language } = this;
    if (!layer.isWithheld) return commandToRun(`diaban check ${layer.id}`, say(language, 'howToCheck'), language);
    return element('div', {}, ...layer.notes.map((note) => element('p', { text: note[language] })));
  }

  private checked(): Array<HTMLElement | null> {
    const { layer, language } = this;
    const missing = layer.words.filter(({ unknown }) => unknown !== null);
    return [
      element('dl', { class: 'quality-words' }, ...layer.words.map((word) => wordCell(layer, word, language))),
      missing.length === 0 ? null : element('ul', { class: 'quality-hint' }, ...missing.map((word) => element('li', { text: `${word.title[language]}: ${word.unknown?.[language] ?? ''}` }))),
      this.trend(),
      this.measures(),
      element('h4', { text: say(language, 'findings') }),
      this.found,
    ];
  }

  private trend(): HTMLElement {
    const { language } = this;
    const { checks } = this.layer;
    const [first, last] = [checks[0], checks.at(-1)];
    const head = element('h4', { text: say(language, 'trend') });
    if (!first || !last || checks.length < 2) return element('div', {}, head, element('p', { class: 'quality-hint', text: say(language, 'trendOnce') }));
    const [from, to] = [first, last].map(({ at }) => formatDayOf(at, language));
    const label = say(language, 'trendChart', { count: checks.length, from: from ?? '', to: to ?? '' });
    const hasBounds = checks.some((check) => WORDS.some((word) => check.scores[word] === null && check.atMost[word] !== null));
    return element(
      'div', {},
      head,
      chart(checks, label, language),
      element('div', { class: 'quality-times' }, element('span', { text: from ?? '' }), element('span', { text: to ?? '' })),
      hasBounds ? element('p', { class: 'quality-hint', text: say(language, 'trendHollow') }) : null,
      element('details', {}, element('summary', { text: say(language, 'trendTable') }), this.trendTable()),
    );
  }

  private trendTable(): HTMLElement {
    const { language } = this;
    const { checks, words } = this.layer;
    const cell = (check: (typeof checks)[number], word: (typeof WORDS)[number]): string => {
      const known = bound(check, word);
      if (known === null) return '?';
      return check.scores[word] === null ? `≤ ${percent(known, language)}` : percent(known, language);
    };
    return element(
      'table', { class: 'quality-table' },
      element('thead', {}, element('tr', {}, element('th', { text: say(language, 'checkDay') }), ...words.map(({ title }) => element('th', { class: 'n', text: title[language] })))),
      element('tbody', {}, ...[...checks].reverse().map((check) => element(
        'tr', {},
        element('th', { text: formatTimestamp(check.at, language), attributes: { scope: 'row' } }),
        ...words.map(({ word }) => element('td', { class: 'n', text: cell(check, word) })),
      ))),
    );
  }

  /** What falls short stands open; the rest is there for who asks. */
  private measures(): HTMLElement {
    const { layer, language } = this;
    const short = layer.measures.filter(({ passes }) => passes === false);
    const head = (key: QualityWord, kind = ''): HTMLElement => element('th', { class: kind, text: say(language, key), attributes: { scope: 'col' } });
    const row = (measure: Measure): HTMLElement => element(
      'tr', { class: measure.passes === false ? 'short' : '' },
      element(
        'td', {},
        element('span', {}, wordMark(measure.word), measure.title[language]),
        measure.basis ? element('span', { class: 'quality-about', text: measure.basis[language] }) : null,
      ),
      element('td', { class: 'n', text: valueText(measure, language) ?? say(language, 'valueUnknown') }),
      element('td', { class: 'n', text: markText(measure, language) }),
    );
    const table = (of: readonly Measure[]): HTMLElement => element(
      'table', { class: 'quality-table' },
      element('thead', {}, element('tr', {}, head('measure'), head('value', 'n'), head('mark', 'n'))),
      element('tbody', {}, ...of.map(row)),
    );
    const others = layer.measures.filter((measure) => !short.includes(measure));
    return element(
      'div', {},
      element('h4', { text: say(language, 'measures') }),
      short.length === 0 ? null : table(short),
      others.length === 0 ? null : element('details', {}, element('summary', { text: say(language, 'measuresOther', { count: others.length }) }), table(others)),
    );
  }

  private async ask(): Promise<void> {
    this.failed = null;
    this.renderFound();
    try {
      const findings = await askFindings(this.layer.id, this.layer.measures, this.asking.signal);
      if (this.asking.signal.aborted) return;
      this.table = new FindingsTable(findings, this.layer.measures, this.page.content.layers.get(this.layer.id)?.layer.attributes ?? [], {
        onShown: (shown) => void this.onMap.show(shown),
        onChoose: (finding) => this.onMap.choose(finding),
        onFeature: (feature) => this.page.showFeature(this.layer.id, feature),
      });
      this.renderFound();
      await this.lay(findings);
    } catch (error) {
      if (this.asking.signal.aborted) return;
      console.warn(error);
      this.failed = error;
      this.renderFound();
    }
  }

  /** On the map, which goes to them only where none is in sight. */
  private async lay(findings: readonly Finding[]): Promise<void> {
    await this.onMap.show(findings);
    if (!(await this.onMap.someInSight()) && !this.asking.signal.aborted) this.onMap.showAll();
  }

  private renderFound(): void {
    const { language, table } = this;
    if (this.failed !== null) {
      replaceContent(
        this.found,
        element('p', { class: 'quality-trouble', text: reason(this.failed, language), attributes: { role: 'alert' } }),
        button(say(language, 'retry'), () => void this.ask(), { class: 'quality-secondary' }),
      );
      return;
    }
    if (!table) {
      replaceContent(this.found, element('p', { text: say(language, 'asking'), attributes: { role: 'status' } }));
      return;
    }
    if (table.shown().length === 0) {
      replaceContent(this.found, element('p', { text: say(language, 'findingsNone') }));
      return;
    }
    table.render(language);
    const { id } = this.layer;
    const file = fileLink(say(language, 'findingsFile'), findingsAddress(id), `${id}-findings.geojson`, this.page.language);
    file.download = `${id}-findings.geojson`;
    file.className = 'quality-secondary';
    replaceContent(
      this.found,
      element('div', { class: 'quality-actions' }, button(say(language, 'findingsAllOnMap'), () => this.onMap.showAll(), { class: 'quality-secondary' }), file),
      table.element,
    );
  }
}
