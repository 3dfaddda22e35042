/** What one chooses of the sheet, its preview, and the way to the printer. */
import type { Map as MapLibre } from 'maplibre-gl';
import { dataAsOf } from '../../data_as_of';
import { button, element, replaceContent } from '../../dom';
import { formatTimestamp } from '../../format';
import { layersByDay } from '../../looks/looks';
import type { TextKey } from '../../texts';
import type { Workbench } from '../tool';
import { FrameOutline } from './frame_outline';
import { paperLegend, sourceLine, titlesOf } from './paper_legend';
import { type Drawn, DrawingFailed, drawMap } from './print_map';
import { SheetOnPaper } from './print_window';
import { type Paper, SCALES, type Sheet, type Turn, fittingScale, formatScale, frameExtent, sheetOf, zoomOf } from './sheet';
import { fitLegend, sheetView } from './sheet_view';
import '../form.css';
import './print.css';

/** How long choices and the map must rest before the preview is drawn anew. */
const REST_MS = 500;

const SCREEN_DPI = 96;
const PAPER_DPI = 200;

const PAPERS: readonly { paper: Paper; turn: Turn; title: TextKey }[] = [
  { paper: 'a4', turn: 'landscape', title: 'printA4Landscape' },
  { paper: 'a4', turn: 'portrait', title: 'printA4Portrait' },
  { paper: 'a3', turn: 'landscape', title: 'printA3Landscape' },
  { paper: 'a3', turn: 'portrait', title: 'printA3Portrait' },
];

/** A map that was drawn, and for what. */
interface Made extends Drawn {
  readonly sheet: Sheet;
  readonly scale: number;
  readonly longitude: number;
  readonly latitude: number;
  readonly dotsPerInch: number;
}

export class PrintDrawer {
  private readonly form = element('div', { class: 'tool-form' });
  private readonly title = element('input', { attributes: { type: 'text', id: 'print-title', maxlength: '120' } });
  private readonly scaleBox = element('select', { attributes: { id: 'print-scale' } });
  private readonly start = element('button', { class: 'main-action', attributes: { type: 'button', id: 'print-start' } });
  private readonly status = element('p', { attributes: { role: 'status', id: 'print-status' } });
  private readonly preview = element('figure', { class: 'print-preview' });
  private readonly outline: FrameOutline;
  private readonly paper = new SheetOnPaper(() => this.view());
  private sheet = sheetOf('a4', 'landscape');
  private scale: number | null = null;
  private made: Made | null = null;
  private making: AbortController | null = null;
  private resting: number | undefined;
  private isOpen = false;
  private said: { text: () => string; wrong: boolean } = { text: () => '', wrong: false };
  private readonly stale = (): void => this.later();

  constructor(
    private readonly page: Workbench,
    private readonly engine: MapLibre,
    holder: HTMLElement,
  ) {
    this.outline = new FrameOutline(engine);
    replaceContent(holder, this.form);
    holder.append(this.preview);
    this.title.addEventListener('input', () => this.showPreview());
    this.scaleBox.addEventListener('change', () => {
      this.scale = Number(this.scaleBox.value);
      this.changed();
    });
    this.start.addEventListener('click', () => void this.print());
    new ResizeObserver(() => this.shrink()).observe(this.preview);
    page.language.onChange(() => this.render());
  }

  open(): void {
    this.isOpen = true;
    this.engine.on('moveend', this.stale);
    this.engine.on('styledata', this.stale);
    this.paper.follow(true);
    // The drawer has taken its part of the window by now.
    requestAnimationFrame(() => {
      if (!this.isOpen) return;
      this.scale ??= this.fitting();
      this.changed();
      this.render();
    });
  }

  close(): void {
    this.isOpen = false;
    this.engine.off('moveend', this.stale);
    this.engine.off('styledata', this.stale);
    clearTimeout(this.resting);
    this.making?.abort();
    this.outline.show(null);
    this.paper.follow(false);
  }

  private fitting(): number {
    const { clientWidth: width, clientHeight: height } = this.engine.getContainer();
    return fittingScale(this.sheet.map, { width, height }, this.engine.getCenter().lat, this.engine.getZoom());
  }

  /** A choice was made: the frame follows at once, the preview when all has come to rest. */
  private changed(): void {
    this.outline.show({ size: this.sheet.map, scale: this.scale ?? this.fitting() });
    this.later();
  }

