/**
 * Labels placed whole within a frame need no second frame. MapLibre spreads the placing of labels over frames, and so
 * takes labels that are placed to be stale when new ones have come; where nothing fades, it places all in one go, the
 * new ones among them, and would still draw the same picture again. Knows MapLibre's style alone.
 */
import type { Style } from 'maplibre-gl';

const seen = new WeakSet<Style>();

/** Ends the second frame of each placing of this style, once and for all. Where labels fade nothing is changed. */
export function placeAtOnce(style: Style): void {
  if (seen.has(style)) return;
  seen.add(style);
  const place = style._updatePlacement.bind(style);
  style._updatePlacement = (transform, showCollisionBoxes, fadeDuration, ...others) => {
    const before = style.placement;
    const isDirty = place(transform, showCollisionBoxes, fadeDuration, ...others);
    const isWhole = fadeDuration === 0 && style.placement !== before && style.pauseablePlacement.isDone();
    if (!isWhole) return isDirty;
    style.placement.stale = false;
    return false;
  };
}
