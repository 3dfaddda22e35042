/** The map on paper. What draws it is loaded when it is asked for. */
import { element, replaceContent } from '../../dom';
import { loadTrouble } from '../lazy';
import type { Tool, Workbench } from '../tool';
import type { PrintDrawer } from './drawer';

export class PrintTool implements Tool {
  readonly id = 'print';
  readonly icon = 'print';
  readonly title = 'print';
  readonly element = element('section', { class: 'print' });
  private drawer: PrintDrawer | null = null;
  private isOpen = false;

  constructor(private readonly page: Workbench) {
    page.language.onChange(() => {
      if (!page.map && this.isOpen) this.sayMissing();
    });
  }

  open(): boolean {
    this.isOpen = true;
    void this.start();
    return false;
  }

  close(): void {
    this.isOpen = false;
    this.drawer?.close();
  }

  private async start(): Promise<void> {
    const { map } = this.page;
    if (!map) {
      this.sayMissing();
      return;
    }
    try {
      const [{ PrintDrawer: Drawer }, engine] = await Promise.all([import('./drawer'), map.engine()]);
      this.drawer ??= new Drawer(this.page, engine, this.element);
      if (this.isOpen) this.drawer.open();
    } catch (error) {
      console.warn(error);
      replaceContent(this.element, loadTrouble(this.page));
    }
  }

  private sayMissing(): void {
    this.element.textContent = this.page.language.text('webglMissing');
  }
}
