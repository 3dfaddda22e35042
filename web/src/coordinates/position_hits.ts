/**
 * Positions among the hits of a search: what was typed, taken as coordinates, with how it was understood and
 * the commune that lies there. Names of communes are strangers' words and are set as text.
 */
import { fetchCommuneAt } from '../api';
import { type Catalog, PROVINCE_EXTENT, type Title } from '../catalog';
import { element } from '../dom';
import type { LanguageChoice } from '../language';
import type { Degrees } from '../vn2000';
import { type Reading, readPosition } from './reading';
import { readingName, readingTaken } from './written';
import { zoneChoice } from './zone';

/** The layer that knows which commune lies where. */
const COMMUNES = 'admin_commune';

export class PositionHits {
  private asked: string | null = null;
  private readings: readonly Reading[] = [];
  /** The commune at each reading; null outside of all of them, undefined while nobody has said. */
  private readonly communes = new Map<Reading, Title | null>();

  constructor(
    private readonly catalog: Catalog,
    private readonly language: LanguageChoice,
    private readonly onChoose: (position: Degrees) => void,
    private readonly onAnswer: () => void,
  ) {}

  /** Takes what was typed for positions; says whether it is any. */
  read(typed: string): boolean {
    const asked = `${zoneChoice.current.code} ${typed}`;
    if (asked === this.asked) return this.readings.length > 0;
    this.asked = asked;
    const layer = this.catalog.layers.find(({ id }) => id === COMMUNES);
    this.communes.clear();
    this.readings = readPosition(typed, layer?.extent ?? PROVINCE_EXTENT, zoneChoice.current);
    if (layer) for (const reading of this.readings) void this.askCommune(reading);
    return this.readings.length > 0;
  }

  /** Chooses the likeliest that lies in the province. */
  chooseFirst(): void {
    const [first] = this.readings;
    const best = this.readings.find((reading) => this.isInside(reading)) ?? first;
    if (best) this.onChoose(best.position);
  }

  entries(): HTMLElement[] {
    return this.readings.map((reading) => this.entry(reading));
  }

  private isInside(reading: Reading): boolean {
    return reading.inside && this.communes.get(reading) !== null;
  }

  private async askCommune(reading: Reading): Promise<void> {
    if (!reading.inside) return;
    try {
      const commune = await fetchCommuneAt(COMMUNES, reading.position);
      if (!this.readings.includes(reading)) return;
      this.communes.set(reading, commune);
      this.onAnswer();
    } catch (error) {
      // The position is found without it.
      console.warn(error);
    }
  }

  private entry(reading: Reading): HTMLElement {
    const { language } = this;
    const commune = this.communes.get(reading);
    const outside = this.isInside(reading) ? null : language.text(this.readings.length > 1 ? 'outsideProvince' : 'outsideAdvice');
    const about = [...readingTaken(reading, language.current), outside ?? (commune ? language.of(commune) : null)];
    return element(
      'li', {},
      element(
        'button',
        { class: 'position-hit', onClick: () => this.onChoose(reading.position), attributes: { type: 'button' } },
        element('span', { class: 'hit-name', text: readingName(reading, language.current) }),
        element('span', { class: 'hit-about', text: about.filter((part) => part !== null).join(' · ') }),
      ),
    );
  }
}
