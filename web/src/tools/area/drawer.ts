/** The drawer of the area tool: how the area is said, the wait for the answer, the report. Loaded when it is opened. */
import { callerKey } from '../../caller_key';
import { copyText } from '../../clipboard';
import { saveBlob } from '../../save_file';
import { catalogExtent } from '../../catalog';
import { DayField, labelledDay } from '../../day_field';
import { button, element, replaceContent } from '../../dom';
import type { TextKey } from '../../texts';
import type { LayerFilter } from '../filter/conditions';
import type { Workbench } from '../tool';
import { askReport, askWorkbook } from './asking';
import { CornerWay } from './corner_way';
import { DrawWay } from './draw_way';
import { formatHa, workbookName } from './figures';
import { FeatureWay } from './feature_way';
import { FileWay } from './file_way';
import { groundOf, today } from './ground';
import { showFeature, showGroup } from './leading';
import { subjectTitle } from './naming';
import { Outline } from './outline';
import { type Linked, type Question, type Subject, isSameLink, linkOf, linkedQuestion, requestOf } from './question';
import type { Report } from './report';
import { ReportView } from './report_view';
import { boundsOf, measuredText } from './shapes';
import { onScreen } from './timing';
import { type Trouble, troubleFrom, troubleView } from './trouble_view';
import { UnitWay } from './unit_way';
import { waitView } from './wait_view';
import { type Asked, type Way, choices } from './way';
import './area.css';

type WayName = 'unit' | 'draw' | 'feature' | 'corners' | 'file';
const WAYS: readonly (readonly [WayName, TextKey])[] = [
  ['unit', 'areaWayUnit'], ['draw', 'areaWayDraw'], ['feature', 'areaWayFeature'], ['corners', 'areaWayCorners'], ['file', 'areaWayFile'],
];

/** The way on which an area is said that a link asks for. */
function wayOf(area: string): WayName {
  if (/^\s*corners:/i.test(area)) return 'corners';
  if (/^\s*(commune|district|province):/i.test(area)) return 'unit';
  return /^\s*(buffer:[\d.]+:\s*)?feature:/i.test(area) ? 'feature' : 'draw';
}

export class AreaDrawer {
  readonly element = element('div', { class: 'area-tool' });
  private readonly form = element('section', { class: 'area-form' });
  private readonly wait = element('section', { class: 'area-wait' });
  private readonly answer = element('div');
  private readonly status = element('p', { class: 'area-status', attributes: { role: 'status' } });
  /** What only those hear who do not see the report come. */
  private readonly spoken = element('p', { class: 'area-spoken', attributes: { role: 'status' } });
  private readonly trouble = element('div', { class: 'area-trouble-box', attributes: { role: 'alert' } });
  private readonly day: DayField;
  private readonly only = element('input', { attributes: { type: 'checkbox', role: 'switch', id: 'area-only' } });
  private readonly files: FileWay;
  private readonly ways: Readonly<Record<WayName, Way>>;
  private readonly corners: CornerWay;
  private readonly outline: Outline;
  private readonly view: ReportView;
  private way: WayName = 'unit';
  private stage: 'form' | 'asking' | 'answer' = 'form';
  private isOpen = false;
  private subject: Subject | null = null;
  private asked: Question | null = null;
  private report: Report | null = null;
  private shape: GeoJSON.Geometry | null = null;
  /** What a link would have to say to ask the last question; null where none can. */
  private linked: Linked | null = null;
  private failure: Trouble | null = null;
  private said: () => string = () => '';
  private waiting = new AbortController();

