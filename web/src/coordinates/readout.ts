/**
 * The line at the foot of the map that tells where the pointer is, in degrees and in VN-2000; where the
 * middle of the map is while no pointer is on it, for those who move it with the keyboard.
 */
import { element } from '../dom';
import { formatPosition } from '../format';
import type { LanguageChoice } from '../language';
import type { Position } from '../url_state';
import { type Degrees, toPlane } from '../vn2000';
import { formatAxes } from './written';
import { zoneChoice, zoneList } from './zone';
import './coordinates.css';

/** From this zoom on, a pixel is less than a metre and decimetres mean something. */
const DECIMETRES_ZOOM = 17;

export class Readout {
  private readonly where = element('span', { class: 'readout-where' });
  private readonly degrees = element('span', { class: 'readout-degrees' });
  private readonly plane = element('span', { class: 'readout-plane' });
  readonly element: HTMLElement;
  private pointer: Degrees | null = null;
  private centre: Position | null = null;
  private waiting = 0;

  constructor(private readonly language: LanguageChoice) {
    const zone = element('span', { class: 'readout-zone' }, 'VN-2000 ', zoneList(language, 'foot-zone', true));
    this.element = element('div', { class: 'readout' }, element('span', {}, this.where, ' ', this.degrees), element('span', {}, zone, this.plane));
    language.onChange(() => this.render());
    zoneChoice.onChange(() => this.render());
  }

  /** The pointer has moved; null where it has left the map. */
  setPointer(at: Degrees | null): void {
    this.pointer = at;
    this.speak(false);
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.render());
  }

  /** The map has moved. */
  setCentre(centre: Position): void {
    this.centre = centre;
    // Someone moves it with the keyboard: a pointer that rests on it says nothing, a screen reader does.
    if (document.activeElement?.matches('.maplibregl-canvas:focus-visible')) {
      this.pointer = null;
      this.speak(true);
    }
    this.render();
  }

  private speak(aloud: boolean): void {
    for (const part of [this.degrees, this.plane]) part.setAttribute('aria-live', aloud ? 'polite' : 'off');
  }

  private render(): void {
    const { language } = this;
    const at = this.pointer ?? this.centre;
    if (!at) return;
    const digits = (this.centre?.zoom ?? 0) >= DECIMETRES_ZOOM ? 1 : 0;
    this.where.textContent = `${language.text(this.pointer ? 'pointer' : 'mapCentre')}:`;
    this.degrees.textContent = formatPosition(at.longitude, at.latitude, language.current);
    this.plane.textContent = formatAxes(toPlane(zoneChoice.current, at), digits, language.current);
  }
}
