/** Whether somebody is pressing something just now. */

let isPressed = false;
globalThis.addEventListener?.('pointerdown', () => (isPressed = true), true);
for (const end of ['pointerup', 'pointercancel']) globalThis.addEventListener?.(end, () => (isPressed = false), true);

/**
 * Runs what draws buttons anew once nothing is being pressed. A field is left as soon as the pointer goes down on a
 * button; were that button replaced then, its click would go to nobody.
 */
export function afterPress(run: () => void): void {
  const soon = (): void => void setTimeout(run);
  if (isPressed) globalThis.addEventListener('pointerup', soon, { once: true });
  else soon();
}
