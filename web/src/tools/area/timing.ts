/** From a click on the map to the report on screen: what comes after it waits, and how long it took can be read. */

const CLICK = 'diaban:click';
/** The name of the measure, for `performance.getEntriesByName`. */
const CLICK_TO_REPORT = 'diaban:click-to-report';
/** A page that nobody sees draws no frames. */
const FRAME_MAX_MS = 500;

/** A person has clicked, at a moment of `performance.now`. */
export function clicked(at: number): void {
  performance.mark(CLICK, { startTime: at });
}

/** Waits until what was put into the page is drawn: moving the map takes long on an old computer, and must not hold it up. */
export function onScreen(): Promise<void> {
  return new Promise((resolve) => {
    let done = false;
    const drawn = (): void => {
      if (done) return;
      done = true;
      if (performance.getEntriesByName(CLICK).length > 0) performance.measure(CLICK_TO_REPORT, CLICK);
      performance.clearMarks(CLICK);
      resolve();
    };
    // What is set behind the frame runs when it is drawn.
    requestAnimationFrame(() => setTimeout(drawn));
    setTimeout(drawn, FRAME_MAX_MS);
  });
}