  constructor(private readonly page: Workbench) {
    const { language, map } = page;
    this.outline = new Outline(map);
    this.day = new DayField('area-day', language, () => this.askAnew(), true);
    this.view = new ReportView(page);
    const asked: Asked = {
      onSubject: (subject) => this.ask(subject, true),
      onSay: (text) => this.stage === 'answer' && this.say(text),
      onShape: (shape, into) => this.preview(shape, into),
    };
    this.corners = new CornerWay(language, catalogExtent(page.catalog), asked);
    this.files = new FileWay(language, asked);
    this.ways = {
      unit: new UnitWay(language, map, () => this.dataDay, asked), draw: new DrawWay(language, map, asked),
      feature: new FeatureWay(page, asked),
      corners: this.corners, file: this.files,
    };
    this.only.addEventListener('change', () => this.askAnew());
    this.element.append(this.spoken, this.status, this.trouble, this.form, this.wait, this.answer);
    language.onChange(() => this.render());
    // A file that is dropped beside the drawer must not lead away from the page.
    document.addEventListener('dragover', (event) => {
      if (this.isOpen && event.dataTransfer?.types.includes('Files')) event.preventDefault();
    });
    document.addEventListener('drop', (event) => {
      if (!this.isOpen || event.defaultPrevented || !event.dataTransfer?.files.length) return;
      event.preventDefault();
      if (this.stage !== 'form') this.newQuestion();
      this.setWay('file');
      this.files.take(event.dataTransfer.files);
    });
    window.addEventListener('hashchange', () => this.isOpen && this.followLink(false));
  }

  /** Whether clicks on the map mean something here. */
  get takesClicks(): boolean {
    return this.way === 'unit' || (this.stage !== 'answer' && (this.way === 'draw' || this.way === 'feature'));
  }

  open(): void {
    this.isOpen = true;
    this.render();
    if (this.followLink(true)) return;
    if (this.stage === 'answer') {
      void this.outline.show(this.shape);
      if (this.way === 'unit') this.ways.unit.start();
      this.link();
    } else this.ways[this.way].start();
  }

  close(): void {
    this.isOpen = false;
    this.waiting.abort();
    if (this.stage === 'asking') this.stage = 'form';
    this.ways[this.way].stop();
    void this.outline.show(null);
    for (const key of ['area', 'day', 'only']) this.page.say(key, null);
  }

  private get dataDay(): string | null {
    return this.day.value;
  }

  /** Asks what a link says, if that is another question than the last; says whether it is. */
  private followLink(atStart: boolean): boolean {
    const linked = linkedQuestion((key) => this.page.said(key));
    if (!linked || (isSameLink(linked, this.linked) && this.stage !== 'form')) return false;
    this.day.value = linked.day;
    this.only.checked = linked.only;
    this.setWay(wayOf(linked.area));
    if (this.way === 'corners') this.corners.fill(linked.area);
    this.ask({ kind: 'text', area: linked.area }, !atStart);
    return true;
  }

  private setWay(way: WayName): void {
    if (way === this.way) return;
    this.ways[this.way].stop();
    this.way = way;
    this.render();
  }

  private setStage(stage: AreaDrawer['stage']): void {
    this.stage = stage;
    this.render();
  }

  private preview(shape: GeoJSON.Geometry | null, into: boolean): void {
    if (this.stage !== 'form') return;
    void this.outline.show(shape);
    const bounds = shape && into ? boundsOf(shape) : null;
    if (bounds) this.page.map?.showBox(bounds);
  }

  private question(subject: Subject): Question {
    return { subject, day: this.dataDay, layers: this.only.checked ? [...this.page.on()] : null };
  }

  /** Another day or other layers, while a report is read: it is asked for again. */
  private askAnew(): void {
    if (this.subject && this.stage === 'answer') this.ask(this.subject, false);
  }

  private ask(subject: Subject, moveMap: boolean): void {
    // What is no day would be taken for today.
    if (this.day.isWrong) {
      this.day.input.focus();
      return;
    }
    this.failure = null;
    this.subject = subject;
    const question = this.question(subject);
    this.linked = subject.kind === 'text' ? { area: subject.area, day: question.day, only: question.layers !== null } : null;
    if (question.layers?.length === 0) {
      this.failure = { key: 'areaNoneOn', detail: '' };
      this.render();
      return;
    }
    this.waiting.abort();
    const own = new AbortController();
    this.waiting = own;
    this.setStage('asking');
    void this.answered(question, own.signal, moveMap);
  }

