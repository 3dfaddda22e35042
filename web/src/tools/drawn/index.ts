/** The layers that are on, in the order in which they lie on each other: order, opacity, extent, off. */
import { button, element, icon, iconButton, replaceContent } from '../../dom';
import type { DrawnLayer } from '../../layers';
import { legendOf } from '../../legend';
import { styleStack } from '../../stacking';
import { layerSwatch } from '../../swatch';
import { onOtherLink } from '../other_link';
import type { Tool, Workbench } from '../tool';
import {
  FAINTEST, OPACITY_STEP, movedTo, neighbour, readArrangement, writtenOpacities, writtenOrder,
} from './arrangement';
import './drawn.css';

/** Keys of the link. */
const ORDER_KEY = 'ord';
const OPACITY_KEY = 'op';

export class DrawnTool implements Tool {
  readonly id = 'drawn';
  readonly icon = 'sliders';
  readonly title = 'drawnTitle';
  readonly element = element('section', { class: 'drawn' });
  private readonly list = element('ol', { class: 'drawn-list' });
  private readonly hint = element('p', { class: 'drawn-hint' });
  private readonly foot = element('p', { class: 'drawn-foot' });
  private readonly said = element('p', { class: 'drawn-said', attributes: { role: 'status' } });
  private readonly style: readonly string[];
  private stack: readonly string[];
  private opacities = new Map<string, number>();
  private isOpen = false;
  /** The layer that is being dragged. */
  private dragged: string | null = null;

  constructor(private readonly page: Workbench) {
    this.style = styleStack(page.content);
    this.stack = this.style;
    this.element.append(this.hint, this.list, this.foot, this.said);
    this.follow();
    onOtherLink(() => this.follow());
    page.onLayers(() => {
      if (this.isOpen) this.render();
      this.remember();
    });
    page.language.onChange(() => {
      this.said.textContent = '';
      if (this.isOpen) this.render();
    });
  }

  open(): boolean {
    this.isOpen = true;
    this.said.textContent = '';
    this.render();
    return false;
  }

  close(): void {
    this.isOpen = false;
  }

  /** Arranges the layers as the link says. */
  private follow(): void {
    const { stack, opacities } = readArrangement(this.page.said(ORDER_KEY), this.page.said(OPACITY_KEY), this.style);
    this.arrange(stack);
    for (const id of new Set([...this.opacities.keys(), ...opacities.keys()])) this.fade(id, opacities.get(id) ?? 100);
    if (this.isOpen) this.render();
  }

  private arrange(stack: readonly string[]): void {
    if (stack.join() === this.stack.join()) return;
    this.stack = stack;
    void this.page.map?.setStack(stack);
  }

  private fade(id: string, percent: number): void {
    if (percent < 100) this.opacities.set(id, percent);
    else this.opacities.delete(id);
    void this.page.map?.setOpacity(id, percent / 100);
  }

  private remember(): void {
    this.page.say(ORDER_KEY, writtenOrder(this.stack, this.style, this.page.on()));
    this.page.say(OPACITY_KEY, writtenOpacities(this.opacities));
  }

  /** Puts a layer where another one is, and says where that is. */
  private move(id: string, target: string | null): void {
    if (target === null) return;
    this.arrange(movedTo(this.stack, id, target));
    this.remember();
    this.render();
    const seen = this.stack.filter((one) => this.page.on().has(one));
    this.said.textContent = this.page.language.text('drawnMoved', {
      layer: this.titleOf(id), place: seen.indexOf(id) + 1, all: seen.length,
    });
  }

  private reset(): void {
    this.arrange(this.style);
    for (const id of [...this.opacities.keys()]) this.fade(id, 100);
    this.remember();
    this.render();
    this.said.textContent = this.page.language.text('drawnWasReset');
    this.list.querySelector<HTMLElement>('input, button')?.focus();
  }

  private switchOff(id: string): void {
    const next = neighbour(this.stack, this.page.on(), id, 1) ?? neighbour(this.stack, this.page.on(), id, -1);
    this.page.toggle(id, false);
    this.said.textContent = this.page.language.text('drawnSwitchedOff', { layer: this.titleOf(id) });
    document.getElementById(next === null ? 'drawer' : `drawn-off-${next}`)?.focus();
  }

  private titleOf(id: string): string {
    const layer = this.page.content.layers.get(id)?.layer;
    return layer ? this.page.language.of(layer.title) : id;
  }

  private render(): void {
    const { page } = this;
    const { language } = page;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    const seen = this.stack.filter((id) => page.on().has(id));
    this.hint.textContent = language.text(seen.length > 0 ? 'drawnHint' : 'drawnNone');
    replaceContent(this.list, ...seen.map((id, index) => {
      const drawn = page.content.layers.get(id);
      return drawn ? this.row(drawn, index === 0, index === seen.length - 1) : null;
    }));
    const changed = writtenOrder(this.stack, this.style, page.on()) !== null || this.opacities.size > 0;
    replaceContent(this.foot, changed ? button(language.text('drawnReset'), () => this.reset(), { class: 'quiet' }) : null);
    if (focused) this.focusAgain(focused);
  }

