/** VN-2000 corners pasted from a land document: read at once, told line by line, shown on the map before anything is asked. */
import { formatMeridian } from '../../coordinates/written';
import type { Extent } from '../../catalog';
import { button, element, replaceContent } from '../../dom';
import { formatNumber } from '../../format';
import type { LanguageChoice } from '../../language';
import { type CornersRead, type Finding, areaOf, areaText, placed, readCorners, ringOf } from './corners';
import { formatHa } from './figures';
import { OWN_PLANE, PLANES, type Plane, planeOf } from './planes';
import { type Asked, type Way, askButton, field } from './way';

const REST_MS = 250;
const PLACEHOLDER = '1   1165000,00   554000,00\n2   1165500,00   554000,00\n3   1165500,00   554600,00';
/** The plane of the northern half's documents before July 2025. */
const FORMER_PLANE = 9209;

export class CornerWay implements Way {
  readonly element = element('div', { class: 'area-way' });
  private readonly text = element('textarea', {
    attributes: { id: 'area-corners', rows: '9', spellcheck: 'false', autocomplete: 'off', wrap: 'off', placeholder: PLACEHOLDER },
  });
  private readonly plane = element('select', { attributes: { id: 'area-plane' } });
  private readonly told = element('div', { class: 'area-told', attributes: { role: 'status' } });
  private readonly actions = element('div', { class: 'area-actions' });
  private code = OWN_PLANE;
  /** Whether somebody has chosen the plane; what the text says no longer counts then. */
  private byHand = false;
  private read: CornersRead = readCorners('');
  private resting: number | undefined;
  private chosen = false;

  constructor(
    private readonly language: LanguageChoice,
    private readonly province: Extent,
    private readonly asked: Asked,
  ) {
    this.text.addEventListener('input', () => {
      clearTimeout(this.resting);
      this.resting = window.setTimeout(() => this.understand(), REST_MS);
    });
    this.plane.addEventListener('change', () => this.choosePlane(Number(this.plane.value)));
  }

  start(): void {
    this.chosen = true;
    this.show();
  }

  stop(): void {
    this.chosen = false;
    clearTimeout(this.resting);
  }

  /** Fills in what a link asked for, so that it can be corrected. */
  fill(area: string): void {
    const [, code, list] = /^corners:(?:EPSG:)?(\d+):(.*)$/is.exec(area.trim()) ?? [];
    if (code === undefined || list === undefined || this.text.value.trim() !== '') return;
    this.code = planeOf(Number(code)).code;
    this.byHand = true;
    this.text.value = list.split(';').map((corner, at) => `${at + 1}\t${corner.trim().replace(/[\s,]+/, '\t')}`).join('\n');
    this.read = readCorners(this.text.value);
  }

  render(): void {
    const { language } = this;
    replaceContent(
      this.plane,
      ...PLANES.map((plane) => element('option', { text: this.planeTitle(plane), attributes: { value: String(plane.code) } })),
    );
    this.plane.value = String(this.code);
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    replaceContent(
      this.element,
      field(language.text('areaCornersText'), this.text, language.text('areaCornersHint')),
      field(language.text('areaCornersPlane'), this.plane),
      this.told, this.actions,
    );
    this.tell();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  private planeName(plane: Plane): string {
    return this.language.text('areaCornersPlaneName', { meridian: formatMeridian(plane.meridian), zone: plane.zone });
  }

  private planeTitle(plane: Plane): string {
    const name = this.planeName(plane);
    if (plane.code === OWN_PLANE) return this.language.text('areaCornersPlaneOwn', { name });
    return plane.code === FORMER_PLANE ? this.language.text('areaCornersPlaneFormer', { name }) : name;
  }

  private choosePlane(code: number): void {
    this.code = code;
    this.byHand = true;
    this.plane.value = String(code);
    this.tell();
    this.show();
  }

  private understand(): void {
    this.read = readCorners(this.text.value);
    if (this.read.corners.length === 0) this.byHand = false;
    if (this.read.said && !this.byHand) this.code = this.read.said.code;
    this.plane.value = String(this.code);
    this.tell();
    this.show();
  }

  private get isWhole(): boolean {
    return this.read.errors.length === 0 && this.read.corners.length >= 3;
  }

  private show(): void {
    if (!this.chosen) return;
    const ring = ringOf(this.read, planeOf(this.code)).map((position) => [...position]);
    const shape: GeoJSON.Geometry | null = this.isWhole ? { type: 'Polygon', coordinates: [ring] } : null;
    this.asked.onShape(shape, true);
  }

  private words({ kind, line, values }: Finding): string {
    const { current } = this.language;
    const written = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? formatNumber(value, current, 3) : value]),
    );
    const code = values['code'];
    const plane = typeof code === 'number' ? { plane: this.planeName(planeOf(code)) } : {};
    return this.language.text(`areaCorners_${kind}`, { ...written, ...plane, line: line ?? '' });
  }

  private tell(): void {
    const { language, read } = this;
    const plane = planeOf(this.code);
    const place = placed(read, plane, this.province);
    const said: Finding[] = read.said && read.said.code === this.code && !this.byHand && read.corners.length > 0
      ? [{ kind: 'saidMeridian', line: null, values: { code: this.code } }] : [];
    if (read.meridianUnread && !this.byHand && read.corners.length > 0) said.push({ kind: 'unreadMeridian', line: null, values: { code: this.code } });
    const errors = read.errors.filter(({ kind }) => kind !== 'empty');
    const count = read.corners.length;
    const summary = !this.isWhole ? null
      : read.inDegrees ? language.text('areaCornersReadDegrees', { count })
        : language.text('areaCornersRead', { count, area: formatHa(areaOf(read.corners) / 1e4, language.current) });
    const list = (findings: readonly Finding[], cssClass: string): HTMLElement | null =>
      findings.length === 0 ? null
        : element('ul', { class: cssClass }, ...findings.map((one) => element('li', { text: this.words(one), attributes: { 'data-kind': one.kind } })));
    const other = place?.kind === 'otherMeridian' ? planeOf(Number(place.values['code'])) : null;
    replaceContent(
      this.told,
      list(errors, 'area-trouble'),
      summary === null ? null : element('p', { class: 'area-understood', text: summary }),
      list([...said, ...read.notes, ...(place ? [place] : [])], 'area-notes'),
      other
        ? button(language.text('areaCornersUse', { plane: this.planeName(other) }), () => {
            this.choosePlane(other.code);
            this.plane.focus();
          }, { class: 'area-secondary' })
        : null,
    );
    replaceContent(this.actions, this.isWhole ? askButton(language, () => this.ask()) : null);
  }

  private ask(): void {
    this.asked.onSubject({ kind: 'text', area: areaText(this.read, planeOf(this.code)) });
  }
}
