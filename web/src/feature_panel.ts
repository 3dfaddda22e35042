/**
 * What every layer that is on says at a chosen point: a card for each feature, with titles, values and
 * units. All values are strangers' words and are set as text.
 */
import { fetchFeature } from './api';
import type { Attribute, Layer } from './catalog';
import { button, element, icon, iconButton, replaceContent } from './dom';
import { formatNumber, formatValue } from './format';
import type { LanguageChoice } from './language';
import type { MapContent } from './layers';
import { legendOf } from './legend';
import { type FoundFeature, MAX_FOUND } from './map';
import { layerSwatch } from './swatch';

/** A found feature, and what has been learnt of it since. */
interface Card {
  readonly found: FoundFeature;
  open: boolean;
  properties: Readonly<Record<string, unknown>>;
  geometry: GeoJSON.Geometry;
  detail: 'unasked' | 'asked' | 'complete' | 'failed';
}

interface Listeners {
  /** The feature that the map should mark; null for none. */
  readonly onSelect: (geometry: GeoJSON.Geometry | null) => void;
  readonly onClose: () => void;
}

export class FeaturePanel {
  readonly element = element('aside', { class: 'panel', attributes: { id: 'panel', tabindex: '-1' } });
  private cards: Card[] | null = null;
  private selected: Card | null = null;

  constructor(
    private readonly content: MapContent,
    private readonly synthetic: boolean,
    private readonly language: LanguageChoice,
    private readonly listeners: Listeners,
  ) {
    this.element.hidden = true;
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
    });
    language.onChange(() => this.render());
  }

  show(found: readonly FoundFeature[]): void {
    this.cards = found.map((one, index) => ({
      found: one, open: index === 0, properties: one.properties, geometry: one.geometry, detail: 'unasked',
    }));
    this.element.hidden = false;
    this.select(this.cards[0] ?? null);
    this.render();
    this.element.scrollTop = 0;
    this.element.focus({ preventScroll: true });
  }

  close(): void {
    if (this.cards === null) return;
    this.cards = null;
    this.element.hidden = true;
    this.element.replaceChildren();
    this.select(null);
    this.listeners.onClose();
  }

  private select(card: Card | null): void {
    this.selected = card;
    this.listeners.onSelect(card ? card.geometry : null);
    if (card) void this.complete(card);
  }

  /** Asks the server for all attributes and for the geometry that no tile has cut. */
  private async complete(card: Card): Promise<void> {
    if (card.found.id === null || card.detail === 'asked' || card.detail === 'complete') return;
    card.detail = 'asked';
    try {
      const feature = await fetchFeature(card.found.layer, card.found.id);
      card.properties = feature.properties ?? {};
      card.geometry = feature.geometry ?? card.geometry;
      card.detail = 'complete';
    } catch (error) {
      console.warn(error);
      card.detail = 'failed';
    }
    if (!this.cards?.includes(card)) return;
    if (this.selected === card) this.listeners.onSelect(card.geometry);
    this.render();
  }

  private render(): void {
    if (this.cards === null) return;
    const { language, cards } = this;
    const heading = language.text('featuresHere');
    const count =
      cards.length === 1 ? language.text('featureCountOne')
      : language.text(cards.length === MAX_FOUND ? 'featureCountMany' : 'featureCount', { count: cards.length });
    const scroll = this.element.scrollTop;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    this.element.setAttribute('aria-label', heading);
    replaceContent(
      this.element,
      element(
        'header', { class: 'panel-header' },
        element('h2', { text: heading }),
        cards.length > 0 ? element('span', { class: 'count', text: count }) : null,
        iconButton(icon('close'), language.text('close'), () => this.close(), 'icon-button'),
      ),
      this.synthetic ? element('p', { class: 'synthetic-note', text: language.text('synthetic') }) : null,
      ...(cards.length > 0
        ? cards.map((card, index) => this.card(card, index))
        : [element('p', { class: 'empty', text: language.text('nothingHere') })]),
    );
    this.element.scrollTop = scroll;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  private card(card: Card, index: number): HTMLElement | null {
    const drawn = this.content.layers.get(card.found.layer);
    if (!drawn) return null;
    const { layer } = drawn;
    const details = element(
      'details', { class: 'card', attributes: { 'data-layer': layer.id } },
      element(
        'summary', { attributes: { id: `card-${index}` } },
        layerSwatch(legendOf(layer, drawn.drawings)),
        element(
          'span', { class: 'card-heading' },
          element('span', { class: 'card-layer', text: this.language.of(layer.title) }),
          element('h3', { text: this.name(card, layer) }),
        ),
      ),
      ...this.body(card, layer),
    );
    details.open = card.open;
    details.addEventListener('toggle', () => {
      if (details.open === card.open) return;
      card.open = details.open;
      if (card.open) this.select(card);
    });
    return details;
  }

  /** Of how many features the tile holds one instead; 1 where it holds the feature itself. */
  private together(card: Card): number {
    const count = Number(card.found.properties['feature_count'] ?? 1);
    return Number.isFinite(count) ? count : 1;
  }

  /** The feature's name, else its first attribute that has a value. */
  private name(card: Card, layer: Layer): string {
    const named = layer.attributes.find((one) => one.name === layer.label);
    for (const attribute of named ? [named, ...layer.attributes] : layer.attributes) {
      const value = this.value(card, attribute);
      if (value !== null) return value;
    }
    const together = this.together(card);
    if (together > 1) return this.language.text('featureCount', { count: formatNumber(together, this.language.current) });
    return String(card.found.id ?? '–');
  }

  private value(card: Card, attribute: Attribute): string | null {
    return formatValue(card.properties[attribute.name], attribute, this.language.current);
  }

  private body(card: Card, layer: Layer): HTMLElement[] {
    const { language } = this;
    const list = element('dl');
    const missing: string[] = [];
    for (const attribute of layer.attributes) {
      const value = this.value(card, attribute);
      if (value === null) missing.push(language.of(attribute.title));
      else list.append(element('dt', { text: language.of(attribute.title) }), element('dd', { text: value }));
    }
    const parts: HTMLElement[] = [list];
    const together = this.together(card);
    if (together > 1) {
      parts.unshift(element('p', { class: 'together', text: language.text('together', { count: formatNumber(together, language.current) }) }));
    }
    if (missing.length > 0 && card.detail === 'complete') {
      parts.push(element('p', { class: 'missing', text: language.text('noData', { names: missing.join('; ') }) }));
    }
    if (card.detail === 'failed') {
      const again = button(language.text('retry'), () => void this.complete(card), { class: 'incomplete-retry' });
      parts.push(element('p', { class: 'incomplete' }, element('span', { text: `${language.text('featureIncomplete')} ` }), again));
    }
    if (layer.agency) {
      parts.push(
        element(
          'p', { class: 'agency' },
          element('span', { class: 'agency-title', text: `${language.text('agency')}: ` }),
          element('span', { text: language.of(layer.agency) }),
        ),
      );
    }
    return parts;
  }
}
