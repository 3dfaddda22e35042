/** The button of the area tool. All else is loaded when it is pressed for the first time. */
import { element, replaceContent } from '../../dom';
import { loadTrouble } from '../lazy';
import type { Tool, Workbench } from '../tool';
import type { AreaDrawer } from './drawer';

export class AreaTool implements Tool {
  readonly id = 'area';
  readonly icon = 'area';
  readonly title = 'areaTool';
  readonly element = element('div', { attributes: { 'aria-live': 'off' } });
  private drawer: AreaDrawer | null = null;
  private isOpen = false;

  constructor(private readonly page: Workbench) {}

  /** Asked anew for each click: while a report is read, the map tells of its features again. */
  get takesClicks(): boolean {
    return this.drawer?.takesClicks ?? true;
  }

  open(): boolean {
    this.isOpen = true;
    if (this.drawer) this.drawer.open();
    else void this.load();
    return true;
  }

  close(): void {
    this.isOpen = false;
    this.drawer?.close();
  }

  private async load(): Promise<void> {
    const { language } = this.page;
    replaceContent(this.element, element('section', { text: language.text('areaLoading'), attributes: { role: 'status' } }));
    try {
      const { AreaDrawer: Loaded } = await import('./drawer');
      this.drawer ??= new Loaded(this.page);
      replaceContent(this.element, this.drawer.element);
      if (this.isOpen) this.drawer.open();
    } catch (error) {
      console.warn(error);
      replaceContent(this.element, loadTrouble(this.page));
    }
  }
}
