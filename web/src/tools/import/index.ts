/** The button of the import. All else is loaded when it is pressed for the first time. */
import { element, replaceContent } from '../../dom';
import { loadTrouble } from '../lazy';
import type { Tool, Workbench } from '../tool';
import type { ImportDrawer } from './drawer';

export class ImportTool implements Tool {
  readonly id = 'import';
  readonly icon = 'upload';
  readonly title = 'importTool';
  readonly element = element('div');
  private drawer: ImportDrawer | null = null;
  private isOpen = false;

  constructor(private readonly page: Workbench) {}

  /** Of a catalog of whose layers the caller may load files into one. */
  static isFor(page: Workbench): boolean {
    return page.catalog.layers.some((layer) => layer.import === true);
  }

  open(): boolean {
    this.isOpen = true;
    if (this.drawer) this.drawer.open();
    else void this.load();
    return false;
  }

  /** What is under way goes on. */
  close(): void {
    this.isOpen = false;
    this.drawer?.close();
  }

  private async load(): Promise<void> {
    const { language } = this.page;
    replaceContent(this.element, element('section', { text: language.text('importLoading'), attributes: { role: 'status' } }));
    try {
      const { ImportDrawer: Loaded } = await import('./drawer');
      this.drawer ??= new Loaded(this.page);
      replaceContent(this.element, this.drawer.element);
      if (this.isOpen) this.drawer.open();
    } catch (error) {
      console.warn(error);
      replaceContent(this.element, loadTrouble(this.page));
    }
  }
}
