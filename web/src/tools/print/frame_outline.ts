/** The frame that will be printed, drawn over the map of the screen. */
import type { Map as MapLibre } from 'maplibre-gl';
import { element } from '../../dom';
import { type Size, frameOnScreen } from './sheet';

export class FrameOutline {
  private readonly outline = element('div', { class: 'print-outline' });
  private readonly cover = element('div', { class: 'print-cover', attributes: { 'aria-hidden': 'true' } }, this.outline);
  private frame: { size: Size; scale: number } | null = null;
  private readonly follow = (): void => this.place();

  constructor(private readonly map: MapLibre) {}

  /** Shows it, or puts it away. */
  show(frame: { size: Size; scale: number } | null): void {
    const { map } = this;
    if (frame && !this.frame) {
      // Over the map, and under whatever lies on it.
      map.getContainer().after(this.cover);
      map.on('move', this.follow);
      map.on('resize', this.follow);
    } else if (!frame && this.frame) {
      this.cover.remove();
      map.off('move', this.follow);
      map.off('resize', this.follow);
    }
    this.frame = frame;
    this.place();
  }

  private place(): void {
    if (!this.frame) return;
    const { size, scale } = this.frame;
    const { width, height } = frameOnScreen(size, scale, this.map.getCenter().lat, this.map.getZoom());
    this.outline.style.width = `${width}px`;
    this.outline.style.height = `${height}px`;
  }
}
