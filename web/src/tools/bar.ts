/** The bar of tools on the map, and the drawer in which the one that is open stands. */
import { element, icon, iconButton, replaceContent } from '../dom';
import type { LanguageChoice } from '../language';
import type { Tool } from './tool';
import './bar.css';

/** Which of `count` buttons a key leads to from one of them; null where it is no such key. */
export function next(key: string, from: number, count: number): number | null {
  if (from < 0) return null;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (key === 'ArrowDown' || key === 'ArrowRight') return (from + 1) % count;
  return key === 'ArrowUp' || key === 'ArrowLeft' ? (from + count - 1) % count : null;
}

export class ToolBar {
  readonly bar = element('div', { class: 'tool-bar', attributes: { role: 'toolbar' } });
  readonly drawer = element('aside', { class: 'drawer', attributes: { id: 'drawer', tabindex: '-1' } });
  private current: Tool | null = null;
  private ownsClicks = false;

  constructor(
    private readonly tools: readonly Tool[],
    private readonly language: LanguageChoice,
    private readonly onChange: (open: string | null) => void,
  ) {
    this.drawer.hidden = true;
    this.drawer.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.defaultPrevented) this.close();
    });
    this.bar.addEventListener('keydown', (event) => this.walk(event));
    language.onChange(() => this.render());
    this.render();
  }

  /** Arrows lead from button to button, as in any bar of tools. */
  private walk(event: KeyboardEvent): void {
    // With these keys an arrow is the browser's: back, forward, to the end of the page.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const buttons = [...this.bar.querySelectorAll('button')];
    const to = next(event.key, buttons.findIndex((one) => one === document.activeElement), buttons.length);
    if (to === null) return;
    event.preventDefault();
    buttons[to]?.focus();
  }

  /** Id of the tool that is open. */
  get open(): string | null {
    return this.current?.id ?? null;
  }

  /** Whether a click on the map is the open tool's. */
  get takesClicks(): boolean {
    return this.current?.takesClicks ?? this.ownsClicks;
  }

  /** Opens a tool, in place of the one that is open; null closes that. */
  show(id: string | null): void {
    const wanted = this.tools.find((tool) => tool.id === id) ?? null;
    if (wanted === this.current) return;
    this.current?.close();
    this.current = wanted;
    this.drawer.hidden = wanted === null;
    this.render();
    this.ownsClicks = wanted?.open() ?? false;
    if (wanted) this.drawer.focus({ preventScroll: true });
    this.onChange(this.open);
  }

  private close(): void {
    const last = this.current?.id;
    this.show(null);
    if (last) document.getElementById(`tool-${last}`)?.focus();
  }

  private render(): void {
    const { language, current } = this;
    const focused = this.bar.contains(document.activeElement) ? document.activeElement?.id : null;
    this.bar.hidden = this.tools.length === 0;
    this.bar.setAttribute('aria-label', language.text('tools'));
    replaceContent(this.bar, ...this.tools.map((tool) => this.button(tool)));
    if (focused) document.getElementById(focused)?.focus();
    if (!current) {
      this.drawer.replaceChildren();
      return;
    }
    this.drawer.setAttribute('aria-label', language.text(current.title));
    replaceContent(
      this.drawer,
      element(
        'header', { class: 'panel-header' },
        element('h2', { text: language.text(current.title) }),
        iconButton(icon('close'), language.text('close'), () => this.close(), 'icon-button'),
      ),
      current.element,
    );
  }

  private button(tool: Tool): HTMLButtonElement {
    const pressed = tool === this.current;
    const title = this.language.text(tool.title);
    const made = element(
      'button',
      {
        class: 'tool-button', onClick: () => this.show(pressed ? null : tool.id),
        attributes: { type: 'button', id: `tool-${tool.id}`, 'aria-pressed': String(pressed), 'aria-controls': 'drawer', title },
      },
      icon(tool.icon),
      element('span', { text: title }),
    );
    return made;
  }
}
