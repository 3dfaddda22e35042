/** A report, beside the map. Names and notes in it are strangers' words and are set as text. */
import type { Layer } from '../../catalog';
import { button, element, shape, svg } from '../../dom';
import { formatDayOf, formatNumber } from '../../format';
import { cell } from '../../long_text';
import type { TextKey } from '../../texts';
import type { LayerFilter } from '../filter/conditions';
import type { Workbench } from '../tool';
import {
  type Bar, barsOf, formatAmount, formatFigure, formatHa, formatLength, formatShare, formatTold, groupedBy, measureOf, sumTitle,
} from './figures';
import { filterOfGroup } from './leading';
import type { LayerReport, ListedFeature, Report } from './report';

/** What can be done with a report. */
export interface ReportActions {
  readonly workbook: HTMLElement;
  readonly onLink: () => void;
  readonly onNew: () => void;
  readonly onArea: () => void;
  readonly onFeature: (layer: string, feature: ListedFeature) => void;
  readonly onGroup: (layer: string, filter: LayerFilter) => void;
}

const BAR_WIDTH = 100;
const BAR_COLOR = '#0b6e66';

export class ReportView {
  /** Ids of the layers whose parts are open; kept over a change of language. */
  private readonly opened = new Set<string>();

  constructor(private readonly page: Workbench) {}

  /** A new report: the first layer with anything is open. */
  reset(report: Report): void {
    this.opened.clear();
    const first = report.layers.find((one) => one.total.count > 0);
    if (first) this.opened.add(first.layer);
  }

  render(report: Report, title: string, options: HTMLElement, actions: ReportActions): HTMLElement {
    const { language } = this.page;
    const told = report.layers.filter((one) => one.total.count > 0);
    const standIns = report.standIns.map((one) => one.name).join(', ');
    const nothing = report.layers.filter((one) => one.total.count === 0).map((one) => language.of(one.title));
    return element(
      'div', { class: 'area-report' },
      report.synthetic ? element('p', { class: 'synthetic-note', text: language.text('synthetic') }) : null,
      element(
        'section', {},
        element('h3', { class: 'area-title', text: title, attributes: { id: 'area-report-title', tabindex: '-1' } }),
        element('p', { class: 'area-size', text: formatHa(report.areaHa, language.current) }),
        report.standIns.length > 0
          ? element('p', { class: 'area-warning', text: language.text('areaStandIns', { name: report.unit?.name ?? '', names: standIns }) })
          : null,
        this.facts(report),
        element(
          'div', { class: 'area-actions' },
          actions.workbook,
          button(language.text('areaCopyLink'), actions.onLink, { class: 'area-secondary' }),
          button(language.text('areaShowArea'), actions.onArea, { class: 'area-secondary' }),
          button(language.text('areaNew'), actions.onNew, { class: 'area-secondary', attributes: { id: 'area-new' } }),
        ),
        options,
      ),
      this.notes(report),
      told.length > 0 ? this.overview(report, told) : element('p', { class: 'empty', text: language.text('areaEmpty') }),
      ...told.map((one) => this.layer(one, actions)),
      this.plainList('areaLeftOut', report.leftOut.map(({ title: of, why }) => `${language.of(of)}: ${language.of(why)}`)),
      nothing.length > 0 ? this.plainList('areaNothing', [nothing.join('; ')]) : null,
    );
  }

  private plainList(title: 'areaLeftOut' | 'areaNothing', lines: readonly string[]): HTMLElement | null {
    if (lines.length === 0) return null;
    return element(
      'section', { class: title === 'areaLeftOut' ? 'area-left-out' : '' },
      element('h4', { text: this.page.language.text(title) }),
      element('ul', {}, ...lines.map((text) => element('li', { text }))),
    );
  }

  private facts(report: Report): HTMLElement {
    const { language } = this.page;
    const day = (text: string): string => formatDayOf(text, language.current);
    const list = element('dl', { class: 'area-facts' });
    const add = (title: string, text: string | null): void => {
      if (text !== null) list.append(element('dt', { text: title }), element('dd', { text }));
    };
    const { unit } = report;
    const period = unit
      ? [unit.from ? language.text('since', { day: day(unit.from) }) : null, unit.until ? language.text('until', { day: day(unit.until) }) : null]
          .filter((part) => part !== null).join(', ') : '';
    add(language.text('areaUnitPeriod'), unit ? [unit.code, period].filter((part) => part !== '').join(' · ') : null);
    add(language.text('areaDataAsOf'), report.dataAsOf ? day(report.dataAsOf) : null);
    add(language.text('areaValidIn'), report.validIn ? day(report.validIn) : null);
    add(language.text('areaMeasuredIn'), `VN-2000, EPSG:${report.plane}`);
    return list;
  }

