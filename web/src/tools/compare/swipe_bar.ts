/** The bar between two maps: drawn by the pointer or moved by keys. */
import { writtenDay } from '../../day_text';
import { element, icon } from '../../dom';
import type { LanguageChoice } from '../../language';
import { type Days, shareAfter, within } from './sides';

interface Listeners {
  /** At each step of the way. */
  readonly onMove: (share: number) => void;
  /** The bar has come to rest. */
  readonly onRest: () => void;
}

export class SwipeBar {
  readonly element = element('div', {
    class: 'swipe-bar',
    attributes: { role: 'slider', tabindex: '0', 'aria-orientation': 'horizontal', 'aria-valuemin': '0', 'aria-valuemax': '100' },
  });
  private readonly left = element('span', { class: 'swipe-side swipe-left' });
  private readonly right = element('span', { class: 'swipe-side swipe-right' });

  constructor(private share: number, private readonly language: LanguageChoice, private readonly listeners: Listeners) {
    this.element.append(this.left, element('span', { class: 'swipe-grip' }, icon('swipe')), this.right);
    this.listen();
    this.describe([null, null]);
    this.place(share);
  }

  /** Says what it is, in the chosen language, and which days its sides show. */
  describe([left, right]: Days): void {
    this.element.setAttribute('aria-label', this.language.text('compareBar'));
    this.left.textContent = left === null ? this.language.text('compareLeft') : writtenDay(left);
    this.right.textContent = right === null ? this.language.text('compareRight') : writtenDay(right);
    this.tell();
  }

  /** Puts the bar where the left side has that share of the width, in percent. */
  place(share: number): void {
    this.share = share;
    this.element.style.left = `${share}%`;
    this.tell();
  }

  private tell(): void {
    const percent = Math.round(this.share);
    this.element.setAttribute('aria-valuenow', String(percent));
    this.element.setAttribute('aria-valuetext', this.language.text('compareShare', { percent }));
  }

  private move(share: number): void {
    this.place(share);
    this.listeners.onMove(share);
  }

  private listen(): void {
    const bar = this.element;
    bar.addEventListener('keydown', (event) => {
      const share = shareAfter(event.key, this.share);
      if (share === null || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.move(share);
    });
    bar.addEventListener('keyup', (event) => {
      if (shareAfter(event.key, this.share) !== null) this.listeners.onRest();
    });
    bar.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      bar.focus({ preventScroll: true });
      bar.setPointerCapture(event.pointerId);
    });
    bar.addEventListener('pointermove', (event) => {
      const frame = bar.parentElement?.getBoundingClientRect();
      if (!frame || !bar.hasPointerCapture(event.pointerId)) return;
      this.move(within(((event.clientX - frame.left) / frame.width) * 100));
    });
    bar.addEventListener('lostpointercapture', () => this.listeners.onRest());
  }
}
