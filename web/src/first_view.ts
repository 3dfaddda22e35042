/**
 * The map engine, sparing with frames until the first view is whole: where a processor draws the map, each frame of a
 * part of it takes the time in which the rest would have come. Drives MapLibre; knows nothing of layers.
 */
import { Map as MapLibre, type MapOptions } from 'maplibre-gl';

/** Something is to be seen after this, whatever has not come yet. */
const PATIENCE_MS = 700;

export class FirstViewMap extends MapLibre {
  private isWhole = false;
  private putOff: ReturnType<typeof setTimeout> | undefined;

  /** @param isComing whether more of the view is on its way */
  constructor(options: MapOptions, private readonly isComing: () => boolean) {
    super(options);
    this.once('idle', () => {
      this.isWhole = true;
      clearTimeout(this.putOff);
    });
  }

  /** Puts the next frame off for as long as more is on its way; MapLibre asks anew whenever something has come. */
  override triggerRepaint(): void {
    if (this.mayDraw()) {
      clearTimeout(this.putOff);
      this.putOff = undefined;
      super.triggerRepaint();
      return;
    }
    this.putOff ??= setTimeout(() => {
      this.putOff = undefined;
      if (this.style && !this._removed) super._render(performance.now());
    }, PATIENCE_MS);
  }

  /** What MapLibre does at once when the page around it has found its size. */
  override redraw(): this {
    if (this.mayDraw()) return super.redraw();
    this.triggerRepaint();
    return this;
  }

  /** A frame that was asked for before it was known that more is coming. */
  override _render(paintStartTimeStamp: number): this {
    if (this.mayDraw()) return super._render(paintStartTimeStamp);
    this.triggerRepaint();
    return this;
  }

  private mayDraw(): boolean {
    // While it is being made, nothing is known yet of what is to come.
    return this.isWhole || (this.isComing !== undefined && !this.isComing());
  }
}
