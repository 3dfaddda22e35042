/** The drawer of the import: a file from its choice to the load and its undoing. Loaded with the first use. */
import { ServerError } from '../../api';
import { canBeRead } from '../../chosen_file';
import { button, element, replaceContent } from '../../dom';
import { formatNumber } from '../../format';
import { fileLink } from '../../save_file';
import type { Workbench } from '../tool';
import { beginStep, fetchAllowed, fetchFile, fileAddress, removeFile, sendFile } from './calls';
import { type Choices, chosenTwice, missing, noChoices, readWith, wishes } from './choices';
import { type Doubt, type Step, hasBegun } from './doubt';
import { fileStep, pickTrouble } from './file_step';
import { Marks } from './marks';
import { modeStep } from './mode_step';
import { outcomeView } from './outcome';
import { archive, deliveryOf } from './pack';
import { takenFor, titleOf, troubleView } from './taken_for';
import type { Allowed, Look, Report, SentFile, Trouble } from './told';
import { isAsked, isFinal, refusalWord, stepRefusalWord } from './trouble';
import { type Word, word } from './words';
import '../form.css';
import './import.css';

/** How often it is asked how far it has come: soon at first, for most files are small. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2_000;

export class ImportDrawer {
  private readonly body = element('div', { class: 'import' });
  private readonly said = element('p', { attributes: { role: 'status', 'aria-live': 'polite', id: 'import-said' } });
  readonly element = element('section', { class: 'tool-form import-drawer' }, this.body, this.said);
  private readonly marks: Marks;
  private layer: string;
  private allowed: Allowed | null = null;
  private file: SentFile | null = null;
  private choices: Choices = noChoices();
  /** The choices that the report on the screen was made with; empty where there is none, null where nobody knows them any more. */
  private rehearsedWith: string | null = '';
  /** A step is being asked for: a second one would be refused. */
  private beginning = false;
  /** A step of which no answer came. */
  private doubt: Doubt | null = null;
  private sending: { stop: AbortController; name: string; share: number } | null = null;
  private trouble: (() => string) | null = null;
  private isOpen = false;
  private asking = 0;
  /** Id of what had the focus when it was drawn away, such as the button of a step that is under way; empty where that has none. */
  private lost: string | null = null;

  constructor(private readonly page: Workbench) {
    this.marks = new Marks(page.map);
    const on = page.on();
    const own = page.catalog.layers.filter((layer) => layer.import === true).map(({ id }) => id);
    this.layer = own.find((id) => on.has(id)) ?? own[0] ?? '';
    page.language.onChange(() => this.render());
  }

  open(): void {
    this.isOpen = true;
    this.render();
    if (this.allowed === null) void this.ask();
    else if (this.file?.working) void this.follow();
    void this.marks.show(this.report()?.findings ?? []);
  }

  close(): void {
    this.isOpen = false;
    void this.marks.show([]);
  }

  private say(key: Word, values?: Record<string, string | number>): string {
    return word(this.page.language.current, key, values);
  }

  private title(): string {
    const layer = this.page.catalog.layers.find(({ id }) => id === this.layer);
    return layer ? this.page.language.of(layer.title) : this.layer;
  }

  /** What may be done with the layer, and which files of the caller are there. */
  private async ask(): Promise<void> {
    const layer = this.layer;
    try {
      const allowed = await fetchAllowed(layer);
      if (layer !== this.layer) return;
      [this.allowed, this.trouble] = [allowed, null];
      if (!allowed.allowed) this.trouble = () => this.say('notAllowed', { reason: allowed.reason });
    } catch (error) {
      this.fail(error);
    }
    this.render();
  }

  private fail(error: unknown, words = refusalWord): void {
    console.warn(error);
    const known = error instanceof ServerError ? error : null;
    const key = words(known?.failure ?? null, known?.status ?? null);
    this.trouble = () => this.say(key, { detail: known?.says(this.page.language.current) ?? String(known?.status ?? '') });
    if (known?.status === 404) this.file = null;
  }

  private choose(layer: string): void {
    this.layer = layer;
    [this.allowed, this.file, this.choices, this.trouble] = [null, null, noChoices(), null];
    void this.marks.show([]);
    this.render();
    void this.ask();
  }

  /** Takes what was dropped or chosen. */
  private async take(files: readonly File[]): Promise<void> {
    const max = this.allowed?.bytesMax ?? 0;
    const wrong = pickTrouble(files, max);
    if (wrong) {
      const { layer } = this;
      this.trouble = () => wrong(this.page.language.current, layer);
      return this.render();
    }
    const delivery = deliveryOf(files.map(({ name }) => name));
    const [first] = files;
    if (!first || delivery.kind === 'several' || delivery.kind === 'none') return;
    const name = delivery.kind === 'parts' ? delivery.name : first.name;
    const stop = new AbortController();
    this.rehearsedWith = '';
    [this.sending, this.trouble, this.file, this.choices] = [{ stop, name, share: 0 }, null, null, noChoices()];
    void this.marks.show([]);
    this.render();
    try {
      const blob = delivery.kind === 'parts' ? await packed(files) : first;
      const onPart = (share: number): void => {
        if (this.sending) this.sending.share = share;
        this.tell();
      };
      this.file = await sendFile(this.layer, name, blob, { signal: stop.signal, onPart });
    } catch (error) {
      if (stop.signal.aborted) this.trouble = () => this.say('stopped');
      else if (!(await canBeRead(files))) this.trouble = () => this.say('fileChanged', { name });
      else this.fail(error);
    }
    this.sending = null;
    this.render();
    if (this.file) void this.follow();
  }

  /** Asks until nothing is being done with the file. */
  private async follow(): Promise<void> {
    const asking = ++this.asking;
    for (let wait = FIRST_WAIT_MS; this.isOpen && asking === this.asking && this.file?.working; wait = Math.min(wait * 1.4, LONGEST_WAIT_MS)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const { file, layer } = this;
      if (!file) return;
      try {
        const now = await fetchFile(layer, file.id);
        if (asking !== this.asking) return;
        [this.file, this.trouble] = [now, null];
        this.settle(now);
      } catch (error) {
        if (asking !== this.asking) return;
        // What is under way goes on there, whether or not it can be asked for.
        if (error instanceof ServerError && error.failure === 'away') this.trouble = () => this.say('lost');
        else this.fail(error);
      }
      this.tell();
    }
    if (asking !== this.asking || this.file?.working) return;
    this.render();
    this.land();
    void this.marks.show(this.report()?.findings ?? []);
  }

  /** Says of a step without an answer that nothing came of it, or goes on as if the answer had come. */
  private settle(now: SentFile): void {
    const { doubt } = this;
    this.doubt = null;
    if (!doubt) return;
    if (!hasBegun(doubt, now)) this.trouble = () => this.say('away');
    else if (doubt.step === 'rehearsal') this.rehearsedWith = doubt.chosen;
  }

  private async begin(step: Step): Promise<void> {
    const { file, layer } = this;
    if (!file || file.working || this.beginning) return;
    this.beginning = true;
    const chosen = step === 'undo' ? {} : wishes(this.choices, this.page.language.current);
    const read = readWith(this.choices);
    try {
      [this.trouble, this.doubt] = [null, null];
      this.file = await beginStep(layer, file.id, step, chosen);
      if (step === 'rehearsal') this.rehearsedWith = read;
    } catch (error) {
      // It may have begun all the same: that is asked for, before anything is said of it.
      if (error instanceof ServerError && error.failure === 'away') {
        this.file = { ...file, working: { step, phase: '', rows: 0, of: null } };
        this.doubt = { step, before: file, chosen: read };
        if (step === 'rehearsal') this.rehearsedWith = '';
      } else this.fail(error, stepRefusalWord);
    }
    this.beginning = false;
    this.render();
    if (this.file) void this.follow();
  }

  private look(): Look | null {
    return this.file?.look && 'is' in this.file.look ? this.file.look.is : null;
  }

  private report(): Report | null {
    const { file } = this;
    const last = file?.load ?? file?.rehearsal ?? null;
    return last && 'is' in last ? last.is : null;
  }

  /** What is going on, said without drawing anything anew. */
  private tell(): void {
    const text = this.trouble?.() ?? this.goingOn() ?? '';
    if (this.said.textContent !== text) this.said.textContent = text;
    this.said.classList.toggle('wrong', this.trouble !== null);
    const bar = this.body.querySelector('progress');
    const working = this.file?.working;
    const share = this.sending ? this.sending.share : working?.of ? working.rows / working.of : null;
    if (bar && share !== null) bar.value = Math.min(share, 1);
  }

  private goingOn(): string | null {
    const { language } = this.page;
    if (this.sending) {
      const percent = formatNumber(Math.floor(this.sending.share * 100), language.current);
      return this.say('sending', { name: this.sending.name, percent });
    }
    const working = this.file?.working;
    if (!working) return null;
    const number = (value: number): string => formatNumber(value, language.current);
    if (working.step === 'undo') return this.say('undoing');
    if (working.step === 'look') return this.say('looking');
    if (working.phase === 'loading') return this.say('writing');
    if (working.phase !== 'reading') return this.say('waiting');
    return working.of === null
      ? this.say('reading', { rows: number(working.rows) })
      : this.say('readingOf', { rows: number(working.rows), of: number(working.of) });
  }

  private render(): void {
    const { activeElement } = document;
    const focused = this.element.contains(activeElement) ? (activeElement?.id ?? null) : activeElement === document.body ? this.lost : null;
    const { allowed } = this;
    const busy = this.sending !== null || (this.file?.working ?? null) !== null;
    replaceContent(
      this.body,
      ...fileStep({
        page: this.page, layer: this.layer, allowed, file: this.file, isSending: this.sending !== null,
        onLayer: (layer) => this.choose(layer), onFiles: (files) => void this.take(files), onStop: () => this.sending?.stop.abort(),
        onResume: (file) => this.resume(file), onRemove: (file) => void this.remove(file), onAnother: () => this.another(),
      }),
      busy ? element('div', {}, element('progress', { attributes: { max: '1', 'aria-labelledby': 'import-said' } }), this.sending ? null : element('p', { class: 'note', text: this.say('mayClose') })) : null,
      ...(busy || !this.file || !allowed ? [] : this.steps(this.file, allowed)),
    );
    const again = focused ? document.getElementById(focused) : null;
    again?.focus({ preventScroll: true });
    this.lost = focused !== null && document.activeElement !== again ? focused : null;
    this.tell();
  }

  /** Where the focus goes on after a step whose button is no more. */
  private land(): void {
    if (!this.isOpen || this.lost === null || document.activeElement !== document.body) return;
    const headings = this.body.querySelectorAll<HTMLElement>('section h3[tabindex]');
    (headings[headings.length - 1] ?? this.body.querySelector<HTMLElement>('#import-layer'))?.focus();
    this.lost = null;
  }

  private resume(file: SentFile): void {
    [this.file, this.choices, this.trouble, this.doubt] = [file, noChoices(), null, null];
    // What was chosen for it went with the page that it was sent from.
    this.rehearsedWith = file.rehearsal || file.working ? null : '';
    this.render();
    if (file.working) void this.follow();
    else this.land();
    void this.marks.show(this.report()?.findings ?? []);
  }

  private async remove(file: SentFile): Promise<void> {
    try {
      await removeFile(this.layer, file.id);
    } catch (error) {
      this.fail(error);
      this.render();
      return;
    }
    await this.ask();
    this.land();
  }

  private another(): void {
    [this.file, this.choices, this.trouble, this.allowed] = [null, noChoices(), null, null];
    void this.marks.show([]);
    this.render();
    void this.ask().then(() => this.land());
  }

  private steps(file: SentFile, allowed: Allowed): Array<HTMLElement | null> {
    if (file.run !== null || (file.undo && 'is' in file.undo)) return [this.result(file)];
    const look = this.look();
    return [this.lookStep(file, look, allowed), look ? this.rehearsalStep(file, look) : null, this.loadStep(file)];
  }

  private lookStep(file: SentFile, look: Look | null, allowed: Allowed): HTMLElement {
    const failed = file.look && 'trouble' in file.look ? [file.look.trouble] : [];
    const late = file.rehearsal && 'trouble' in file.rehearsal ? [file.rehearsal.trouble].filter((one) => isAsked(one) || !look) : [];
    // What a dry run cannot tell is chosen where the look has asked for it, too; said once.
    const all: Trouble[] = [...failed, ...(look?.troubles ?? []), ...late];
    const troubles = all.filter((one, at) => all.findIndex(({ reason }) => reason.en === one.reason.en) === at);
    const onChoice = (anew: boolean): void => {
      if (anew) void this.begin('look');
      else this.render();
    };
    const parts = takenFor({ look, troubles, name: file.name, allowed, choices: this.choices, language: this.page.language, onChoice });
    const heading = element('h3', { text: this.say('step2'), attributes: { tabindex: '-1' } });
    const ways = look ? null : element('div', { class: 'import-actions' }, ...this.waysOn(failed));
    return element('section', { attributes: { id: 'import-taken-for' } }, heading, ...parts, ways);
  }

  /** Out of a look that told nothing: without what was chosen, once more, or with another file. */
  private waysOn(failed: readonly Trouble[]): HTMLElement[] {
    const hasChosen = readWith(this.choices) !== readWith(noChoices());
    const look = (): void => {
      this.choices = noChoices();
      void this.begin('look');
    };
    const again = hasChosen ? button(this.say('dropChoices'), look, { class: 'import-second', attributes: { id: 'import-drop-choices' } })
      : failed.some(isFinal) ? null
        : button(this.say('lookAgain'), look, { class: 'import-second', attributes: { id: 'import-look-again' } });
    const other = button(this.say('another'), () => this.another(), { class: 'main-action', attributes: { id: 'import-another' } });
    return failed.some(isFinal) ? [other, again].filter((one) => one !== null) : again ? [again] : [];
  }

  private rehearsalStep(file: SentFile, look: Look): HTMLElement {
    const { language } = this.page;
    const without = missing(this.choices, look);
    const twice = chosenTwice(this.choices);
    const titles = (names: readonly string[]): string => names.map((name) => titleOf(look, name, language)).join(', ');
    const start = button(this.say(file.rehearsal ? 'rehearseAgain' : 'rehearse'), () => void this.begin('rehearsal'), {
      class: 'main-action', attributes: { id: 'import-rehearse' },
    });
    start.disabled = without.length > 0 || twice.length > 0;
    const report = file.rehearsal && 'is' in file.rehearsal ? file.rehearsal.is : null;
    const refused = file.load && 'is' in file.load ? file.load.is : null;
    const show = (place: readonly [number, number]): void => this.marks.goTo(place);
    const told = refused ?? report;
    // Beside the button, where one looks then; what asks for a choice stands with what may be chosen.
    const failed = file.rehearsal && 'trouble' in file.rehearsal && !isAsked(file.rehearsal.trouble) ? file.rehearsal.trouble : null;
    return element(
      'section', { attributes: { id: 'import-rehearsal' } },
      element('h3', { text: this.say('step3') }),
      ...modeStep(this.choices, look, language, () => this.render()),
      without.length > 0 ? element('p', { class: 'import-trouble', text: this.say('missing', { attributes: titles(without) }) }) : null,
      ...twice.map(({ column, attributes }) => element('p', { class: 'import-trouble', text: this.say('chosenTwice', { column, attributes: titles(attributes) }) })),
      failed ? troubleView(failed, { language, name: file.name }) : null,
      element('div', { class: 'import-actions' }, start),
      told || failed ? null : element('p', { class: 'note', text: this.say('rehearseNote') }),
      ...(told ? outcomeView(told, { name: file.name, attributes: look.attributes }, language, show) : []),
      told && told.refused > 0 ? this.refusedLink(file) : null,
    );
  }

  private refusedLink(file: SentFile): HTMLElement {
    const link = fileLink(this.say('refusedFile'), `${fileAddress(this.layer, file.id)}/refused`, `${file.name}.refused`, this.page.language);
    return element('p', {}, link);
  }

  private loadStep(file: SentFile): HTMLElement | null {
    const report = file.rehearsal && 'is' in file.rehearsal ? file.rehearsal.is : null;
    if (!report) return null;
    const { choices } = this;
    const number = (value: number): string => formatNumber(value, this.page.language.current);
    const isLost = this.rehearsedWith === null;
    const isStale = isLost || (this.rehearsedWith !== '' && readWith(choices) !== this.rehearsedWith);
    const tick = (id: string, text: string, checked: boolean, onChange: (on: boolean) => void): HTMLElement => {
      const box = element('input', { attributes: { type: 'checkbox', id } });
      box.checked = checked;
      box.addEventListener('change', () => {
        onChange(box.checked);
        this.render();
      });
      return element('label', { class: 'import-choice' }, box, element('span', { text }));
    };
    const failed = file.load && 'trouble' in file.load ? file.load.trouble : null;
    const wrong = report.refused;
    const start = button(this.say('load'), () => void this.begin('load'), { class: 'main-action', attributes: { id: 'import-load' } });
    start.disabled = isStale || (wrong > 0 && choices.leaveOut !== wrong) || report.read === wrong;
    return element(
      'section', { attributes: { id: 'import-loading' } },
      element('h3', { text: this.say('step4') }),
      isStale ? element('p', { class: 'import-trouble', text: this.say(isLost ? 'choicesLost' : 'stale') }) : null,
      wrong > 0 ? element('p', { text: this.say('refusedOutcome', { refused: number(wrong), read: number(report.read) }) }) : null,
      wrong > 0 && wrong < report.read
        ? tick('import-without', this.say('without', { good: number(report.read - wrong), refused: number(wrong) }), choices.leaveOut === wrong,
          (on) => void (choices.leaveOut = on ? wrong : null))
        : null,
      failed && failed.kind !== 'deletes_most' ? troubleView(failed, { language: this.page.language, name: file.name }) : null,
      failed?.kind === 'deletes_most'
        ? tick('import-deletes', this.say('deletesMost', { gone: number(failed.gone), held: number(failed.held) }), choices.deleteMost,
          (on) => void (choices.deleteMost = on))
        : null,
      element('div', { class: 'import-actions' }, start),
    );
  }

  /** It is loaded, or taken back again. */
  private result(file: SentFile): HTMLElement {
    const { language } = this.page;
    const report = file.load && 'is' in file.load ? file.load.is : null;
    const undone = file.undo && 'is' in file.undo ? file.undo.is : null;
    const failed = file.undo && 'trouble' in file.undo ? file.undo.trouble : null;
    const show = (place: readonly [number, number]): void => this.marks.goTo(place);
    const number = (value: number): string => formatNumber(value, language.current);
    const run = file.run;
    const back = (): string => (undone ? this.say('undone', { removed: number(undone.removed), back: number(undone.back), run: undone.run }) : '');
    return element(
      'section', { attributes: { id: 'import-result' } },
      element('h3', { text: run === null ? back() : this.say('loaded', { layer: this.title(), run }), attributes: { tabindex: '-1' } }),
      ...(report && run !== null ? outcomeView(report, { name: file.name, attributes: this.look()?.attributes ?? [] }, language, show) : []),
      report && run !== null && report.refused > 0 ? this.refusedLink(file) : null,
      failed ? troubleView(failed, { language, name: file.name }) : null,
      run === null ? null : element('p', { class: 'note', text: this.say('undoLater', { run }) }),
      element(
        'div', { class: 'import-actions' },
        run === null ? null : button(this.say('undo'), () => void this.begin('undo'), { class: 'import-second', attributes: { id: 'import-undo' } }),
        button(this.say('another'), () => this.another(), { class: 'import-second', attributes: { id: 'import-another' } }),
      ),
    );
  }
}

async function packed(files: readonly File[]): Promise<Blob> {
  const parts = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
  return new Blob(archive(parts) as BlobPart[]);
}
