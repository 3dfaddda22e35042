/** How long it takes from a click on the map to the report, for whoever measures: `performance.getEntriesByName`. */

const CLICK = 'diaban:click';
/** The name of the measure. */
export const CLICK_TO_REPORT = 'diaban:click-to-report';

/** A person has clicked. */
export function clicked(at: number): void {
  performance.mark(CLICK, { startTime: at });
}

/** The report that was asked for by the click is on screen with the next frame. */
export function shown(): void {
  if (performance.getEntriesByName(CLICK).length === 0) return;
  requestAnimationFrame(() => {
    // Behind the frame itself.
    setTimeout(() => {
      if (performance.getEntriesByName(CLICK).length === 0) return;
      performance.measure(CLICK_TO_REPORT, CLICK);
      performance.clearMarks(CLICK);
    });
  });
}
