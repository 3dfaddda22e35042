/** A shape drawn on the map: a polygon, a circle, or what lies around a line. */
import { button, element, replaceContent } from '../../dom';
import type { LanguageChoice } from '../../language';
import type { ProvinceMap } from '../../map';
import type { TextKey } from '../../texts';
import { typedNumber } from './corners';
import { type Drawn, REACH_MAX_M, drawnText } from './shapes';
import type { Sketch, SketchKind, Sketched } from './sketch';
import { type Asked, type Way, askButton, choices, field } from './way';

const TITLES: Readonly<Record<SketchKind, readonly [TextKey, TextKey]>> = {
  polygon: ['areaDrawPolygon', 'areaDrawPolygonHow'],
  circle: ['areaDrawCircle', 'areaDrawCircleHow'],
  line: ['areaDrawLine', 'areaDrawLineHow'],
};
const KINDS = Object.keys(TITLES) as SketchKind[];
const FIRST_DISTANCE_M = 100;

export class DrawWay implements Way {
  readonly element = element('div', { class: 'area-way' });
  private readonly metres = element('input', {
    attributes: { type: 'text', inputmode: 'decimal', id: 'area-metres', autocomplete: 'off', value: String(FIRST_DISTANCE_M) },
  });
  private readonly how = element('p', { class: 'area-how', attributes: { role: 'status' } });
  private readonly trouble = element('p', { class: 'area-trouble', attributes: { role: 'alert', id: 'area-metres-trouble' } });
  private kind: SketchKind = 'polygon';
  private shape: Sketched | null = null;
  private sketch: Promise<Sketch> | null = null;
  private chosen = false;
  private failed = false;

  constructor(
    private readonly language: LanguageChoice,
    private readonly map: ProvinceMap | null,
    private readonly asked: Asked,
  ) {
    this.metres.addEventListener('change', () => void this.resize());
    this.metres.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && this.shape) this.ask();
    });
  }

  start(): void {
    this.chosen = true;
    // What is drawn is still on the map, after an answer that was stopped or did not come.
    if (this.shape) this.render();
    else void this.begin();
  }

  stop(): void {
    this.chosen = false;
    this.shape = null;
    void this.sketch?.then((sketch) => sketch.stop());
  }

  render(): void {
    const { language, kind, shape } = this;
    if (!this.map) {
      replaceContent(this.element, element('p', { class: 'area-trouble', text: language.text('areaDrawNoMap') }));
      return;
    }
    const keys = KINDS.map((one) => [one, language.text(TITLES[one][0])] as const);
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    this.how.textContent = language.text(this.failed ? 'areaLoadFailed' : shape ? 'areaDrawFix' : TITLES[kind][1]);
    this.tellTrouble();
    const hasMetres = kind === 'line' || (kind === 'circle' && shape !== null);
    replaceContent(
      this.element,
      choices('area-kind', language.text('areaDrawKind'), keys, kind, (one) => {
        this.kind = one;
        if (one === 'line') this.metres.value = String(FIRST_DISTANCE_M);
        void this.begin();
      }),
      this.how,
      hasMetres ? field(language.text(kind === 'line' ? 'areaDrawDistance' : 'areaDrawRadius'), this.metres) : null,
      this.trouble,
      shape
        ? element(
            'div', { class: 'area-actions' },
            askButton(language, () => this.ask()),
            button(language.text('areaDrawAgain'), () => void this.begin(), { class: 'area-secondary' }),
          )
        : element('p', { class: 'area-hint', text: language.text('areaDrawNeedsPointer') }),
    );
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  private async begin(): Promise<void> {
    this.shape = null;
    if (!this.map) return;
    try {
      this.sketch ??= this.load();
      const sketch = await this.sketch;
      this.failed = false;
      if (this.chosen) sketch.start(this.kind);
    } catch (error) {
      console.warn(error);
      this.sketch = null;
      this.failed = true;
    }
    if (this.chosen) this.render();
  }

  private async load(): Promise<Sketch> {
    const [engine, { Sketch: Loaded }] = await Promise.all([(this.map as ProvinceMap).engine(), import('./sketch')]);
    return new Loaded(engine, (shape) => this.drawn(shape));
  }

  private drawn(shape: Sketched): void {
    const isNew = this.shape === null;
    this.shape = shape;
    if (shape.kind === 'circle') this.metres.value = String(Math.round(shape.metres));
    if (!isNew) return;
    this.render();
    this.element.querySelector<HTMLElement>('.area-primary')?.focus({ preventScroll: true });
  }

  /** The metres that are typed; null where they are none. */
  private get distance(): number | null {
    const typed = typedNumber(this.metres.value);
    return typed !== null && typed >= 1 && typed <= REACH_MAX_M ? typed : null;
  }

  private tellTrouble(): void {
    const isWrong = this.distance === null && this.shape !== null && this.kind !== 'polygon';
    this.trouble.textContent = isWrong ? this.language.text('areaDrawMetresWrong') : '';
    this.trouble.hidden = !isWrong;
    this.metres.setAttribute('aria-invalid', String(isWrong));
    this.metres.setAttribute('aria-errormessage', this.trouble.id);
  }

  private async resize(): Promise<void> {
    this.tellTrouble();
    const { shape, distance } = this;
    if (shape?.kind !== 'circle' || distance === null) return;
    this.shape = { ...shape, metres: distance };
    (await this.sketch)?.resize(shape.centre, distance);
  }

  private ask(): void {
    const { shape, distance } = this;
    this.tellTrouble();
    if (!shape || (shape.kind !== 'polygon' && distance === null)) {
      this.metres.focus();
      return;
    }
    const drawn: Drawn = shape.kind === 'polygon' ? shape : { ...shape, metres: distance ?? 0 };
    this.asked.onSubject({ kind: 'text', area: drawnText(drawn) });
  }
}
