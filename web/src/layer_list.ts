/**
 * The list of layers in their groups, each with a switch and its legend. Tells what was switched;
 * changes nothing on the map itself.
 */
import type { Catalog, Group } from './catalog';
import { button, element, icon, iconButton, replaceContent } from './dom';
import type { LanguageChoice } from './language';
import type { DrawnLayer, MapContent } from './layers';
import { type Legend, type LegendClass, legendOf } from './legend';
import type { Theme } from './looks/looks';
import { themeChoice } from './looks/theme_choice';
import { layerSwatch, swatchImage } from './swatch';

/** Classes shown before one asks for all of them. */
const CLASSES_SHOWN = 8;

interface Listeners {
  readonly onToggle: (layer: string, on: boolean) => void;
  readonly onDefaults: () => void;
  readonly onAllOff: () => void;
  readonly onTheme: (theme: string | null) => void;
  readonly onClose: () => void;
}

interface Row {
  readonly box: HTMLInputElement;
  readonly item: HTMLLIElement;
  readonly hint: HTMLElement;
  readonly mark: HTMLElement;
}

export class LayerList {
  readonly element = element('section', { class: 'layers', attributes: { id: 'layers' } });
  private rows = new Map<string, Row>();
  private counts: Array<() => void> = [];
  private readonly folded = new Map<string, boolean>();
  private readonly unfoldedLegends = new Set<string>();
  private on = new Set<string>();
  private filtered: ReadonlySet<string> = new Set();
  private zoom = 0;
  private theme: string | null = null;

  constructor(
    private readonly catalog: Catalog,
    private readonly content: MapContent,
    private readonly themes: readonly Theme[],
    private readonly language: LanguageChoice,
    private readonly listeners: Listeners,
  ) {
    language.onChange(() => this.render());
  }

  /** Shows which layers are on. */
  setOn(on: Iterable<string>): void {
    this.on = new Set(on);
    if (this.rows.size === 0) this.render();
    for (const [id, row] of this.rows) {
      row.box.checked = this.on.has(id);
      row.item.classList.toggle('on', this.on.has(id));
    }
    for (const count of this.counts) count();
    this.setZoom(this.zoom);
  }

  /** Says of each layer that is on whether the map is too far out to show it. */
  setZoom(zoom: number): void {
    this.zoom = zoom;
    for (const [id, row] of this.rows) {
      const first = this.content.layers.get(id)?.layer.minzoom ?? 0;
      row.hint.hidden = !this.on.has(id) || zoom >= first;
    }
  }

  /** Says which layers show a part of their features only. */
  setFiltered(filtered: ReadonlySet<string>): void {
    this.filtered = filtered;
    for (const [id, { mark }] of this.rows) mark.hidden = !filtered.has(id);
  }

  /** Shows the layers in another look. */
  setTheme(theme: string | null): void {
    this.theme = theme;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    if (this.rows.size > 0) this.render();
    if (focused) document.getElementById(focused)?.focus();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('button, summary, input')?.focus();
  }

  private render(): void {
    const { language, listeners } = this;
    this.rows = new Map();
    this.counts = [];
    const scrolled = this.element.querySelector('.groups')?.scrollTop ?? 0;
    const groups = this.groups().map(([group, layers]) => this.group(group, layers));
    this.element.setAttribute('aria-label', language.text('layers'));
    replaceContent(
      this.element,
      element(
        'header', { class: 'layers-header' },
        element('h2', { text: language.text('layers') }),
        button(language.text('defaultLayers'), listeners.onDefaults, { class: 'quiet' }),
        button(language.text('hideAllLayers'), listeners.onAllOff, { class: 'quiet' }),
        iconButton(icon('close'), language.text('hideLayers'), listeners.onClose, 'icon-button layers-close'),
      ),
      themeChoice(this.themes, this.theme, language, listeners.onTheme),
      groups.length > 0
        ? element('div', { class: 'groups' }, ...groups)
        : element('p', { class: 'empty', text: language.text('noLayers') }),
    );
    this.element.querySelector('.groups')?.scrollTo({ top: scrolled });
    this.setOn(this.on);
  }

