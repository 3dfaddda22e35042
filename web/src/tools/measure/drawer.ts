/** The drawer of the tool that measures: what to do, the figures, and the table of corners. */
import { copyText } from '../../clipboard';
import { formatPlane } from '../../coordinates/written';
import { zoneChoice, zoneList } from '../../coordinates/zone';
import { button, element, replaceContent } from '../../dom';
import type { LanguageChoice } from '../../language';
import type { TextKey } from '../../texts';
import { type Degrees, MEASURING_PLANE } from '../../vn2000';
import { type Corner, cornerCells, cornersOf, spreadsheetText } from './corners';
import { type Figures, formatArea, formatLength, measured } from './figures';
import './measure.css';

export interface MeasureActions {
  readonly addCentre: () => void;
  readonly undo: () => void;
  readonly finish: () => void;
  readonly resume: () => void;
  readonly clear: () => void;
  /** Whether the place of the next point by keyboard is shown. */
  readonly aim: (shown: boolean) => void;
}

export class MeasureDrawer {
  private readonly how = element('p', { class: 'measure-how' });
  private readonly buttons = element('div', { class: 'measure-buttons' });
  private readonly figures = element('div');
  private readonly note = element('p', { class: 'measure-note' });
  private readonly said = element('p', { class: 'measure-said', attributes: { role: 'status' } });
  private readonly cornersTitle = element('h3');
  private readonly table = element('div');
  private readonly copying = element('div');
  private readonly corners: HTMLElement;
  readonly element: HTMLElement;
  private points: readonly Degrees[] = [];
  private finished = false;

  constructor(
    private readonly language: LanguageChoice,
    private readonly hasMap: boolean,
    private readonly actions: MeasureActions,
  ) {
    const zones = zoneList(language, 'measure-zone');
    const head = element('div', { class: 'measure-corners-head' }, this.cornersTitle, zones);
    this.corners = element('div', { class: 'measure-corners' }, head, this.table, this.copying);
    this.element = element('section', { class: 'measure' }, this.how, this.buttons, this.figures, this.note, this.said, this.corners);
    language.onChange(() => this.render());
    zoneChoice.onChange(() => this.render());
    this.render();
  }

  show(points: readonly Degrees[], finished: boolean): void {
    this.points = points;
    this.finished = finished;
    this.render();
  }

  private render(): void {
    const { language, points } = this;
    const figures = measured(points);
    this.how.textContent = language.text(this.hasMap ? (this.finished ? 'measureFinished' : 'measureHow') : 'webglMissing');
    this.renderButtons();
    replaceContent(this.figures, this.figureList(figures), figures.crosses
      ? element('p', { class: 'measure-warning', text: language.text('measureCrosses') }) : null);
    this.note.textContent = points.length < 2 ? '' : language.text('measurePlane', { plane: formatPlane(MEASURING_PLANE, language.current) });
    this.said.textContent = this.spoken(figures);
    this.corners.hidden = points.length === 0;
    this.cornersTitle.textContent = language.text('measureCorners');
    const corners = cornersOf(points, figures.sides, zoneChoice.current);
    replaceContent(this.table, this.cornerTable(corners));
    this.renderCopying(corners);
  }

  private renderButtons(): void {
    const { actions, points, finished } = this;
    const focused = this.buttons.contains(document.activeElement) ? document.activeElement?.id : null;
    const made = (id: string, key: TextKey, act: () => void, disabled: boolean, main = false): HTMLButtonElement => {
      const attributes = { id: `measure-${id}`, ...(disabled ? { disabled: '' } : {}) };
      return button(this.language.text(key), act, { class: main ? 'measure-button main' : 'measure-button', attributes });
    };
    const add = made('add', 'measureAddCentre', actions.addCentre, finished || !this.hasMap);
    for (const event of ['focus', 'pointerenter']) add.addEventListener(event, () => actions.aim(true));
    for (const event of ['blur', 'pointerleave']) add.addEventListener(event, () => actions.aim(false));
    const none = points.length === 0;
    replaceContent(
      this.buttons,
      finished ? made('end', 'measureContinue', actions.resume, false, true) : made('end', 'measureFinish', actions.finish, points.length < 2, true),
      add,
      made('undo', 'measureUndo', actions.undo, none),
      made('clear', 'measureClear', actions.clear, none),
    );
    if (!focused) return;
    const again = document.getElementById(focused) as HTMLButtonElement | null;
    // A button that has nothing left to do hands on to one that has.
    if (again && !again.disabled) again.focus();
    else this.buttons.querySelector<HTMLElement>('button:not(:disabled)')?.focus();
  }

  private figureList({ length, perimeter, area }: Figures): HTMLElement | null {
    const { language, points } = this;
    if (points.length < 2) return null;
    const rows: [TextKey, string][] = [['measureLength', formatLength(length, language.current)]];
    if (points.length > 2) rows.push(['measurePerimeter', formatLength(perimeter, language.current)]);
    if (area !== null) rows.push(['measureArea', formatArea(area, language.current)]);
    return element(
      'dl', { class: 'measure-figures' },
      ...rows.flatMap(([key, value]) => [element('dt', { text: language.text(key) }), element('dd', { text: value })]),
    );
  }

  /** What a screen reader says after each point. */
  private spoken({ length, area }: Figures): string {
    const { language, points } = this;
    if (points.length === 0) return language.text('measureEmpty');
    const values = { count: points.length, length: formatLength(length, language.current) };
    return area === null
      ? language.text('measureAddedLine', values)
      : language.text('measureAdded', { ...values, area: formatArea(area, language.current) });
  }

  private cornerTable(corners: readonly Corner[]): HTMLElement {
    const { language } = this;
    const heads = (['measureCorner', 'measureX', 'measureY', 'measureSide'] as const).map((key) =>
      element('th', { text: language.text(key), attributes: { scope: 'col' } }));
    const rows = corners.map((corner) =>
      element('tr', {}, ...cornerCells(corner, corners.length, language.current).map((text) => element('td', { text }))));
    return element(
      'table', { attributes: { 'aria-label': language.text('measureCorners') } },
      element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows),
    );
  }

  private renderCopying(corners: readonly Corner[]): void {
    const { language } = this;
    const text = spreadsheetText(corners, zoneChoice.current, language.current);
    const answer = element('p', { class: 'measure-copied', attributes: { role: 'status' } });
    const copy = button(language.text('measureCopy'), () => {
      void copyText(text).then((copied) => {
        answer.textContent = language.text(copied ? 'measureCopied' : 'measureCopyByHand', { count: corners.length });
        if (!copied) this.offerByHand(text);
      });
    }, { class: 'measure-button', attributes: { id: 'measure-copy' } });
    replaceContent(this.copying, element('div', { class: 'measure-buttons' }, copy), answer);
  }

  private offerByHand(text: string): void {
    this.copying.querySelector('textarea')?.remove();
    const field = element('textarea', { class: 'measure-by-hand', attributes: { readonly: '', 'aria-label': this.language.text('measureTable') } });
    field.value = text;
    this.copying.append(field);
    field.select();
  }
}
