/** Messages about what went wrong, in plain words, with a way on. One of each kind at a time. */
import { button, element, icon, iconButton } from './dom';
import type { LanguageChoice } from './language';

export interface Notice {
  /** Said anew in each language. */
  readonly text: () => string;
  readonly retry?: () => void;
  /** What its button says, where that is not "try again". */
  readonly retryText?: () => string;
}

export class Notices {
  readonly element = element('div', { class: 'notices', attributes: { role: 'alert' } });
  private readonly shown = new Map<string, Notice>();

  constructor(private readonly language: LanguageChoice) {
    language.onChange(() => this.render());
  }

  show(kind: string, notice: Notice): void {
    this.shown.set(kind, notice);
    this.render();
  }

  hide(kind: string): void {
    if (this.shown.delete(kind)) this.render();
  }

  private render(): void {
    this.element.replaceChildren(
      ...[...this.shown].map(([kind, { text, retry, retryText }]) =>
        element(
          'div', { class: 'notice', attributes: { 'data-kind': kind } },
          element('p', { text: text() }),
          retry
            ? button(retryText?.() ?? this.language.text('retry'), () => {
                this.hide(kind);
                retry();
              })
            : null,
          iconButton(icon('close'), this.language.text('dismiss'), () => this.hide(kind), 'icon-button'),
        ),
      ),
    );
  }
}