  /** Groups that hold a layer, those that the theme is about first, else in the server's order, layers of no known group last; in each, those shown at first lead. */
  private groups(): Array<[Group, DrawnLayer[]]> {
    const { language } = this;
    const { compare } = new Intl.Collator(language.current);
    const layers = [...this.content.layers.values()].sort(
      (a, b) =>
        Number(b.initiallyOn) - Number(a.initiallyOn) || compare(language.of(a.layer.title), language.of(b.layer.title)),
    );
    const known = this.catalog.groups.map((group): [Group, DrawnLayer[]] => [
      group, layers.filter((one) => one.layer.group === group.id),
    ]);
    const ids = new Set(this.catalog.groups.map((group) => group.id));
    for (const id of new Set(layers.map((one) => one.layer.group).filter((group) => !ids.has(group)))) {
      known.push([{ id, title: { vi: id, en: id } }, layers.filter((one) => one.layer.group === id)]);
    }
    const about = new Set(this.themes.find(({ id }) => id === this.theme)?.layers);
    const leads = ([, inside]: [Group, DrawnLayer[]]): number => Number(inside.some(({ layer }) => about.has(layer.id)));
    return known.filter(([, inside]) => inside.length > 0).sort((a, b) => leads(b) - leads(a));
  }

  private group(group: Group, layers: readonly DrawnLayer[]): HTMLElement {
    const { language } = this;
    const count = element('span', { class: 'count' });
    const about = this.themes.find(({ id }) => id === this.theme)?.layers ?? [];
    // Those of the theme are switched on behind this.
    const open = this.folded.get(group.id) ?? layers.some(({ layer: { id } }) => this.on.has(id) || about.includes(id));
    const details = element(
      'details', { class: 'group' },
      element('summary', {}, element('span', { class: 'group-title', text: language.of(group.title) }), count),
      element('ul', {}, ...layers.map((one) => this.row(one))),
    );
    details.open = open;
    details.addEventListener('toggle', () => this.folded.set(group.id, details.open));
    this.counts.push(() => {
      const on = layers.filter((one) => this.on.has(one.layer.id)).length;
      count.textContent = `${on}/${layers.length}`;
      count.title = language.text('groupCount', { on, all: layers.length });
      count.setAttribute('aria-label', count.title);
      count.classList.toggle('some', on > 0);
    });
    return details;
  }

  private row(drawn: DrawnLayer): HTMLLIElement {
    const { layer } = drawn;
    const { language } = this;
    const legend = legendOf(layer, drawn.drawings);
    const box = element('input', {
      attributes: { type: 'checkbox', role: 'switch', id: `switch-${layer.id}`, 'data-layer': layer.id },
    });
    box.addEventListener('change', () => this.listeners.onToggle(layer.id, box.checked));
    const mark = element('span', { class: 'filtered-mark', text: language.text('filtered'), attributes: { title: language.text('filteredNote') } });
    mark.hidden = !this.filtered.has(layer.id);
    const label = element(
      'label', { class: 'layer', attributes: { for: box.id } },
      element('span', { class: 'layer-swatch' }, layerSwatch(legend)),
      element('span', { class: 'layer-title', text: language.of(layer.title) }),
      mark,
      box,
    );
    if (layer.description) label.title = language.of(layer.description);
    const hint = element('p', { class: 'hint', text: language.text('zoomCloser') });
    hint.hidden = true;
    const item = element('li', {}, label, hint, this.classes(layer.id, legend));
    this.rows.set(layer.id, { box, item, hint, mark });
    return item;
  }

  private classes(id: string, legend: Legend): HTMLElement | null {
    if (legend.classes.length === 0 || !legend.classifiedBy) return null;
    const { language } = this;
    const many = legend.classes.length > CLASSES_SHOWN + 2;
    const items = legend.classes.map((one) => this.legendClass(one));
    const list = element('ul', { class: 'classes', attributes: { 'aria-label': language.of(legend.classifiedBy) } }, ...items);
    const whole = element('div', { class: 'legend' }, element('p', { class: 'legend-title', text: language.of(legend.classifiedBy) }), list);
    if (!many) return whole;
    const more = button('', () => {
      if (!this.unfoldedLegends.delete(id)) this.unfoldedLegends.add(id);
      fold();
    }, { class: 'quiet more' });
    const fold = (): void => {
      const unfolded = this.unfoldedLegends.has(id);
      items.forEach((item, index) => void (item.hidden = !unfolded && index >= CLASSES_SHOWN));
      more.textContent = language.text(unfolded ? 'fewerClasses' : 'moreClasses', { count: items.length });
      more.setAttribute('aria-expanded', String(unfolded));
    };
    fold();
    whole.append(more);
    return whole;
  }

  private legendClass({ swatch, codes, title }: LegendClass): HTMLLIElement {
    const text = this.language.of(title);
    const named = codes.length > 0 && text === codes.join(', ');
    return element(
      'li', { attributes: { title: text } },
      swatchImage(swatch),
      element(
        'span', { class: 'class-title' },
        codes.length > 0 ? element('b', { text: codes.join(', ') }) : null,
        named ? null : element('span', { text: codes.length > 0 ? ` ${text}` : text }),
      ),
    );
  }
}
