/** The ground of a feature that is on the map, or what lies within some metres of it. */
import type { MapMouseEvent } from 'maplibre-gl';
import { fetchFeature } from '../../api';
import { element, replaceContent } from '../../dom';
import { formatValue } from '../../format';
import type { FoundFeature } from '../../map';
import type { TextKey } from '../../texts';
import type { Workbench } from '../tool';
import { typedNumber } from './corners';
import { REACH_MAX_M, featureText } from './shapes';
import { type Asked, type Way, askButton, choices, field } from './way';

const FIRST_DISTANCE_M = 100;
/** As many as a person looks through at one place. */
const SHOWN = 6;

type Known = FoundFeature & { readonly id: number | string };

export class FeatureWay implements Way {
  readonly element = element('div', { class: 'area-way' });
  private readonly metres = element('input', {
    attributes: { type: 'text', inputmode: 'decimal', id: 'area-around', autocomplete: 'off', value: String(FIRST_DISTANCE_M) },
  });
  private readonly trouble = element('p', { class: 'area-trouble', attributes: { role: 'alert', id: 'area-around-trouble' } });
  private readonly status = element('p', { class: 'area-how', attributes: { role: 'status' } });
  private found: readonly Known[] = [];
  private chosen: Known | null = null;
  private said: TextKey = 'areaFeatureHow';
  private listening = false;

  constructor(private readonly page: Workbench, private readonly asked: Asked) {
    const { map } = page;
    this.metres.addEventListener('input', () => this.tell());
    this.metres.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.ask();
    });
    void map?.engine().then((engine) => {
      engine.on('click', ({ point }: MapMouseEvent) => {
        if (this.listening) this.take(map.foundAt(point));
      });
      engine.getCanvas().addEventListener('keydown', (event) => {
        if (event.key === 'Enter' && this.listening) this.take(map.foundAt(engine.project(engine.getCenter())));
      });
    });
  }

  start(): void {
    this.listening = true;
  }

  stop(): void {
    this.listening = false;
    [this.found, this.chosen, this.said] = [[], null, 'areaFeatureHow'];
    void this.page.map?.select(null);
  }

  render(): void {
    const { language, map } = this.page;
    if (!map) {
      replaceContent(this.element, element('p', { class: 'area-trouble', text: language.text('areaDrawNoMap') }));
      return;
    }
    const { chosen, found } = this;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    this.status.textContent = language.text(chosen ? 'areaFeatureHow' : this.said);
    const names = found.map((one, at) => [String(at), this.name(one)] as const);
    replaceContent(
      this.element, this.status,
      chosen
        ? choices('area-feature', language.text('areaFeatureChosen'), names, String(found.indexOf(chosen)), (at) => this.choose(found[Number(at)] ?? null))
        : null,
      chosen ? field(language.text('areaFeatureDistance'), this.metres, language.text('areaFeatureDistanceHint')) : null,
      this.trouble,
      chosen ? element('div', { class: 'area-actions' }, askButton(language, () => this.ask())) : null,
    );
    this.tell();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  private name({ layer, id, properties }: Known): string {
    const { content, language } = this.page;
    const own = content.layers.get(layer)?.layer;
    const label = own?.attributes.find((one) => one.name === own.label);
    const called = label ? formatValue(properties[label.name], label, language.current) : null;
    return `${own ? language.of(own.title) : layer}: ${called ?? `№ ${id}`}`;
  }

  private take(found: readonly FoundFeature[]): void {
    // What stands for several has no number of its own.
    this.found = found.filter((one): one is Known => one.id !== null && Number(one.properties['feature_count'] ?? 1) === 1).slice(0, SHOWN);
    this.said = found.length > 0 ? 'areaFeatureTogether' : 'areaFeatureNone';
    this.choose(this.found[0] ?? null);
    this.element.querySelector<HTMLElement>('.area-primary')?.focus({ preventScroll: true });
  }

  private choose(feature: Known | null): void {
    this.chosen = feature;
    void this.page.map?.select(feature?.geometry ?? null);
    this.render();
    if (!feature) return;
    // The tile may have cut it.
    fetchFeature(feature.layer, feature.id).then(
      ({ geometry }) => {
        if (this.chosen === feature && geometry) void this.page.map?.select(geometry);
      },
      (error: unknown) => console.warn(error),
    );
  }

  private get distance(): number | null {
    const typed = typedNumber(this.metres.value);
    return typed !== null && typed >= 0 && typed <= REACH_MAX_M ? typed : null;
  }

  private get flaw(): TextKey | null {
    if (!this.chosen) return null;
    if (this.distance === null) return 'areaDrawMetresWrong';
    return this.distance === 0 && !this.chosen.geometry.type.endsWith('Polygon') ? 'areaFeatureThin' : null;
  }

  private tell(): void {
    const { flaw } = this;
    this.trouble.textContent = flaw ? this.page.language.text(flaw) : '';
    this.trouble.hidden = flaw === null;
    this.metres.setAttribute('aria-invalid', String(flaw !== null));
    this.metres.setAttribute('aria-errormessage', this.trouble.id);
  }

  private ask(): void {
    const { chosen, distance, flaw } = this;
    this.tell();
    if (!chosen || distance === null || flaw) {
      this.metres.focus();
      return;
    }
    this.asked.onSubject({ kind: 'text', area: featureText(chosen.layer, chosen.id, distance) });
  }
}
