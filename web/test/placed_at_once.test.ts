import type { Style } from 'maplibre-gl';
import { describe, expect, it } from 'vitest';
import { placeAtOnce } from '../src/placed_at_once';

/** As MapLibre's style does it: labels that are new make what is placed stale, placed in one go or not. */
class PlacingStyle {
  placement = { stale: false };
  pauseablePlacement = { isDone: () => this.isDone };
  isDone = true;
  hasNew = true;
  placings = 0;

  _updatePlacement(_transform: unknown, _boxes: boolean, fadeDuration: number): boolean {
    if (fadeDuration === 0 && this.isDone) {
      this.placings += 1;
      this.placement = { stale: this.hasNew };
      this.hasNew = false;
    } else if (this.hasNew) this.placement.stale = true;
    return !this.isDone || this.placement.stale;
  }
}

function placing(): { own: PlacingStyle; place: (fadeDuration: number) => boolean } {
  const own = new PlacingStyle();
  const style = own as unknown as Style;
  placeAtOnce(style);
  placeAtOnce(style);
  return { own, place: (fadeDuration) => style._updatePlacement(null as never, false, fadeDuration, true) };
}

describe('labels placed at once', () => {
  it('need no second frame, as they do without this', () => {
    expect(new PlacingStyle()._updatePlacement(null, false, 0)).toBe(true);
    const { own, place } = placing();
    expect([place(0), own.placement.stale, own.placings]).toEqual([false, false, 1]);
  });
  it('go on over frames where that has begun', () => {
    const { own, place } = placing();
    own.isDone = false;
    expect([place(0), own.placement.stale]).toEqual([true, true]);
  });
  it('are left to MapLibre where they fade', () => {
    const { own, place } = placing();
    expect([place(300), own.placement.stale]).toEqual([true, true]);
  });
});
