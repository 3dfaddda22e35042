/** Filters a layer by its attributes: conditions in words, what matches, and the map showing only that. */
import type { Language, Layer } from '../../catalog';
import { button, element, iconButton, icon, replaceContent } from '../../dom';
import { styleStack } from '../../stacking';
import type { TextKey } from '../../texts';
import { onOtherLink } from '../other_link';
import type { Tool, Workbench } from '../tool';
import { ConditionForm } from './condition_form';
import { CONDITIONS_MAX, type Condition, type LayerFilter, firstCondition, flawOf } from './conditions';
import { cql2Text } from './cql2';
import { emptyDraft, settled, typed } from './drafts';
import { FILTER_KEY, readFilters, writtenFilters } from './link';
import { type Match, type Matches, type Refusal, Unmatched, columnsOf, fetchMatches } from './matches';
import { countText, resultsOf } from './results';
import { inWords } from './words';
import './filter.css';

const REFUSAL_TEXTS: Readonly<Record<Refusal, TextKey>> = {
  refused: 'filterRefused', tooLong: 'filterTooLong', notAllowed: 'filterNotAllowed', busy: 'filterBusy', away: 'serverAway',
  unreadable: 'serverUnreadable',
};

/** What is known of the filter that was asked last. */
type Answer =
  | { readonly kind: 'counting' }
  | { readonly kind: 'matches'; readonly matches: Matches; readonly text: string; readonly filter: LayerFilter }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly detail: string | null }
  | { readonly kind: 'gone' };

export class FilterTool implements Tool {
  readonly id = 'filter';
  readonly icon = 'funnel';
  readonly title = 'filterTitle';
  readonly element = element('section', { class: 'filter' });
  private readonly form = element('form', { attributes: { novalidate: '' } });
  private readonly status = element('div', { class: 'filter-status', attributes: { role: 'status' } });
  private readonly results = element('div');
  private readonly active = element('div');
  private readonly layers: ReadonlyMap<string, Layer>;
  private readonly applied = new Map<string, LayerFilter>();
  private readonly drafts = new Map<string, LayerFilter>();
  private chosen: string | null = null;
  private forms: ConditionForm[] = [];
  private answer: Answer | null = null;
  private isOpen = false;
  /** The question whose answer is waited for; answers to others come too late. */
  private asked = 0;
  /** The language in which the numbers of the drafts are written. */
  private writtenIn: Language;