  /** The control that had the focus; the other direction where a layer can go no further. */
  private focusAgain(id: string): void {
    const same = document.getElementById(id);
    if (!(same instanceof HTMLButtonElement) || !same.disabled) {
      same?.focus();
      return;
    }
    const other = id.replace(/^drawn-(up|down)-/, (_, way: string) => `drawn-${way === 'up' ? 'down' : 'up'}-`);
    document.getElementById(other)?.focus();
  }

  private row(drawn: DrawnLayer, first: boolean, last: boolean): HTMLElement {
    const { page } = this;
    const { language } = page;
    const { layer } = drawn;
    const title = this.titleOf(layer.id);
    const named = (key: 'drawnUp' | 'drawnDown' | 'drawnZoom' | 'drawnOff'): string => language.text(key, { layer: title });
    const step = (way: -1 | 1): void => this.move(layer.id, neighbour(this.stack, page.on(), layer.id, way));
    const up = iconButton(icon('up'), named('drawnUp'), () => step(-1), 'icon-button');
    const down = iconButton(icon('down'), named('drawnDown'), () => step(1), 'icon-button');
    const zoom = iconButton(icon('whole'), named('drawnZoom'), () => layer.extent && page.map?.showBox(layer.extent), 'icon-button');
    const off = iconButton(icon('close'), named('drawnOff'), () => this.switchOff(layer.id), 'icon-button');
    for (const [name, one] of Object.entries({ up, down, zoom, off })) one.id = `drawn-${name}-${layer.id}`;
    up.disabled = first;
    down.disabled = last;
    zoom.disabled = layer.extent === null || page.map === null;
    const row = element(
      'li', { class: 'drawn-row', attributes: { 'data-layer': layer.id } },
      element(
        'div', { class: 'drawn-head' },
        this.grip(layer.id),
        element('span', { class: 'layer-swatch' }, layerSwatch(legendOf(layer, drawn.drawings))),
        element('span', { class: 'layer-title', text: title }),
        page.filters().has(layer.id) ? element('span', { class: 'filtered-mark', text: language.text('filtered') }) : null,
        off,
      ),
      element('div', { class: 'drawn-controls' }, this.slider(layer.id, title), up, down, zoom),
    );
    this.takeDrops(row, layer.id);
    return row;
  }

  private slider(id: string, title: string): HTMLElement {
    const { language } = this.page;
    const percent = this.opacities.get(id) ?? 100;
    const written = (value: number): string => language.text('drawnPercent', { value });
    const shown = element('output', { text: written(percent) });
    const input = element('input', {
      attributes: {
        type: 'range', min: String(FAINTEST), max: '100', step: String(OPACITY_STEP), id: `drawn-opacity-${id}`,
        'aria-label': language.text('drawnOpacityOf', { layer: title }), 'aria-valuetext': written(percent),
      },
    });
    input.value = String(percent);
    input.disabled = this.page.map === null;
    input.addEventListener('input', () => {
      shown.textContent = written(input.valueAsNumber);
      input.setAttribute('aria-valuetext', written(input.valueAsNumber));
      this.fade(id, input.valueAsNumber);
    });
    // Only when it rests: browsers allow few changes of the link in a time.
    input.addEventListener('change', () => {
      this.remember();
      this.render();
    });
    return element('label', { class: 'drawn-opacity' }, element('span', { text: language.text('drawnOpacity') }), input, shown);
  }

  /** What the pointer takes a row by; the keyboard has the buttons. */
  private grip(id: string): HTMLElement {
    const grip = element(
      'span', { class: 'drawn-grip', attributes: { draggable: 'true', title: this.page.language.text('drawnDrag') } }, icon('grip'),
    );
    grip.addEventListener('dragstart', (event) => {
      this.dragged = id;
      const row = grip.closest('li');
      if (row) event.dataTransfer?.setDragImage(row, 12, 12);
      event.dataTransfer?.setData('text/plain', id);
    });
    grip.addEventListener('dragend', () => {
      this.dragged = null;
      this.markTarget(null);
    });
    return grip;
  }

  private takeDrops(row: HTMLElement, id: string): void {
    row.addEventListener('dragover', (event) => {
      if (this.dragged === null) return;
      event.preventDefault();
      this.markTarget(row);
    });
    row.addEventListener('drop', (event) => {
      if (this.dragged === null) return;
      event.preventDefault();
      this.move(this.dragged, id);
    });
  }

  private markTarget(row: HTMLElement | null): void {
    for (const one of this.list.children) one.classList.toggle('target', one === row);
  }
}
