/** A tool whose code is loaded when it is opened, or when the link says something of its own: a first view needs none of it. */
import { button, element, replaceContent } from '../dom';
import type { TextKey } from '../texts';
import { onOtherLink } from './other_link';
import type { Tool, Workbench } from './tool';
import './form.css';

/** What is known of a tool before it is loaded. */
interface Announced extends Pick<Tool, 'id' | 'icon' | 'title'> {
  /** Keys of the link that are its own. */
  readonly keys: readonly string[];
  /** Whether a click on the map is the tool's while it is being loaded. */
  readonly takesClicks?: boolean;
  readonly load: (page: Workbench) => Promise<Opened>;
}

/** What is loaded: a tool, or a drawer for one. Where it takes clicks now and then, `takesClicks` says so of each. */
interface Opened extends Pick<Tool, 'element' | 'close' | 'takesClicks'> {
  open(): boolean | void;
}

/**
 * That the code of a tool did not come, with a way on: browsers keep that a piece did not come until the page is loaded
 * anew, and the link opens the tool again.
 */
export function loadTrouble({ language }: Pick<Workbench, 'language'>): HTMLElement {
  const said = element('p');
  const again = button('', () => location.reload(), { class: 'main-action' });
  const write = (): void => {
    said.textContent = language.text('toolLoadFailed');
    again.textContent = language.text('reload');
  };
  language.onChange(write);
  write();
  return element('section', { class: 'tool-form', attributes: { role: 'alert' } }, said, again);
}

export class LazyTool implements Tool {
  readonly id: string;
  readonly icon: Tool['icon'];
  readonly title: TextKey;
  readonly element = element('div', { class: 'lazy-tool' });
  private tool: Opened | null = null;
  private loading: Promise<void> | null = null;
  private isOpen = false;
  /** Whether a click on the map is the tool's, as it said when it was opened. */
  private ownsClicks = false;

  constructor(private readonly page: Workbench, private readonly announced: Announced) {
    ({ id: this.id, icon: this.icon, title: this.title } = announced);
    this.follow();
    onOtherLink(() => this.follow());
  }

  get takesClicks(): boolean {
    return this.tool?.takesClicks ?? this.ownsClicks;
  }

  open(): boolean {
    this.isOpen = true;
    this.ownsClicks = this.announced.takesClicks ?? false;
    if (this.tool) this.ownsClicks = this.tool.open() ?? false;
    else void this.loaded();
    return this.takesClicks;
  }

  close(): void {
    this.isOpen = false;
    this.ownsClicks = false;
    this.tool?.close();
  }

  private follow(): void {
    if (!this.tool && this.announced.keys.some((key) => this.page.said(key) !== null)) void this.loaded();
  }

  private loaded(): Promise<void> {
    this.loading ??= this.load().finally(() => (this.loading = null));
    return this.loading;
  }

  private async load(): Promise<void> {
    const { language } = this.page;
    replaceContent(this.element, element('p', { text: language.text('toolLoading'), attributes: { role: 'status' } }));
    try {
      const tool = await this.announced.load(this.page);
      this.tool = tool;
      replaceContent(this.element, tool.element);
      if (this.isOpen) this.ownsClicks = tool.open() ?? false;
    } catch (error) {
      console.warn(error);
      replaceContent(this.element, loadTrouble(this.page));
    }
  }
}