  private async answered(question: Question, signal: AbortSignal, moveMap: boolean): Promise<void> {
    const { language } = this.page;
    try {
      const report = await askReport(question, language.current, signal);
      if (signal.aborted) return;
      this.take(question, report);
      await onScreen();
      if (signal.aborted || !this.isOpen) return;
      if (moveMap && report.bounds) this.page.map?.showBox(report.bounds);
      const shape = await groundOf(question.subject, report, signal);
      if (signal.aborted || !this.isOpen) return;
      this.shape = shape;
      await this.outline.show(shape);
    } catch (error) {
      if (signal.aborted) return;
      this.failure = troubleFrom(error);
      this.say(() => '');
      // The form stands in the place of the last report, so stopping the next question leads back to the form.
      [this.asked, this.report] = [null, null];
      this.setStage('form');
      this.ways[this.way].start();
    }
  }

  private take(question: Question, report: Report): void {
    const { language } = this.page;
    this.asked = question;
    this.report = report;
    this.view.reset(report);
    if (this.way !== 'unit') this.ways[this.way].stop();
    this.setStage('answer');
    this.link();
    const count = report.layers.filter((one) => one.total.count > 0).length;
    this.say(() => '');
    this.spoken.textContent = language.text('areaReportReady', {
      name: this.titleOf(question.subject, report.unit), area: formatHa(report.areaHa, language.current), count,
    });
    document.getElementById('area-report-title')?.focus({ preventScroll: true });
    if (this.way === 'unit') this.ways.unit.start();
  }

  /** Puts the question into the link. */
  private link(): void {
    const { asked, report } = this;
    if (!asked) return;
    // A file cannot be asked for again by a link, its measured corners can.
    const again = asked.subject.kind === 'file' && report?.allCorners ? measuredText(report.corners, report.plane) : null;
    const link = linkOf({ ...asked, subject: again === null ? asked.subject : { kind: 'text', area: again } });
    this.linked = link ? { area: link.area ?? '', day: link.day, only: link.only !== null } : null;
    for (const key of ['area', 'day', 'only'] as const) this.page.say(key, link?.[key] ?? null);
  }

  private async copyLink(): Promise<void> {
    const { language } = this.page;
    if (this.linked === null) {
      this.say(() => language.text('areaNoLink'));
      return;
    }
    const copied = await copyText(location.href);
    this.say(() => language.text(copied ? 'areaCopied' : 'areaCopyByHand'));
  }

  private async saveWorkbook(): Promise<void> {
    const { language } = this.page;
    if (!this.asked || !this.report) return;
    try {
      const blob = await askWorkbook(this.asked, language.current, this.waiting.signal);
      saveBlob(blob, this.workbookName());
    } catch (error) {
      if (this.waiting.signal.aborted) return;
      this.failure = troubleFrom(error);
      this.tellTrouble();
    }
  }

  private workbookName(): string {
    const title = this.asked ? this.titleOf(this.asked.subject, this.report?.unit ?? null) : '';
    return workbookName(title, this.report?.validIn?.slice(0, 10) ?? today());
  }

  private titleOf(subject: Subject, unit: Report['unit']): string {
    const { language, content } = this.page;
    return subjectTitle(subject, unit, language.current, (id) => language.of(content.layers.get(id)?.layer.title ?? { vi: id, en: id }));
  }

  private newQuestion(): void {
    this.waiting.abort();
    [this.subject, this.asked, this.report, this.shape, this.failure] = [null, null, null, null, null];
    for (const key of ['area', 'day', 'only']) this.page.say(key, null);
    void this.outline.show(null);
    this.say(() => '');
    this.setStage('form');
    this.ways[this.way].start();
    this.form.querySelector<HTMLElement>('input:checked')?.focus();
  }

