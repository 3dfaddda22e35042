/**
 * The map engine, sparing with frames: where a processor draws the map, each frame of a part of it takes the time in
 * which the rest would have come. Drives MapLibre; knows nothing of layers.
 */
import { Map as MapLibre, type MapOptions } from 'maplibre-gl';
import { placeAtOnce } from './placed_at_once';

/** Something is to be seen after this, whatever has not come yet. */
const PATIENCE_MS = 700;

/** After so many frames of a part, what is still missing is not waited for. */
const PARTS_MAX = 3;

export class FirstViewMap extends MapLibre {
  private isWhole = false;
  /** Whether the tiles of the first style have been asked for. */
  private hasAsked = false;
  private parts = 0;
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
      this.parts += 1;
      if (this.parts >= PARTS_MAX) this.waitNoMore();
      if (this.style && !this._removed) super._render(performance.now());
    }, PATIENCE_MS);
  }

  /** Draws as things come from now on. */
  waitNoMore(): void {
    this.isWhole = true;
  }

  /** A frame of a movement: whoever moves the map is not kept waiting for what has not come. */
  override _requestRenderFrame(callback: () => void): ReturnType<MapLibre['_requestRenderFrame']> {
    this.waitNoMore();
    return super._requestRenderFrame(callback);
  }

  /** What MapLibre does at once when the page around it has found its size. */
  override redraw(): this {
    if (this.mayDraw()) return super.redraw();
    this.triggerRepaint();
    return this;
  }

  /** A frame that was asked for before it was known that more is coming. */
  override _render(paintStartTimeStamp: number): this {
    if (!this.mayDraw()) {
      this.triggerRepaint();
      return this;
    }
    if (this.style) placeAtOnce(this.style);
    return this.hasAsked || !this.style?._loaded ? super._render(paintStartTimeStamp) : this.ask(paintStartTimeStamp);
  }

  /** A frame that finds out which tiles the style wants, and paints nothing: there is nothing yet but the ground. */
  private ask(paintStartTimeStamp: number): this {
    this.hasAsked = true;
    const { painter } = this;
    const { render } = painter;
    painter.render = () => {
      // What it would have painted is left for the next frame, even where no tile comes.
      this._sourcesDirty = true;
    };
    try {
      return super._render(paintStartTimeStamp);
    } finally {
      painter.render = render;
    }
  }

  private mayDraw(): boolean {
    // While it is being made, nothing is known yet of what is to come.
    return this.isWhole || (this.isComing !== undefined && !this.isComing());
  }
}