  private notes({ notes }: Report): HTMLElement | null {
    if (notes.length === 0) return null;
    const { language } = this.page;
    return element(
      'section', { class: 'area-report-notes' },
      element('h4', { text: language.text('areaNotes') }),
      element('ul', {}, ...notes.map((note) => element('li', { text: language.of(note) }))),
    );
  }

  /** How much of each layer, with a bar for its share of the ground where it has ground. */
  private overview(report: Report, told: readonly LayerReport[]): HTMLElement {
    const { language } = this.page;
    const { current } = language;
    const rows = told.map((one) => {
      const measure = measureOf(one.total);
      const share = measure === 'areaHa' && report.areaHa > 0 ? (one.total.areaHa ?? 0) / report.areaHa : null;
      return element(
        'tr', {},
        element('th', { attributes: { scope: 'row' } }, button(language.of(one.title), () => this.jump(one.layer), { class: 'area-link' })),
        element('td', { class: 'n', text: formatAmount(one.total, measure, current) }),
        element('td', { class: 'n' }, share === null ? '–' : this.bar(Math.min(1, share), BAR_COLOR), share === null ? null : formatShare(share, current)),
      );
    });
    return element(
      'section', {},
      element(
        'table', { class: 'area-table' },
        element('caption', { text: language.text('areaOverview') }),
        this.head(['areaLayer', ''], ['areaInside', 'n'], ['areaOfArea', 'n']),
        element('tbody', {}, ...rows),
      ),
    );
  }

  private head(...columns: (readonly [TextKey, string])[]): HTMLElement {
    const cells = columns.map(([key, cssClass]) =>
      element('th', { class: cssClass, text: this.page.language.text(key), attributes: { scope: 'col' } }));
    return element('thead', {}, element('tr', {}, ...cells));
  }

  private bar(length: number, color: string): SVGSVGElement {
    const ground = shape('rect', { x: 0, y: 0, width: BAR_WIDTH, height: 10, rx: 2, fill: '#e6ecea' });
    // A class of the map may be nearly white; its edge is what one sees then.
    const own = shape('rect', { x: 0.5, y: 0.5, width: Math.max(1, length * (BAR_WIDTH - 1)), height: 9, rx: 2, fill: color, stroke: '#4a605d', 'stroke-width': 0.8 });
    const drawn = svg(`0 0 ${BAR_WIDTH} 10`, ground, own);
    drawn.setAttribute('preserveAspectRatio', 'none');
    drawn.classList.add('area-bar');
    return drawn;
  }

  private jump(layer: string): void {
    const part = document.getElementById(`area-layer-${layer}`) as HTMLDetailsElement | null;
    if (!part) return;
    part.open = true;
    part.scrollIntoView({ block: 'start' });
    part.querySelector('summary')?.focus({ preventScroll: true });
  }

  private layer(report: LayerReport, actions: ReportActions): HTMLElement {
    const { language } = this.page;
    const part = element(
      'details', { class: 'card area-layer', attributes: { id: `area-layer-${report.layer}` } },
      element(
        'summary', {},
        element(
          'span', { class: 'card-heading' },
          element('span', { class: 'card-layer', text: language.of(report.theme) }),
          element('h4', { text: language.of(report.title) }),
        ),
        element('span', { class: 'count', text: formatAmount(report.total, measureOf(report.total), language.current) }),
      ),
    );
    // A report of all layers has thousands of cells; those of a closed part are made when it is opened.
    const fill = (): void => {
      if (part.childElementCount === 1) part.append(...this.body(report, actions));
    };
    part.addEventListener('toggle', () => {
      if (part.open) {
        fill();
        this.opened.add(report.layer);
      } else this.opened.delete(report.layer);
    });
    if (this.opened.has(report.layer)) {
      fill();
      part.open = true;
    }
    return part;
  }

  private body(report: LayerReport, actions: ReportActions): HTMLElement[] {
    const { language } = this.page;
    const drawn = this.page.content.layers.get(report.layer);
    const { bars } = barsOf(report, drawn?.layer.attributes ?? [], drawn?.drawings ?? [], language.current);
    const sums = element('dl', { class: 'area-facts' });
    for (const { name, isSum, value } of report.total.sums) {
      sums.append(
        element('dt', { text: sumTitle(name, isSum, report.attributes, language.current) }),
        element('dd', { text: formatFigure(value, language.current) }),
      );
    }
    const small = (text: string): HTMLElement => element('p', { class: 'area-hint', text });
    const latest = report.latestChange ? language.text('areaLatestChange', { day: formatDayOf(report.latestChange, language.current) }) : null;
    const basis = report.basis ? language.text('areaBasis', { text: report.basis }) : null;
    const about = [basis, latest].filter((part) => part !== null).join(' · ');
    return [
      ...(about ? [small(about)] : []),
      ...(sums.childElementCount > 0 ? [sums] : []),
      ...(bars.length > 0 ? [this.chart(report, bars, drawn?.layer, actions)] : []),
      ...(report.features.length > 0 ? [this.features(report, drawn?.layer, actions)] : []),
      ...report.notes.map((note) => small(language.of(note))),
    ];
  }

