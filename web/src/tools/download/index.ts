/** Takes a layer away as a file: which, how much of it, in which form, with the number of features known before. */
import { ServerError, fetchCount } from '../../api';
import type { Extent, Layer } from '../../catalog';
import { element, replaceContent } from '../../dom';
import { formatNumber, formatUnit } from '../../format';
import { saveFile } from '../../save_file';
import type { TextKey } from '../../texts';
import { wordsOfSaid } from '../filter/said';
import type { Tool, Workbench } from '../tool';
import { FILE_FORMS, type FileForm, type Positions, conditions, fileAddress, hasPositions, megabytes, refusedText, tooMany } from './forms';
import '../form.css';
import './download.css';

/** How long the map must rest before features are counted anew. */
const REST_MS = 400;

export class DownloadTool implements Tool {
  readonly id = 'download';
  readonly icon = 'download';
  readonly title = 'download';
  private readonly body = element('div', { class: 'tool-form' });
  private readonly number = element('p', { class: 'download-number', attributes: { role: 'status' } });
  private readonly start = element('button', { class: 'main-action', attributes: { type: 'button', id: 'download-start' } });
  private readonly answer = element('p', { attributes: { role: 'status', id: 'download-answer' } });
  readonly element = element('section', { class: 'download tool-form' }, this.body, this.number, this.start, this.answer);
  private layer: string | null = null;
  private form: FileForm['id'] = 'xlsx';
  private inView = false;
  private byFilter = true;
  private positions: Positions = 'lonlat';
  private isOpen = false;
  private count: number | 'asking' | 'failed' = 'asking';
  private counting = 0;
  /** The filter of the layer when it was counted last. */
  private countedBy: string | null = null;
  private resting: number | undefined;
  private running: AbortController | null = null;
  private said: { text: () => string; wrong: boolean } | null = null;

  constructor(private readonly page: Workbench) {
    this.start.addEventListener('click', () => (this.running ? this.running.abort() : void this.run()));
    void page.map?.engine().then((engine) =>
      engine.on('moveend', () => {
        if (!this.isOpen || !this.inView) return;
        clearTimeout(this.resting);
        this.resting = window.setTimeout(() => void this.countFeatures(), REST_MS);
      }),
    );
    page.language.onChange(() => this.render());
    page.onLayers(() => {
      if (!this.isOpen) return;
      this.render();
      if (this.inView && this.filter() !== this.countedBy) void this.countFeatures();
    });
  }

  open(): boolean {
    this.isOpen = true;
    const on = this.page.on();
    if (this.layer === null || !this.page.content.layers.has(this.layer)) this.layer = this.firstLayer(on);
    this.said = null;
    this.render();
    void this.countFeatures();
    return false;
  }

  /** A file that is on its way goes on. */
  close(): void {
    this.isOpen = false;
  }

  private firstLayer(on: ReadonlySet<string>): string | null {
    const ids = [...this.page.content.layers.keys()];
    return ids.find((id) => on.has(id)) ?? ids[0] ?? null;
  }

  private chosen(): Layer | null {
    return this.layer === null ? null : (this.page.content.layers.get(this.layer)?.layer ?? null);
  }

