/**
 * Gives the browser's print window a sheet and nothing else of the page. It does so for whoever prints by the
 * browser's menu while the tool is open, too.
 */
import { element } from '../../dom';
import { fitLegend } from './sheet_view';
import type { Language } from '../../catalog';

/** On the root element while a sheet is there to be printed. */
const PRINTS_SHEET = 'prints-sheet';

export class SheetOnPaper {
  private holder: HTMLElement | null = null;
  private readonly pageSize = element('style');
  private readonly before = (): void => void this.lay();
  private readonly after = (): void => this.clear();

  /** `view` makes the sheet as it is now; null where there is none yet. */
  constructor(private readonly view: () => HTMLElement | null) {}

  /** Whether the browser's own print command prints the sheet. */
  follow(does: boolean): void {
    if (does) {
      window.addEventListener('beforeprint', this.before);
      window.addEventListener('afterprint', this.after);
      return;
    }
    window.removeEventListener('beforeprint', this.before);
    window.removeEventListener('afterprint', this.after);
    this.clear();
  }

  async print(): Promise<void> {
    const holder = this.lay();
    // A picture that is not decoded yet would be missing from the paper.
    await holder?.querySelector('img')?.decode();
    window.print();
  }

  private lay(): HTMLElement | null {
    if (this.holder) return this.holder;
    const sheet = this.view();
    if (!sheet) return null;
    const { paper = 'a4', turn = 'landscape' } = sheet.dataset;
    this.pageSize.textContent = `@page { size: ${paper.toUpperCase()} ${turn}; margin: 0; }`;
    document.head.append(this.pageSize);
    this.holder = element('div', { class: 'print-sheet', attributes: { 'aria-hidden': 'true' } }, sheet);
    document.body.append(this.holder);
    document.documentElement.classList.add(PRINTS_SHEET);
    fitLegend(sheet, sheet.lang as Language);
    return this.holder;
  }

  private clear(): void {
    this.holder?.remove();
    this.holder = null;
    this.pageSize.remove();
    document.documentElement.classList.remove(PRINTS_SHEET);
  }
}