  private later(): void {
    // What was sent to the printer is drawn as it was then.
    if (this.start.disabled) return;
    this.making?.abort();
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => void this.make(SCREEN_DPI), REST_MS);
  }

  private say(text: () => string, wrong = false): void {
    this.said = { text, wrong };
    const said = text();
    if (this.status.textContent !== said) this.status.textContent = said;
    this.status.classList.toggle('wrong', wrong);
  }

  /** Draws the map of the sheet; says whether it is there. */
  private async make(dotsPerInch: number): Promise<boolean> {
    const { language, content } = this.page;
    clearTimeout(this.resting);
    this.making?.abort();
    const making = new AbortController();
    this.making = making;
    this.preview.setAttribute('aria-busy', 'true');
    this.say(() => language.text(dotsPerInch === PAPER_DPI ? 'printDrawingFine' : 'printDrawing'));
    const { sheet } = this;
    const scale = this.scale ?? this.fitting();
    const { lng: longitude, lat: latitude } = this.engine.getCenter();
    const wanted = { frame: sheet.map, longitude, latitude, zoom: zoomOf(scale, latitude), dotsPerInch };
    try {
      const drawn = await drawMap(this.engine, content, wanted, making.signal);
      if (this.made) URL.revokeObjectURL(this.made.picture);
      this.made = { ...drawn, sheet, scale, longitude, latitude, dotsPerInch };
      this.showPreview();
      this.sayDrawn();
      return true;
    } catch (error) {
      if (error instanceof DrawingFailed && error.reason === 'stopped') return false;
      console.warn(error);
      const slow = error instanceof DrawingFailed && error.reason === 'slow';
      this.say(() => language.text(slow ? 'printSlow' : 'printFailed'), true);
      return false;
    } finally {
      if (this.making === making) {
        this.making = null;
        this.preview.removeAttribute('aria-busy');
      }
    }
  }

  /** What is missing from the sheet, if anything is. */
  private sayDrawn(): void {
    const { language, content } = this.page;
    const { made } = this;
    if (!made) return;
    const named = (ids: readonly string[]): string =>
      titlesOf(ids.flatMap((id) => content.layers.get(id)?.layer ?? []), language.current);
    if (made.failed.length > 0) {
      this.say(() => language.text('printIncomplete', { layers: named(made.failed) }), true);
      return;
    }
    const zoom = zoomOf(made.scale, made.latitude);
    const far = [...this.page.on()].filter((id) => (content.layers.get(id)?.layer.minzoom ?? 0) > zoom);
    this.say(() => (far.length > 0 ? language.text('printTooFar', { layers: named(far) }) : language.text('printReady')));
  }

  /** The sheet with the map that was drawn last; null where none has been. */
  private view(): HTMLElement | null {
    const { made } = this;
    const { language, catalog, content } = this.page;
    if (!made) return null;
    const now = formatTimestamp(new Date().toISOString(), language.current);
    const asOf = dataAsOf.oldest;
    const legend = paperLegend(layersByDay(content).reverse(), made.seen);
    const { sheet, scale, picture } = made;
    return sheetView({
      sheet, scale, picture, legend,
      title: this.title.value.trim() || language.text('printDefaultTitle'),
      extent: frameExtent(sheet.map, scale, made.longitude, made.latitude),
      synthetic: catalog.synthetic,
      source: sourceLine(legend, catalog.synthetic, language.current),
      asOf: language.text('dataAsOf', { moment: asOf === null ? now : formatTimestamp(asOf, language.current) }),
      printed: language.text('printPrinted', { moment: now }),
    }, language.current);
  }

  private showPreview(): void {
    const view = this.view();
    if (!view) return;
    // It is for eyes only; its words are those of the form and of the page.
    this.preview.setAttribute('role', 'img');
    this.preview.setAttribute('aria-label', this.page.language.text('printPreview'));
    this.preview.replaceChildren(view);
    this.shrink();
    fitLegend(view, this.page.language.current);
  }

  /** Makes the sheet as wide as the drawer. */
  private shrink(): void {
    const view = this.preview.querySelector<HTMLElement>('.sheet');
    if (!view) return;
    const times = this.preview.clientWidth / view.offsetWidth;
    view.style.transform = `scale(${times})`;
    this.preview.style.height = `${view.offsetHeight * times}px`;
  }

  private async print(): Promise<void> {
    this.start.disabled = true;
    try {
      const fine = await this.make(PAPER_DPI);
      if (fine) await this.paper.print();
    } finally {
      this.start.disabled = false;
    }
  }

  private render(): void {
    const { language } = this.page;
    const focused = this.form.contains(document.activeElement) ? document.activeElement?.id : null;
    this.title.placeholder = language.text('printDefaultTitle');
    this.start.textContent = language.text('printStart');
    const papers = element('select', { attributes: { id: 'print-paper' } });
    papers.append(...PAPERS.map(({ title }, index) => element('option', { text: language.text(title), attributes: { value: String(index) } })));
    papers.value = String(PAPERS.findIndex(({ paper, turn }) => paper === this.sheet.paper && turn === this.sheet.turn));
    papers.addEventListener('change', () => {
      const chosen = PAPERS[Number(papers.value)];
      if (chosen) this.sheet = sheetOf(chosen.paper, chosen.turn);
      this.changed();
    });
    this.scaleBox.replaceChildren(
      ...SCALES.map((scale) => element('option', { text: formatScale(scale), attributes: { value: String(scale) } })),
    );
    this.showScale();
    const fit = button(language.text('printFit'), () => {
      this.scale = this.fitting();
      this.showScale();
      this.changed();
    }, { class: 'quiet', attributes: { id: 'print-fit' } });
    const field = (key: TextKey, box: HTMLElement): HTMLElement =>
      element('div', { class: 'field' }, element('label', { text: language.text(key), attributes: { for: box.id } }), box);
    replaceContent(
      this.form,
      field('printTitle', this.title),
      element('div', { class: 'fields' }, field('printPaper', papers), field('printScale', this.scaleBox)),
      element('p', { class: 'note print-frame-note' }, element('span', { text: language.text('printFrameNote') }), fit),
      this.start,
      this.status,
      element('p', { class: 'note', text: language.text('printWindowNote') }),
    );
    this.say(this.said.text, this.said.wrong);
    this.showPreview();
    if (focused) document.getElementById(focused)?.focus();
  }

  private showScale(): void {
    if (this.scale !== null) this.scaleBox.value = String(this.scale);
  }
}