  /** Bars and their figures in one table: what is drawn is also said. */
  private chart(report: LayerReport, bars: readonly Bar[], layer: Layer | undefined, actions: ReportActions): HTMLElement {
    const { language } = this.page;
    const titleOf = (name: string): string => language.of(report.attributes.get(name) ?? { vi: name, en: name });
    const { differing, alike } = groupedBy(report, layer?.attributes ?? [], language.current);
    const names = [...differing.map(titleOf), ...alike.map(([name, told]) => `${titleOf(name)}: ${told}`)];
    const counts = measureOf(report.total) !== 'count';
    const rows = bars.map((one) => element(
      'tr', {},
      element('th', { attributes: { scope: 'row' } }, this.group(report, one, layer, actions), this.bar(one.length, one.color ?? BAR_COLOR)),
      element('td', { class: 'n', text: counts ? one.written : formatNumber(one.count, language.current) }),
      element('td', { class: 'n', text: formatShare(one.share, language.current) }),
      counts ? element('td', { class: 'n', text: formatNumber(one.count, language.current) }) : null,
    ));
    return element(
      'table', { class: 'area-table area-chart' },
      element('caption', { text: language.text('areaGroupsOf', { layer: language.of(report.title), names: names.join(', ') }) }),
      this.head(['areaGroup', ''], ['areaAmount', 'n'], ['areaShare', 'n'], ...(counts ? [['areaCount', 'n'] as const] : [])),
      element('tbody', {}, ...rows),
    );
  }

  /** A group's name: where its features can be told from the others, it leads to them. */
  private group({ layer: id }: LayerReport, { name, by }: Bar, layer: Layer | undefined, actions: ReportActions): HTMLElement {
    const filter = by && layer ? filterOfGroup(by, layer) : null;
    if (!filter) return element('span', { class: 'area-name', text: name });
    return button(name, () => actions.onGroup(id, filter), { class: 'area-link area-name', attributes: { title: this.page.language.text('areaShowGroup') } });
  }

  private features(report: LayerReport, layer: Layer | undefined, actions: ReportActions): HTMLElement {
    const { language } = this.page;
    const { current } = language;
    const columns = [...(report.features[0]?.properties.keys() ?? [])];
    const attribute = (name: string): Layer['attributes'][number] | undefined => layer?.attributes.find((one) => one.name === name);
    // The column that names features comes first: its button leads to the feature.
    const naming = columns.find((name) => name === layer?.label) ?? columns[0];
    const ordered = naming === undefined ? columns : [naming, ...columns.filter((name) => name !== naming)];
    const amount = (one: ListedFeature): string | null =>
      one.areaHa !== null ? formatHa(one.areaHa, current) : one.lengthM !== null ? formatLength(one.lengthM, current) : null;
    const measured = report.features.some((one) => amount(one) !== null);
    const head = (text: string, cssClass = ''): HTMLElement => element('th', { class: cssClass, text, attributes: { scope: 'col' } });
    const rows = report.features.map((one) => {
      const [name, ...rest] = ordered.map((column) => formatTold(one.properties.get(column) ?? null, attribute(column), current));
      return element(
        'tr', {},
        element('th', { attributes: { scope: 'row' } }, button(name ?? `№ ${one.id}`, () => actions.onFeature(report.layer, one), {
          class: 'area-link', attributes: { title: language.text('areaShowFeature') },
        })),
        ...rest.map((text) => cell('td', text ?? '–')),
        ...(measured ? [element('td', { class: 'n', text: amount(one) ?? '–' }), element('td', { class: 'n', text: formatShare(one.share, current) })] : []),
      );
    });
    const titles = ordered.map((name) => head(language.of(report.attributes.get(name) ?? { vi: name, en: name })));
    if (titles.length === 0) titles.push(head(language.text('areaFeature')));
    const title = language.text('areaFeaturesOf', { layer: language.of(report.title) });
    return element(
      'div', { class: 'area-wide', attributes: { role: 'region', tabindex: '0', 'aria-label': title } },
      element(
        'table', { class: 'area-table' },
        element('caption', { text: title }),
        element('thead', {}, element('tr', {}, ...titles, ...(measured ? [head(language.text('areaAmount'), 'n'), head(language.text('areaShare'), 'n')] : []))),
        element('tbody', {}, ...rows),
      ),
    );
  }
}