  private async box(): Promise<Extent | null> {
    if (!this.inView || !this.page.map) return null;
    const bounds = (await this.page.map.engine()).getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  /** The filter by which the map shows a part of the layer. */
  private filter(): string | null {
    return (this.layer === null ? null : this.page.filters().get(this.layer)) ?? null;
  }

  private async part(): Promise<{ box: Extent | null; filter: string | null }> {
    return { box: await this.box(), filter: this.inView && this.byFilter ? this.filter() : null };
  }

  private async countFeatures(): Promise<void> {
    const layer = this.layer;
    if (layer === null) return;
    const asked = ++this.counting;
    this.countedBy = this.filter();
    this.count = 'asking';
    this.tell();
    let count: number | 'failed';
    try {
      count = await fetchCount(layer, conditions(await this.part()));
    } catch (error) {
      console.warn(error);
      count = 'failed';
    }
    if (asked !== this.counting) return;
    this.count = count;
    this.tell();
  }

  private async run(): Promise<void> {
    const layer = this.chosen();
    const { language } = this.page;
    if (!layer) return;
    const running = new AbortController();
    this.running = running;
    this.say('downloadPreparing');
    try {
      const choice = { layer: layer.id, form: this.form, ...(await this.part()), positions: this.positions };
      const { name, bytes } = await saveFile(fileAddress(choice, layer), `${layer.id}.${this.form}`, {
        signal: running.signal,
        onBytes: (received) => this.say('downloadReceived', () => ({ size: megabytes(received, language.current) })),
      });
      this.say('downloadDone', () => ({ name, size: megabytes(bytes, language.current) }));
    } catch (error) {
      if (running.signal.aborted) this.say('downloadStopped');
      else if (error instanceof ServerError) this.said = { text: () => refusedText(error, language.current), wrong: true };
      else {
        console.warn(error);
        this.said = { text: () => language.text('downloadBroken'), wrong: true };
      }
    } finally {
      this.running = null;
      this.tell();
    }
  }

  private say(key: TextKey, values: () => Record<string, string> = () => ({})): void {
    this.said = { text: () => this.page.language.text(key, values()), wrong: false };
    this.tell();
  }

  /** What is known now: the number of features, whether a file can be had, how far one has come. */
  private tell(): void {
    const { language } = this.page;
    const { count } = this;
    const refused = typeof count === 'number' ? tooMany(count, this.form, language.current) : null;
    const number = (): string => {
      if (count === 'asking') return language.text('downloadCounting');
      if (count === 'failed') return language.text('downloadUncounted');
      if (count === 0) return language.text('downloadNone');
      return refused ?? language.text('downloadCount', { count: formatNumber(count, language.current) });
    };
    const text = number();
    if (this.number.textContent !== text) this.number.textContent = text;
    this.number.classList.toggle('wrong', refused !== null);
    this.start.textContent = language.text(this.running ? 'downloadStop' : 'downloadStart');
    this.start.disabled = !this.running && (refused !== null || count === 0 || this.layer === null);
    const answer = this.said?.text() ?? '';
    if (this.answer.textContent !== answer) {
      this.answer.textContent = answer;
      this.answer.scrollIntoView({ block: 'nearest' });
    }
    this.answer.classList.toggle('wrong', this.said?.wrong ?? false);
  }

  private render(): void {
    const { language, map } = this.page;
    const layer = this.chosen();
    const focused = this.body.contains(document.activeElement) ? document.activeElement?.id : null;
    replaceContent(
      this.body,
      this.layerChoice(),
      element(
        'fieldset', {},
        element('legend', { text: language.text('downloadPart') }),
        this.radio('download-part', 'whole', language.text('downloadWhole'), !this.inView, () => this.setInView(false)),
        map ? this.radio('download-part', 'view', language.text('downloadView'), this.inView, () => this.setInView(true)) : null,
        this.inView && layer && this.filter() !== null ? this.filterChoice(layer) : null,
        element('p', { class: 'note', text: language.text(map ? 'downloadViewNote' : 'downloadMapMissing') }),
      ),
      element(
        'fieldset', { class: 'download-forms' },
        element('legend', { text: language.text('downloadForm') }),
        ...FILE_FORMS.map((form) => this.formChoice(form)),
      ),
      layer && this.form === 'csv' && hasPositions(layer) ? this.positionChoice() : null,
      layer ? this.columns(layer) : null,
    );
    if (focused) document.getElementById(focused)?.focus();
    this.tell();
  }

  private layerChoice(): HTMLElement {
    const { language, content } = this.page;
    const on = this.page.on();
    const { compare } = new Intl.Collator(language.current);
    const select = element('select', { attributes: { id: 'download-layer' } });
    const named = [...content.layers.values()]
      .map(({ layer }) => ({ id: layer.id, title: language.of(layer.title) }))
      .sort((a, b) => compare(a.title, b.title));
    for (const [key, wanted] of [['downloadLayersOn', true], ['downloadLayersOff', false]] as const) {
      const options = named.filter(({ id }) => on.has(id) === wanted)
        .map(({ id, title }) => element('option', { text: title, attributes: { value: id } }));
      if (options.length > 0) select.append(element('optgroup', { attributes: { label: language.text(key) } }, ...options));
    }
    select.value = this.layer ?? '';
    select.addEventListener('change', () => {
      this.layer = select.value;
      this.said = null;
      this.render();
      void this.countFeatures();
    });
    return element(
      'div', { class: 'field' },
      element('label', { text: language.text('downloadLayer'), attributes: { for: select.id } }), select,
    );
  }

  private setInView(inView: boolean): void {
    this.inView = inView;
    this.said = null;
    this.render();
    void this.countFeatures();
  }

  /** What the filter says, and the choice to leave it out. */
  private filterChoice(layer: Layer): HTMLElement {
    const { language } = this.page;
    const box = element('input', { attributes: { type: 'checkbox', id: 'download-filter' } });
    box.checked = this.byFilter;
    box.addEventListener('change', () => {
      this.byFilter = box.checked;
      this.said = null;
      void this.countFeatures();
    });
    const words = wordsOfSaid(this.page, layer) ?? language.text('filtered');
    return element(
      'label', { class: 'choice' }, box,
      element('span', {}, element('b', { text: language.text('downloadFiltered') }), element('span', { class: 'note', text: words })),
    );
  }

  private formChoice(form: FileForm): HTMLElement {
    const { language } = this.page;
    return this.radio('download-form', form.id, language.text(form.title), form.id === this.form, () => {
      this.form = form.id;
      this.said = null;
      this.render();
    }, language.text(form.purpose));
  }

  private positionChoice(): HTMLElement {
    const { language } = this.page;
    const choice = (id: Positions, title: TextKey): HTMLElement =>
      this.radio('download-positions', id, language.text(title), this.positions === id, () => void (this.positions = id));
    return element(
      'fieldset', {},
      element('legend', { text: language.text('downloadPositions') }),
      choice('lonlat', 'downloadLonlat'), choice('vn2000', 'downloadVn2000'),
    );
  }

  private radio(
    name: string, value: string, title: string, checked: boolean, onChoose: () => void, note?: string,
  ): HTMLElement {
    const box = element('input', { attributes: { type: 'radio', name, value, id: `${name}-${value}` } });
    box.checked = checked;
    box.addEventListener('change', onChoose);
    return element(
      'label', { class: 'choice' }, box,
      element('span', {}, element('b', { text: title }), note === undefined ? null : element('span', { class: 'note', text: note })),
    );
  }

  /** What the names of the columns stand for: a file has them as programs want them. */
  private columns(layer: Layer): HTMLElement {
    const { language } = this.page;
    const rows = layer.attributes.map(({ name, title, unit }) => [
      element('dt', { text: name }),
      element('dd', { text: unit === null ? language.of(title) : `${language.of(title)} (${formatUnit(unit, language.current)})` }),
    ]);
    return element(
      'details', { class: 'download-columns' },
      element('summary', { text: language.text('downloadColumns', { count: rows.length }), attributes: { id: 'download-columns' } }),
      element('p', { class: 'note', text: language.text('downloadColumnsNote') }),
      element('dl', {}, ...rows.flat()),
    );
  }
}
