/** The drawer of quality: all layers, or one of them. Loaded when it is opened. */
import { button, element, replaceContent } from '../../dom';
import type { Workbench } from '../tool';
import { onOtherLink } from '../other_link';
import { askQuality, reason } from './asking';
import { HalfYearReport } from './half_year';
import { LayerDetail } from './layer_detail';
import { EVERY_AGENCY, overview } from './overview';
import type { LayerQuality } from './scores';
import { say } from './words';
import './quality.css';

/** In the link: the layer that is looked at, and the agency whose layers are listed. */
const LAYER_KEY = 'ql';
const AGENCY_KEY = 'qa';

export class QualityDrawer {
  readonly element = element('div', { class: 'quality-drawer' });
  private readonly halfYear = new HalfYearReport();
  private layers: readonly LayerQuality[] | null = null;
  private failed: unknown = null;
  private asking: AbortController | null = null;
  private detail: LayerDetail | null = null;
  /** Code of an agency, or all; null as long as nobody has said. */
  private agency: string | null = null;
  private isOpen = false;

  constructor(private readonly page: Workbench) {
    page.language.onChange(() => {
      if (this.isOpen) this.render();
    });
    onOtherLink(() => {
      if (this.isOpen) this.followLink();
    });
  }

  get takesClicks(): boolean {
    return this.detail?.takesClicks ?? false;
  }

  open(): void {
    this.isOpen = true;
    this.agency = this.page.said(AGENCY_KEY) ?? this.agency;
    void this.ask();
  }

  /** What lies on the map goes, and with it what the link says. */
  close(): void {
    this.isOpen = false;
    this.asking?.abort();
    this.detail?.close();
    this.detail = null;
    this.page.say(LAYER_KEY, null);
    this.page.say(AGENCY_KEY, null);
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    this.failed = null;
    this.render();
    try {
      this.layers = await askQuality(asking.signal);
    } catch (error) {
      if (asking.signal.aborted) return;
      console.warn(error);
      this.failed = error;
    }
    if (asking.signal.aborted) return;
    this.followLink();
  }

  private followLink(): void {
    this.agency = this.page.said(AGENCY_KEY) ?? this.agency;
    // What it names is looked for once the layers are there, and stays in the link until then.
    if (!this.layers) {
      this.render();
      return;
    }
    const wanted = this.page.said(LAYER_KEY);
    if (wanted === (this.detail?.layer.id ?? null)) {
      this.render();
      return;
    }
    this.look(this.layers.find(({ id }) => id === wanted) ?? null);
  }

  /** Looks at one layer; null goes back to all. */
  private look(layer: LayerQuality | null): void {
    const before = this.detail?.layer.id ?? null;
    this.detail?.close();
    this.page.say(LAYER_KEY, layer?.id ?? null);
    this.detail = layer && new LayerDetail(this.page, layer, () => this.look(null));
    this.render();
    this.element.closest('.drawer')?.scrollTo({ top: 0 });
    if (this.detail) this.detail.focus();
    else if (before !== null) document.getElementById(`quality-of-${before}`)?.focus();
  }

  private choose(code: string): void {
    this.agency = code;
    this.page.say(AGENCY_KEY, code);
    this.render();
    document.getElementById('quality-agency')?.focus();
  }

  /** Whose layers are listed: those that were asked for, else those of the caller's own agency, else all. */
  private chosen(layers: readonly LayerQuality[]): string {
    const has = (code: string | null): code is string => layers.some(({ agency }) => agency.code === code);
    const { agency } = this;
    if (agency === EVERY_AGENCY || has(agency)) return agency;
    const own = this.page.catalog.agency ?? null;
    return has(own) ? own : EVERY_AGENCY;
  }

  private render(): void {
    const { layers, detail } = this;
    const language = this.page.language.current;
    if (this.failed !== null) {
      replaceContent(
        this.element,
        element(
          'section', { attributes: { role: 'alert' } },
          element('p', { class: 'quality-trouble', text: reason(this.failed, language) }),
          button(say(language, 'retry'), () => void this.ask(), { class: 'quality-secondary' }),
        ),
      );
      return;
    }
    if (!layers) {
      replaceContent(this.element, element('section', { text: say(language, 'asking'), attributes: { role: 'status' } }));
      return;
    }
    if (detail) {
      detail.render();
      replaceContent(this.element, detail.element);
      return;
    }
    this.halfYear.render(language);
    const actions = { onAgency: (code: string) => this.choose(code), onLayer: (layer: LayerQuality) => this.look(layer) };
    replaceContent(this.element, overview(layers, this.chosen(layers), this.page.catalog.agency ?? null, language, actions), this.halfYear.element);
  }
}
