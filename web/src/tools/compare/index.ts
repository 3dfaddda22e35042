/** Two maps of one place under a bar that one draws across: each side shows layers of its own, or a day of its own. */
import type { Layer } from '../../catalog';
import { DayField, labelledDay } from '../../day_field';
import { element, replaceContent } from '../../dom';
import { legendOf } from '../../legend';
import type { ProvinceMap } from '../../map';
import { styleStack } from '../../stacking';
import { layerSwatch } from '../../swatch';
import { saysValidity } from '../../valid_on';
import { onOtherLink } from '../other_link';
import type { Tool, Workbench } from '../tool';
import { type Days, MIDDLE, readComparison, readDays, writtenComparison, writtenDays } from './sides';
import { SwipeBar } from './swipe_bar';
import './compare.css';

/** Keys of the link. */
const KEY = 'cmp';
const DAYS_KEY = 'cmpd';

/** What lies over the first map while two are compared. */
interface Over {
  readonly map: ProvinceMap;
  readonly container: HTMLElement;
  readonly bar: SwipeBar;
}

export class CompareTool implements Tool {
  readonly id = 'compare';
  readonly icon = 'swipe';
  readonly title = 'compareTitle';
  readonly element = element('section', { class: 'compare' });
  private readonly hint = element('p', { class: 'compare-hint', attributes: { 'aria-live': 'polite' } });
  private readonly table = element('div');
  private readonly times = element('div', { class: 'compare-days' });
  private readonly timeless = element('p', { class: 'compare-hint', attributes: { 'aria-live': 'polite' } });
  private readonly fields: readonly [DayField, DayField];
  private readonly stack: readonly string[];
  private share = MIDDLE;
  private right = new Set<string>();
  private over: Over | null = null;

  constructor(private readonly page: Workbench) {
    this.stack = styleStack(page.content);
    const field = (side: string): DayField => new DayField(`compare-day-${side}`, page.language, () => this.travel());
    this.fields = [field('left'), field('right')];
    this.element.append(this.hint, this.times, this.timeless, this.table);
    page.onLayers(() => this.render());
    page.language.onChange(() => {
      this.describe();
      this.times.replaceChildren();
      this.render();
    });
    onOtherLink(() => {
      if (this.over) this.follow();
    });
  }

  open(): boolean {
    this.lay();
    this.follow();
    return false;
  }

  close(): void {
    if (!this.over) return;
    const { container, bar } = this.over;
    this.over = null;
    this.page.map?.setDay(null);
    this.page.map?.closeTwin();
    container.remove();
    bar.element.remove();
    for (const key of [KEY, DAYS_KEY]) this.page.say(key, null);
  }

  private get days(): Days {
    return [this.fields[0].value, this.fields[1].value];
  }

  /** Each side shows its own day. */
  private travel(): void {
    const [left, right] = this.days;
    this.page.map?.setDay(left);
    this.over?.map.setDay(right);
    this.describe();
    this.remember();
    this.render();
  }

  /** Puts the second map and the bar over the first. */
  private lay(): void {
    const { map, frame } = this.page;
    if (!map) return;
    const container = element('div', { class: 'map compare-map' });
    const bar = new SwipeBar(this.share, this.page.language, {
      onMove: (share) => this.draw(share),
      onRest: () => this.remember(),
    });
    // Behind the first map and before all that lies on it: buttons stay on top.
    frame.querySelector('.map')?.after(container, bar.element);
    const twin = map.openTwin(container, ({ x }) => x >= (frame.clientWidth * this.share) / 100);
    this.over = { map: twin, container, bar };
    this.describe();
  }

  private describe(): void {
    if (!this.over) return;
    this.over.bar.describe(this.days);
    this.over.map.describe(this.page.language.text('compareMap'));
  }

  /** Shows what the link says; at first the right is as the left. */
  private follow(): void {
    const { share, right } = readComparison(this.page.said(KEY), new Set(this.stack));
    for (const id of [...this.right]) void this.over?.map.toggle(id, false);
    this.right = new Set(right ?? this.page.on());
    for (const id of this.right) void this.over?.map.toggle(id, true);
    this.over?.bar.place(share);
    this.draw(share);
    const days = readDays(this.page.said(DAYS_KEY));
    this.fields.forEach((field, at) => (field.value = days[at] ?? null));
    this.travel();
  }

  private draw(share: number): void {
    this.share = share;
    if (this.over) this.over.container.style.clipPath = `inset(0 0 0 ${share}%)`;
  }

