/**
 * The tool that measures: points are clicked on the map, or taken from its middle with the keyboard; length,
 * area and coordinates stand in the drawer. What was measured comes back when the tool is opened again.
 */
import type { Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import type { Degrees } from '../../vn2000';
import type { Tool, Workbench } from '../tool';
import { MeasureDrawer } from './drawer';
import { MeasureDrawing } from './drawing';
import { formatLength, measured } from './figures';

/** Clicks as near as this, in pixels and milliseconds, are one double click. */
const SAME_PX = 6;
const SAME_MS = 500;

class Measure {
  readonly drawer: MeasureDrawer;
  private points: Degrees[] = [];
  /** Written length of each side. */
  private lengths: readonly string[] = [];
  private next: Degrees | null = null;
  private finished = false;
  private last = { x: 0, y: 0, at: -Infinity };
  private open = false;
  private map: MapLibre | null = null;
  private drawing: MeasureDrawing | null = null;

  constructor(private readonly page: Workbench) {
    this.drawer = new MeasureDrawer(page.language, page.map !== null, {
      addCentre: () => this.addCentre(),
      undo: () => this.undo(),
      finish: () => this.finish(),
      resume: () => this.resume(),
      clear: () => this.clear(),
      aim: (shown) => void page.frame.classList.toggle('aiming', shown),
    });
    page.language.onChange(() => this.show());
  }

  async start(): Promise<void> {
    this.open = true;
    this.page.frame.classList.toggle('measuring', !this.finished);
    const map = await this.page.map?.engine();
    // It may have been put away while the map was loading, or opened twice.
    if (!map || !this.open || this.drawing) return;
    this.map = map;
    this.drawing = new MeasureDrawing(map);
    map.on('click', this.onClick);
    map.on('dblclick', this.onDoubleClick);
    map.on('mousemove', this.onPointer);
    map.on('mouseout', this.onLeave);
    map.getCanvas().addEventListener('keydown', this.onKey);
    this.show();
  }

  stop(): void {
    this.open = false;
    this.next = null;
    this.page.frame.classList.remove('measuring', 'aiming');
    this.drawing?.remove();
    this.drawing = null;
    this.map?.off('click', this.onClick);
    this.map?.off('dblclick', this.onDoubleClick);
    this.map?.off('mousemove', this.onPointer);
    this.map?.off('mouseout', this.onLeave);
    this.map?.getCanvas().removeEventListener('keydown', this.onKey);
    this.map = null;
  }

  private readonly onClick = ({ point, lngLat }: MapMouseEvent): void => {
    const at = performance.now();
    const again = Math.hypot(point.x - this.last.x, point.y - this.last.y) < SAME_PX && at - this.last.at < SAME_MS;
    this.last = { x: point.x, y: point.y, at };
    if (!again) this.add({ longitude: lngLat.lng, latitude: lngLat.lat });
  };

  private readonly onDoubleClick = (event: MapMouseEvent): void => {
    // Not the map's zooming in.
    event.preventDefault();
    if (this.points.length > 1) this.finish();
  };

  private readonly onPointer = ({ lngLat }: MapMouseEvent): void => {
    if (this.finished || this.points.length === 0) return;
    this.next = { longitude: lngLat.lng, latitude: lngLat.lat };
    this.draw();
  };

  private readonly onLeave = (): void => {
    this.next = null;
    this.draw();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') this.addCentre();
    else if (event.key === 'Backspace') this.undo();
    else if (event.key === 'Escape') this.finish();
    else return;
    event.preventDefault();
  };

  private addCentre(): void {
    if (this.page.map) this.add(this.page.map.position());
  }

  private add({ longitude, latitude }: Degrees): void {
    if (this.finished) return;
    this.points.push({ longitude, latitude });
    this.show();
  }

  private undo(): void {
    this.points.pop();
    this.next = null;
    this.resume();
  }

  private finish(): void {
    if (this.points.length < 2) return;
    this.finished = true;
    this.next = null;
    this.page.frame.classList.remove('measuring');
    this.show();
  }

  private resume(): void {
    this.finished = false;
    this.page.frame.classList.toggle('measuring', this.open);
    this.show();
  }

  private clear(): void {
    this.points = [];
    this.next = null;
    this.resume();
  }

  private show(): void {
    this.drawer.show([...this.points], this.finished);
    this.lengths = measured(this.points).sides.map((side) => formatLength(side, this.page.language.current));
    this.draw();
  }

  private draw(): void {
    const { points, lengths, next } = this;
    this.drawing?.show({ points, lengths, next });
  }
}

export function measureTool(page: Workbench): Tool {
  const measure = new Measure(page);
  return {
    id: 'measure',
    icon: 'ruler',
    title: 'measure',
    element: measure.drawer.element,
    open: () => {
      void measure.start();
      return true;
    },
    close: () => measure.stop(),
  };
}
