/** An administrative unit by its name or code, present or former, or by a click on the map. */
import type { MapMouseEvent } from 'maplibre-gl';
import { DayField, labelledDay } from '../../day_field';
import { element, replaceContent } from '../../dom';
import { formatDate } from '../../format';
import type { LanguageChoice } from '../../language';
import type { Pixel, ProvinceMap } from '../../map';
import { askCommuneAt, askUnits } from './asking';
import { today } from './ground';
import { clicked } from './timing';
import { troubleFrom } from './trouble_view';
import { type AdministrativeUnit, communeOfTile, unitText } from './units';
import type { LonLat } from './planes';
import { type Asked, type Way, field } from './way';

/** How long typing must rest before the server is asked. */
const REST_MS = 200;
const SHOWN = 12;
/** The layer of communes. */
const COMMUNES = 'admin_commune';

export class UnitWay implements Way {
  readonly element = element('div', { class: 'area-way' });
  private readonly name = element('input', {
    attributes: { type: 'search', id: 'area-unit', autocomplete: 'off', maxlength: '100', 'aria-controls': 'area-units' },
  });
  private readonly day: DayField;
  private readonly list = element('ul', { class: 'area-units', attributes: { id: 'area-units' } });
  private readonly status = element('p', { class: 'area-hint', attributes: { role: 'status' } });
  private found: readonly AdministrativeUnit[] = [];
  private said: () => string = () => '';
  private resting: number | undefined;
  private asking = new AbortController();
  private listening = false;

  constructor(
    private readonly language: LanguageChoice,
    private readonly map: ProvinceMap | null,
    private readonly dataDay: () => string | null,
    private readonly asked: Asked,
  ) {
    this.day = new DayField('area-unit-day', language, () => this.searchSoon());
    this.name.addEventListener('input', () => this.searchSoon());
    this.name.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      clearTimeout(this.resting);
      void this.search().then(([first]) => first && this.choose(first));
    });
    void this.map?.engine().then((engine) => {
      engine.on('click', (event: MapMouseEvent) => {
        if (!this.listening) return;
        clicked(event.originalEvent.timeStamp);
        void this.atPoint([event.lngLat.lng, event.lngLat.lat], event.point);
      });
      engine.getCanvas().addEventListener('keydown', (event) => {
        const { lng, lat } = engine.getCenter();
        if (event.key === 'Enter' && this.listening) void this.atPoint([lng, lat], engine.project([lng, lat]));
      });
    });
  }

  start(): void {
    this.listening = true;
  }

  stop(): void {
    this.listening = false;
    this.asking.abort();
  }

  render(): void {
    const { language } = this;
    const form = element(
      'div', {},
      field(language.text('areaUnitName'), this.name, language.text('areaUnitNameHint')),
      labelledDay(language.text('areaUnitDay'), this.day),
      this.status, this.list,
      this.map ? element('p', { class: 'area-hint', text: language.text('areaUnitPoint') }) : null,
    );
    this.element.replaceChildren(form);
    this.renderFound();
  }

  private get typedDay(): string | null {
    return this.day.value;
  }

  private searchSoon(): void {
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => void this.search(), REST_MS);
  }

  private say(text: () => string): void {
    this.said = text;
    this.status.textContent = text();
    this.asked.onSay(text);
  }

  /** Asks anew; the answer to an earlier question is no longer waited for. */
  private async answered<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.asking.abort();
    const own = new AbortController();
    this.asking = own;
    try {
      const answer = await ask(own.signal);
      return own.signal.aborted ? null : answer;
    } catch (error) {
      if (own.signal.aborted) return null;
      const { key } = troubleFrom(error);
      this.say(() => this.language.text(key));
      return null;
    }
  }

  /** What is found of the text that stands there now; nothing where something else has been asked before the answer came. */
  private async search(): Promise<readonly AdministrativeUnit[]> {
    const typed = this.name.value.trim();
    // The server refuses what has neither a letter nor a digit.
    if (!/[\p{L}\p{N}]/u.test(typed)) {
      this.asking.abort();
      this.found = [];
      this.say(() => '');
      this.renderFound();
      return [];
    }
    const found = await this.answered((signal) => askUnits(typed, this.typedDay, signal));
    if (found === null) return [];
    this.found = found;
    this.say(() => this.language.text(found.length === 0 ? 'areaUnitNone' : 'areaUnitFound', { count: found.length }));
    this.renderFound();
    return found;
  }

  private async atPoint(position: LonLat, pixel: Pixel): Promise<void> {
    const day = this.typedDay ?? this.dataDay() ?? today();
    // Where the map shows communes, it knows which one it is.
    const drawn = this.map?.foundAt(pixel).find(({ layer }) => layer === COMMUNES);
    const known = drawn && communeOfTile(drawn.properties, day);
    if (known) {
      this.asking.abort();
      this.say(() => known.name);
      this.asked.onSubject({ kind: 'text', area: unitText(known, day) });
      return;
    }
    this.say(() => this.language.text('areaUnitAsking'));
    const unit = await this.answered(async (signal) => (await askCommuneAt(position, day, signal)) ?? ('none' as const));
    if (unit === null) return;
    if (unit === 'none') this.say(() => this.language.text('areaUnitNoneHere'));
    else {
      this.say(() => unit.name);
      this.asked.onSubject({ kind: 'text', area: unitText(unit, day) });
    }
  }

  private choose(unit: AdministrativeUnit): void {
    this.asked.onSubject({ kind: 'text', area: unitText(unit, this.typedDay) });
  }

  private renderFound(): void {
    const { language, found } = this;
    this.status.textContent = this.said();
    const more = found.length - SHOWN;
    replaceContent(
      this.list, ...found.slice(0, SHOWN).map((unit) => this.entry(unit)),
      more > 0 ? element('li', { class: 'area-hint', text: language.text('areaUnitMore', { count: more }) }) : null,
    );
  }

  private entry(unit: AdministrativeUnit): HTMLElement {
    const { language } = this;
    const day = (iso: string): string => formatDate(iso, language.current);
    const about = [
      unit.parent, unit.code,
      unit.from ? language.text('since', { day: day(unit.from) }) : null,
      unit.until ? language.text('until', { day: day(unit.until) }) : null,
      unit.until && unit.successors.length > 0 ? language.text('areaUnitSuccessors', { names: unit.successors.slice(0, 3).join(', ') }) : null,
    ];
    return element(
      'li', {},
      element(
        'button', { class: 'area-unit', onClick: () => this.choose(unit), attributes: { type: 'button' } },
        element('span', { class: 'hit-name', text: unit.name }),
        element('span', { class: 'hit-about', text: about.filter((part) => part !== null).join(' · ') }),
      ),
    );
  }
}
