/**
 * Where one types a name, a code or coordinates, and what the server finds. Names are strangers' words and
 * are set as text.
 */
import { fetchHits } from './api';
import type { Catalog } from './catalog';
import { PositionHits } from './coordinates/position_hits';
import { resemblesPosition } from './coordinates/reading';
import { element, replaceContent } from './dom';
import { formatDate } from './format';
import type { Hit } from './hits';
import type { LanguageChoice } from './language';
import type { Degrees } from './vn2000';

/** How long typing must rest before the server is asked. */
const REST_MS = 150;

/** As many hits as lie on the map without covering it. */
const HITS = 8;

type Found = readonly Hit[] | 'failed' | 'position' | null;

export class SearchBox {
  readonly element = element('form', { class: 'search', attributes: { role: 'search' } });
  private readonly input = element('input', {
    attributes: { type: 'search', autocomplete: 'off', maxlength: '200', 'aria-controls': 'hits', id: 'search' },
  });
  private readonly list = element('ul', { class: 'hits', attributes: { id: 'hits', 'aria-live': 'polite' } });
  private hits: Found = null;
  private readonly positions: PositionHits;
  private resting: number | undefined;
  /** The search whose answer is waited for; answers of others come too late. */
  private asked = 0;

  constructor(
    catalog: Catalog,
    private readonly language: LanguageChoice,
    private readonly onChoose: (hit: Hit) => void,
    onPosition: (at: Degrees) => void,
  ) {
    const choose = (at: Degrees): void => {
      this.close();
      onPosition(at);
    };
    this.positions = new PositionHits(catalog, language, choose, () => this.render());
    this.input.addEventListener('input', () => {
      clearTimeout(this.resting);
      this.resting = window.setTimeout(() => void this.ask(), REST_MS);
    });
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      clearTimeout(this.resting);
      void this.ask().then((found) => {
        if (found === 'position') this.positions.chooseFirst();
        else if (found !== null && found !== 'failed' && found[0]) this.choose(found[0]);
      });
    });
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.close();
      this.input.focus();
    });
    this.element.append(this.input, this.list);
    language.onChange(() => this.render());
    this.render();
  }

  /** What is found of the text that stands there now; null where something else has been asked before the answer came. */
  private async ask(): Promise<Found> {
    const asked = ++this.asked;
    // The server refuses what has neither a letter nor a digit.
    if (!/[\p{L}\p{N}]/u.test(this.input.value)) return this.show(null);
    if (this.positions.read(this.input.value)) return this.show('position');
    let found: readonly Hit[] | 'failed';
    try {
      found = await fetchHits(this.input.value, HITS);
    } catch (error) {
      console.warn(error);
      found = 'failed';
    }
    return asked === this.asked ? this.show(found) : null;
  }

  private show(hits: Found): Found {
    this.hits = hits;
    this.render();
    return hits;
  }

  /** What was asked is no longer waited for: an answer that comes late must not cover the map again. */
  private close(): void {
    clearTimeout(this.resting);
    this.asked += 1;
    this.show(null);
  }

  private choose(hit: Hit): void {
    this.close();
    this.onChoose(hit);
  }

  private render(): void {
    const { language, hits, input } = this;
    input.placeholder = language.text('search');
    input.setAttribute('aria-label', language.text('search'));
    this.list.hidden = hits === null;
    if (hits === null) return;
    if (hits === 'position') {
      this.renderPositions();
      return;
    }
    if (hits === 'failed' || hits.length === 0) {
      const nothing = resemblesPosition(input.value) ? 'positionUnread' : 'nothingFound';
      const said = language.text(hits === 'failed' ? 'searchFailed' : nothing);
      replaceContent(this.list, element('li', { class: 'empty', text: said }));
      return;
    }
    replaceContent(this.list, ...hits.map((hit) => this.entry(hit)));
  }

  /** Communes come later than positions: who has gone down the list with the keyboard stays there. */
  private renderPositions(): void {
    const buttons = (): HTMLElement[] => [...this.list.querySelectorAll('button')];
    const focused = buttons().findIndex((one) => one === document.activeElement);
    replaceContent(this.list, ...this.positions.entries());
    buttons()[focused]?.focus();
  }

  private entry(hit: Hit): HTMLElement {
    const { language } = this;
    const day = (iso: string): string => formatDate(iso, language.current);
    const about = [
      language.of(hit.title), hit.value,
      hit.from ? language.text('since', { day: day(hit.from) }) : null,
      hit.until ? language.text('until', { day: day(hit.until) }) : null,
      hit.bounds ? null : language.text('noPlace'),
    ];
    return element(
      'li', {},
      element(
        'button',
        { onClick: () => this.choose(hit), attributes: { type: 'button', ...(hit.bounds ? {} : { disabled: '' }) } },
        element('span', { class: 'hit-name', text: hit.name }),
        element('span', { class: 'hit-about', text: about.filter((part) => part !== null).join(' · ') }),
      ),
    );
  }
}
