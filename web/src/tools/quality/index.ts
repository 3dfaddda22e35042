/** The button of the quality tool. All else is loaded when it is pressed for the first time. */
import { element, replaceContent } from '../../dom';
import { loadTrouble } from '../lazy';
import type { Tool, Workbench } from '../tool';
import type { QualityDrawer } from './drawer';

export class QualityTool implements Tool {
  readonly id = 'quality';
  readonly icon = 'check';
  readonly title = 'qualityTool';
  readonly element = element('div', { class: 'quality' });
  private drawer: QualityDrawer | null = null;
  private isOpen = false;

  constructor(private readonly page: Workbench) {}

  /** A click on a dot is the tool's; others tell of features. */
  get takesClicks(): boolean {
    return this.drawer?.takesClicks ?? false;
  }

  open(): boolean {
    this.isOpen = true;
    if (this.drawer) this.drawer.open();
    else void this.load();
    return false;
  }

  close(): void {
    this.isOpen = false;
    this.drawer?.close();
  }

  private async load(): Promise<void> {
    const { language } = this.page;
    replaceContent(this.element, element('section', { text: language.text('qualityLoading'), attributes: { role: 'status' } }));
    try {
      const { QualityDrawer: Loaded } = await import('./drawer');
      this.drawer ??= new Loaded(this.page);
      replaceContent(this.element, this.drawer.element);
      if (this.isOpen) this.drawer.open();
    } catch (error) {
      console.warn(error);
      replaceContent(this.element, loadTrouble(this.page));
    }
  }
}