  private remember(): void {
    if (!this.over) return;
    this.page.say(KEY, writtenComparison(this.share, this.stack.filter((id) => this.right.has(id))));
    this.page.say(DAYS_KEY, writtenDays(this.days));
  }

  private toggleRight(id: string, on: boolean): void {
    if (on) this.right.add(id);
    else this.right.delete(id);
    void this.over?.map.toggle(id, on);
    this.remember();
    this.render();
  }

  private render(): void {
    if (!this.over) {
      this.hint.textContent = this.page.map ? '' : this.page.language.text('compareNoMap');
      for (const part of [this.times, this.timeless, this.table]) part.replaceChildren();
      return;
    }
    const { language } = this.page;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    const left = this.page.on();
    const [before, after] = this.days;
    const same = before === after && this.stack.every((id) => left.has(id) === this.right.has(id));
    this.hint.textContent = `${language.text('compareHint')} ${same ? language.text('compareSame') : ''}`;
    const shown = this.stack.filter((id) => left.has(id) || this.right.has(id));
    if (this.times.childElementCount === 0) this.renderDays();
    this.timeless.textContent = before === null && after === null ? language.text('compareDayHint') : this.timelessText(shown);
    const head = (text: string): HTMLElement => element('th', { text, attributes: { scope: 'col' } });
    replaceContent(
      this.table,
      element(
        'table', { class: 'compare-table' },
        element('thead', {}, element('tr', {},
          head(language.text('compareLayer')), head(language.text('compareLeft')), head(language.text('compareRight')))),
        element('tbody', {}, ...shown.map((id) => this.row(id))),
      ),
      this.adding(this.stack.filter((id) => !shown.includes(id))),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  private renderDays(): void {
    const label = (key: 'compareDayLeft' | 'compareDayRight', field: DayField): HTMLElement => labelledDay(this.page.language.text(key), field);
    replaceContent(this.times, label('compareDayLeft', this.fields[0]), label('compareDayRight', this.fields[1]));
  }

  /** Which of the layers show the same on every day, as they do not say when their features are valid. */
  private timelessText(shown: readonly string[]): string {
    const { language } = this.page;
    const layers = shown.flatMap((id) => this.page.content.layers.get(id)?.layer ?? []).filter((layer) => !saysValidity(layer));
    if (layers.length === 0) return language.text('compareDayShown');
    return language.text('compareDayTimeless', { layers: layers.map(({ title }) => language.of(title)).join('; ') });
  }

  private row(id: string): HTMLElement | null {
    const drawn = this.page.content.layers.get(id);
    if (!drawn) return null;
    const { language } = this.page;
    const title = language.of(drawn.layer.title);
    const box = (side: 'left' | 'right', checked: boolean, onChange: (on: boolean) => void): HTMLElement => {
      const label = language.text(side === 'left' ? 'compareLeftOf' : 'compareRightOf', { layer: title });
      const input = element('input', { attributes: { type: 'checkbox', id: `compare-${side}-${id}`, 'aria-label': label } });
      input.checked = checked;
      input.addEventListener('change', () => onChange(input.checked));
      return element('td', {}, input);
    };
    return element(
      'tr', {},
      element(
        'th', { attributes: { scope: 'row' } },
        element('div', { class: 'compare-name' }, layerSwatch(legendOf(drawn.layer, drawn.drawings)), element('span', { text: title })),
      ),
      box('left', this.page.on().has(id), (on) => this.page.toggle(id, on)),
      box('right', this.right.has(id), (on) => this.toggleRight(id, on)),
    );
  }

  /** A choice of the layers that neither side shows. */
  private adding(others: readonly string[]): HTMLElement | null {
    if (others.length === 0) return null;
    const { language } = this.page;
    const { compare } = new Intl.Collator(language.current);
    const layers = others.flatMap((id): Layer[] => {
      const layer = this.page.content.layers.get(id)?.layer;
      return layer ? [layer] : [];
    }).sort((a, b) => compare(language.of(a.title), language.of(b.title)));
    const select = element(
      'select', { attributes: { id: 'compare-add' } },
      element('option', { text: language.text('compareChoose'), attributes: { value: '' } }),
      ...layers.map(({ id, title }) => element('option', { text: language.of(title), attributes: { value: id } })),
    );
    select.addEventListener('change', () => {
      if (select.value !== '') this.toggleRight(select.value, true);
    });
    return element('label', { class: 'compare-add' }, element('span', { text: language.text('compareAdd') }), select);
  }
}