  constructor(private readonly page: Workbench) {
    const askable = [...page.content.layers].filter(([, { layer }]) => layer.attributes.length > 0);
    this.layers = new Map(askable.map(([id, { layer }]) => [id, layer]));
    this.writtenIn = page.language.current;
    this.element.append(this.form, this.status, this.results, this.active);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.apply();
    });
    this.follow();
    onOtherLink(() => this.follow());
    page.onLayers(() => {
      if (this.isOpen) this.render();
    });
    page.language.onChange((language) => this.rewrite(language));
  }

  open(): boolean {
    this.isOpen = true;
    this.chosen ??= this.firstLayer();
    this.render();
    if (this.answer === null) this.recall();
    return false;
  }

  close(): void {
    this.isOpen = false;
  }

  /** The layer that is filtered already, else the topmost that is on. */
  private firstLayer(): string | null {
    const [filtered] = this.applied.keys();
    const stack = styleStack(this.page.content).filter((id) => this.layers.has(id));
    return filtered ?? stack.find((id) => this.page.on().has(id)) ?? stack[0] ?? null;
  }

  /** Filters the layers as the link says. */
  private follow(): void {
    const { filters, lost } = readFilters(this.page.said(FILTER_KEY), this.layers);
    const before = writtenFilters(this.applied);
    if (lost) this.page.notices.show('filter', { text: () => this.page.language.text('filterLinkLost') });
    if (before === writtenFilters(filters)) return;
    for (const id of [...this.applied.keys()]) if (!filters.has(id)) this.put(id, null);
    for (const [id, filter] of filters) this.put(id, filter);
    this.chosen = null;
    this.answer = null;
    if (this.isOpen) this.open();
  }

  /** Puts a filter on the map, or takes it off; what stands in the form becomes the same, unless `keepsDraft`. */
  private put(id: string, filter: LayerFilter | null, keepsDraft = false): void {
    const layer = this.layers.get(id);
    const text = filter && layer ? cql2Text(filter, layer) : null;
    if (filter && text !== null) {
      this.applied.set(id, filter);
      if (!keepsDraft) this.drafts.set(id, typed(filter, this.writtenIn));
    } else {
      this.applied.delete(id);
      this.drafts.delete(id);
    }
    this.page.setFilter(id, text);
  }

  private rewrite(language: Language): void {
    for (const [id, draft] of this.drafts) this.drafts.set(id, typed(settled(draft, this.writtenIn), language));
    this.writtenIn = language;
    if (this.isOpen) this.render();
  }

  private draft(layer: Layer): LayerFilter {
    return this.drafts.get(layer.id) ?? emptyDraft(layer);
  }

  private layer(): Layer | null {
    return this.chosen === null ? null : (this.layers.get(this.chosen) ?? null);
  }

  /** Asks for what the conditions say, puts it on the map, and switches its layer on, as who presses the button expects. */
  private async apply(): Promise<void> {
    const layer = this.layer();
    if (!layer) return;
    const sent = this.drafts.get(layer.id);
    const filter = settled(this.draft(layer), this.writtenIn);
    const flaws = filter.conditions.map((condition) => flawOf(condition, layer));
    this.forms.forEach((form, index) => form.show(flaws[index] ?? null));
    const wrong = flaws.findIndex((flaw) => flaw !== null);
    const text = cql2Text(filter, layer);
    if (wrong >= 0 || text === null) {
      this.forms[wrong]?.focus();
      return;
    }
    const answer = await this.count(layer, filter, text);
    if (answer?.kind === 'matches') {
      // Who has gone on typing while it was counted keeps that.
      this.put(layer.id, filter, this.drafts.get(layer.id) !== sent);
      this.page.say(FILTER_KEY, writtenFilters(this.applied));
      this.page.toggle(layer.id, true);
    }
    if (answer) this.render();
  }

  /** Tells again of the filter that is on the map, whatever has been typed since. */
  private recall(): void {
    const layer = this.layer();
    const filter = layer && this.applied.get(layer.id);
    const text = layer && filter ? cql2Text(filter, layer) : null;
    if (layer && filter && text !== null) void this.count(layer, filter, text).then((answer) => answer && this.showAnswer());
  }

  /** The answer; null where something else has been asked since. */
  private async count(layer: Layer, filter: LayerFilter, text: string): Promise<Answer | null> {
    const asked = ++this.asked;
    this.answer = { kind: 'counting' };
    this.showAnswer();
    const answer = await this.ask(layer, filter, text);
    if (asked !== this.asked) return null;
    this.answer = answer;
    return answer;
  }

  private async ask(layer: Layer, filter: LayerFilter, text: string): Promise<Answer> {
    try {
      return { kind: 'matches', matches: await fetchMatches(layer, text, this.columns(layer, filter)), text, filter };
    } catch (error) {
      console.warn(error);
      if (!(error instanceof Unmatched)) return { kind: 'refused', refusal: 'unreadable', detail: null };
      return { kind: 'refused', refusal: error.refusal, detail: error.detail };
    }
  }

  private columns(layer: Layer, { conditions }: LayerFilter): ReturnType<typeof columnsOf> {
    return columnsOf(layer, conditions.map((one) => one.attribute));
  }

  private clear(id: string): void {
    this.asked += 1;
    this.put(id, null);
    this.page.say(FILTER_KEY, writtenFilters(this.applied));
    if (id === this.chosen) this.answer = { kind: 'gone' };
    this.render();
    document.getElementById('filter-layer')?.focus();
  }

  private choose(id: string): void {
    this.asked += 1;
    this.chosen = id;
    this.answer = null;
    this.render();
    this.recall();
  }

  private change(filter: LayerFilter, focus?: string): void {
    if (this.chosen !== null) this.drafts.set(this.chosen, filter);
    this.render();
    if (focus) document.getElementById(focus)?.focus();
  }

  private async showOnMap(layer: Layer, match: Match): Promise<void> {
    this.page.toggle(layer.id, true);
    if (match.bounds) this.page.map?.showBox(match.bounds);
    this.page.showFeature(layer.id, match.id);
  }

  private render(): void {
    const { language } = this.page;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    const layer = this.layer();
    if (!layer) {
      replaceContent(this.form, element('p', { class: 'empty', text: language.text('filterNoLayers') }));
      return;
    }
    const draft = this.draft(layer);
    this.forms = draft.conditions.map((condition, index) => this.conditionForm(layer, draft, condition, index));
    const more = button(language.text('filterAdd'), () => {
      const attribute = layer.attributes[0];
      if (attribute) this.change({ ...draft, conditions: [...this.draft(layer).conditions, firstCondition(attribute)] }, `filter-attribute-${draft.conditions.length}`);
    }, { class: 'quiet' });
    more.disabled = draft.conditions.length >= CONDITIONS_MAX;
    replaceContent(
      this.form,
      this.layerChoice(layer),
      draft.conditions.length > 1 ? this.joinChoice(layer) : null,
      ...this.forms.map((form) => form.element),
      more,
      element(
        'p', { class: 'filter-actions' },
        element('button', { class: 'primary', text: language.text('filterApply'), attributes: { type: 'submit', id: 'filter-apply' } }),
        this.applied.has(layer.id) ? button(language.text('filterClear'), () => this.clear(layer.id), { attributes: { id: 'filter-clear' } }) : null,
      ),
    );
    this.showAnswer();
    this.showActive();
    if (focused) document.getElementById(focused)?.focus();
  }

  private conditionForm(layer: Layer, draft: LayerFilter, condition: Condition, index: number): ConditionForm {
    const replaced = (by: Condition): LayerFilter => {
      const now = this.draft(layer);
      return { ...now, conditions: now.conditions.map((one, at) => (at === index ? by : one)) };
    };
    return new ConditionForm(condition, index, layer, this.page.language, {
      onKind: (by) => this.change(replaced(by)),
      onValue: (by) => void this.drafts.set(layer.id, replaced(by)),
      onRemove: draft.conditions.length < 2 ? null : () => {
        const now = this.draft(layer);
        this.change({ ...now, conditions: now.conditions.filter((_, at) => at !== index) }, `filter-attribute-${Math.max(index - 1, 0)}`);
      },
    });
  }

  private layerChoice(chosen: Layer): HTMLElement {
    const { language } = this.page;
    const on = this.page.on();
    const { compare } = new Intl.Collator(language.current);
    const all = [...this.layers.values()].sort((a, b) => compare(language.of(a.title), language.of(b.title)));
    const group = (key: TextKey, layers: readonly Layer[]): HTMLElement | null =>
      layers.length === 0 ? null : element(
        'optgroup', { attributes: { label: language.text(key) } },
        ...layers.map(({ id, title }) => element('option', { text: language.of(title), attributes: { value: id } })),
      );
    const select = element(
      'select', { attributes: { id: 'filter-layer' } },
      group('filterLayersOn', all.filter(({ id }) => on.has(id))),
      group('filterLayersOff', all.filter(({ id }) => !on.has(id))),
    );
    select.value = chosen.id;
    select.addEventListener('change', () => this.choose(select.value));
    return element('label', { class: 'filter-field' }, element('span', { text: language.text('filterLayer') }), select);
  }

  private joinChoice(layer: Layer): HTMLElement {
    const { language } = this.page;
    const draft = this.draft(layer);
    const option = (join: LayerFilter['join'], key: TextKey): HTMLElement => {
      const radio = element('input', { attributes: { type: 'radio', name: 'filter-join', id: `filter-join-${join}` } });
      radio.checked = draft.join === join;
      radio.addEventListener('change', () => this.drafts.set(layer.id, { ...this.draft(layer), join }));
      return element('label', {}, radio, element('span', { text: language.text(key) }));
    };
    return element(
      'fieldset', { class: 'filter-join' },
      element('legend', { text: language.text('filterJoin') }),
      option('and', 'filterAll'), option('or', 'filterAny'),
    );
  }

  private showAnswer(): void {
    const { language } = this.page;
    const layer = this.layer();
    const { answer } = this;
    const line = (text: string, cssClass = ''): HTMLElement => element('p', { text, class: cssClass });
    this.results.replaceChildren();
    if (!answer || !layer) this.status.replaceChildren();
    else if (answer.kind === 'counting') replaceContent(this.status, line(language.text('filterCounting')));
    else if (answer.kind === 'gone') {
      replaceContent(this.status, line(language.text('filterTakenAway', { layer: language.of(layer.title) })));
    } else if (answer.kind === 'refused') {
      replaceContent(
        this.status, line(language.text(REFUSAL_TEXTS[answer.refusal]), 'filter-flaw'),
        answer.detail === null ? null : line(language.text('filterServerSays', { detail: answer.detail }), 'filter-note'),
      );
    } else {
      const { matches, text, filter } = answer;
      replaceContent(
        this.status, line(countText(matches.matched, language), 'filter-count'), line(inWords(filter, layer, language.current), 'filter-words'),
      );
      const shown = resultsOf(matches, layer, text, this.columns(layer, filter), language, (match) => void this.showOnMap(layer, match));
      replaceContent(this.results, ...shown);
    }
  }

  /** The filters of other layers: none is forgotten. */
  private showActive(): void {
    const { language } = this.page;
    const others = [...this.applied].filter(([id]) => id !== this.chosen);
    const items = others.map(([id, filter]) => {
      const layer = this.layers.get(id);
      if (!layer) return null;
      const title = language.of(layer.title);
      return element(
        'li', {},
        element('div', {}, element('b', { text: title }), element('span', { text: ` ${inWords(filter, layer, language.current)}` })),
        button(language.text('filterChange'), () => this.choose(id), { class: 'quiet' }),
        iconButton(icon('close'), language.text('filterTakeAway', { layer: title }), () => this.clear(id), 'icon-button'),
      );
    });
    replaceContent(
      this.active,
      items.length > 0 ? element('h3', { text: language.text('filterActive') }) : null,
      items.length > 0 ? element('ul', { class: 'filter-active' }, ...items) : null,
    );
  }
}