  private cancel(): void {
    this.waiting.abort();
    this.say(() => this.page.language.text('areaCancelled'));
    const last = this.report ? this.asked : null;
    if (last) this.subject = last.subject;
    this.setStage(last ? 'answer' : 'form');
    if (last) this.link();
    else this.ways[this.way].start();
    this.form.querySelector<HTMLElement>('input:checked')?.focus();
  }

  /** Leads to the features of a group, and says how they are all shown again. */
  private showGroup(layer: string, filter: LayerFilter): void {
    const { language, content } = this.page;
    showGroup(this.page, layer, filter, this.report?.bounds ?? null);
    this.say(() => language.text('areaGroupShown', { layer: language.of(content.layers.get(layer)?.layer.title ?? { vi: layer, en: layer }) }));
  }

  private say(text: () => string): void {
    this.said = text;
    this.status.textContent = text();
  }

  private options(): HTMLElement {
    const { language } = this.page;
    return element(
      'div', { class: 'area-options' },
      labelledDay(language.text('areaDay'), this.day, language.text('areaDayHint')),
      element(
        'div', { class: 'area-switch' },
        this.only, element('label', { text: language.text('areaOnly'), attributes: { for: this.only.id } }),
      ),
    );
  }

  private render(): void {
    const { stage } = this;
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    this.status.textContent = this.said();
    this.tellTrouble();
    for (const [part, of] of [[this.form, 'form'], [this.wait, 'asking'], [this.answer, 'answer']] as const) {
      part.hidden = stage !== of;
      // What is out of sight is taken out: its ids and labels stand elsewhere now.
      if (part.hidden) part.replaceChildren();
    }
    if (stage === 'form') this.renderForm();
    if (stage === 'asking') this.renderWait();
    if (stage === 'answer') this.renderAnswer();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  private tellTrouble(): void {
    this.trouble.hidden = this.failure === null;
    const { failure, subject, page: { language } } = this;
    // The same file would be refused again.
    const again = failure && subject && failure.key !== 'areaTroubleFileGone' ? button(language.text('retry'), () => this.ask(subject, true), { class: 'area-secondary' }) : null;
    replaceContent(this.trouble, ...(failure ? troubleView(language, failure) : []), again);
  }

  private renderForm(): void {
    const { language } = this.page;
    const way = this.ways[this.way];
    way.render();
    replaceContent(
      this.form,
      element('p', { text: language.text('areaIntro') }),
      choices('area-way', language.text('areaWay'), WAYS.map(([key, title]) => [key, language.text(title)]), this.way, (key) => {
        this.failure = null;
        void this.outline.show(null);
        this.setWay(key);
        this.ways[key].start();
      }),
      way.element, this.options(),
    );
  }

  private renderWait(): void {
    const { language } = this.page;
    this.say(() => language.text('areaAsking'));
    replaceContent(this.wait, ...waitView(language, () => this.cancel()));
  }

  private renderAnswer(): void {
    const { report, asked } = this;
    if (!report || !asked) return;
    const { language } = this.page;
    const title = language.text('areaReportOf', { name: this.titleOf(asked.subject, report.unit) });
    const request = requestOf(asked, 'xlsx', language.current);
    // A plain link where the address says it all: the browser shows its own progress then.
    const workbook = request.body === null && !callerKey.isThere
      ? element('a', { class: 'area-primary', text: language.text('areaXlsx'), attributes: { href: request.address, download: this.workbookName() } })
      : button(language.text('areaXlsx'), () => void this.saveWorkbook(), { class: 'area-primary' });
    const options = this.options();
    if (this.way === 'unit' && this.page.map) options.prepend(element('p', { class: 'area-hint', text: language.text('areaUnitAnother') }));
    replaceContent(this.answer, this.view.render(report, title, options, {
      workbook,
      onLink: () => void this.copyLink(),
      onNew: () => this.newQuestion(),
      onArea: () => report.bounds && this.page.map?.showBox(report.bounds),
      onFeature: (layer, feature) => void showFeature(this.page, layer, feature),
      onGroup: (layer, filter) => this.showGroup(layer, filter),
    }));
  }
}
