/** Drawing on the map with terra-draw. Loaded when somebody draws for the first time. */
import type { Map as MapLibre } from 'maplibre-gl';
import {
  type GeoJSONStoreFeatures, TerraDraw, TerraDrawCircleMode, TerraDrawLineStringMode, TerraDrawPolygonMode, TerraDrawSelectMode,
} from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import { circleRing, metresBetween, middleOf } from './shapes';
import type { LonLat } from './planes';

export type SketchKind = 'polygon' | 'circle' | 'line';

/** A shape as it lies on the map, before distances are typed. */
export type Sketched =
  | { readonly kind: 'polygon'; readonly ring: readonly LonLat[] }
  | { readonly kind: 'circle'; readonly centre: LonLat; readonly metres: number }
  | { readonly kind: 'line'; readonly line: readonly LonLat[] };

/** Of a degree, as terra-draw keeps them. */
const DIGITS = 9;
const INK = '#c2185b';
const MODES: Readonly<Record<SketchKind, string>> = { polygon: 'polygon', circle: 'circle', line: 'linestring' };
const CORNERS = { feature: { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true } } };

/** Corners that can be dragged, large enough for a finger. */
const HANDLES = {
  selectedPolygonColor: INK, selectedPolygonFillOpacity: 0.12, selectedPolygonOutlineColor: INK, selectedPolygonOutlineWidth: 3,
  selectedLineStringColor: INK, selectedLineStringWidth: 3, selectionPointColor: '#ffffff', selectionPointWidth: 6,
  selectionPointOutlineColor: INK, selectionPointOutlineWidth: 3, midPointColor: INK, midPointWidth: 4, midPointOutlineColor: '#ffffff',
  midPointOutlineWidth: 2,
} as const;

function sketched({ geometry, properties }: GeoJSONStoreFeatures): Sketched | null {
  const ring = (geometry.type === 'Polygon' ? geometry.coordinates[0] : geometry.coordinates) as unknown as LonLat[];
  if (geometry.type === 'LineString') return { kind: 'line', line: ring };
  if (geometry.type !== 'Polygon') return null;
  if (properties['mode'] !== MODES.circle) return { kind: 'polygon', ring };
  const centre = middleOf(ring);
  const told = Number(properties['radiusKilometers']) * 1000;
  return { kind: 'circle', centre, metres: Number.isFinite(told) && told > 0 ? told : metresBetween(centre, ring[0] ?? centre) };
}

export class Sketch {
  private readonly draw: TerraDraw;
  private shape: string | number | null = null;

  /** `onDrawn` is told of the shape when it is finished, and whenever it is corrected. */
  constructor(map: MapLibre, private readonly onDrawn: (shape: Sketched) => void) {
    const outline = { outlineColor: INK, outlineWidth: 3, fillColor: INK, fillOpacity: 0.12 } as const;
    const closing = { closingPointColor: '#ffffff', closingPointOutlineColor: INK, closingPointOutlineWidth: 3, closingPointWidth: 6 } as const;
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, prefixId: 'diaban-sketch', coordinatePrecision: DIGITS }),
      modes: [
        new TerraDrawPolygonMode({ styles: { ...outline, ...closing } }),
        new TerraDrawCircleMode({ styles: outline, projection: 'globe', drawInteraction: 'click-move-or-drag' }),
        new TerraDrawLineStringMode({ styles: { lineStringColor: INK, lineStringWidth: 3, ...closing } }),
        new TerraDrawSelectMode({
          allowManualDeselection: false, styles: HANDLES,
          flags: { polygon: CORNERS, linestring: CORNERS, circle: { feature: { draggable: true, coordinates: { resizable: 'center-fixed' } } } },
        }),
      ],
    });
    this.draw.on('finish', (id, { action }) => {
      if (action !== 'draw') return;
      this.shape = id;
      this.tell();
      // The mode that has just finished is still at work; corrections begin after it.
      queueMicrotask(() => {
        if (this.draw.enabled && this.shape === id) this.draw.selectFeature(id);
      });
    });
    this.draw.on('change', (ids, type) => {
      if (type === 'update' && this.shape !== null && ids.includes(this.shape)) this.tell();
    });
  }

  /** Begins a new shape; the last one goes. */
  start(kind: SketchKind): void {
    if (!this.draw.enabled) this.draw.start();
    this.shape = null;
    this.draw.clear();
    this.draw.setMode(MODES[kind]);
  }

  /** Makes the circle as large as was typed. */
  resize(centre: LonLat, metres: number): void {
    if (this.shape === null) return;
    const coordinates = [circleRing(centre, metres).map((position) => position.map((value) => Number(value.toFixed(DIGITS))))];
    const id = this.shape;
    this.shape = null;
    this.draw.updateFeatureGeometry(id, { type: 'Polygon', coordinates });
    this.draw.updateFeatureProperties(id, { radiusKilometers: metres / 1000 });
    this.shape = id;
  }

  /** Takes the shape off the map, and gives clicks back to it. */
  stop(): void {
    this.shape = null;
    if (this.draw.enabled) this.draw.stop();
  }

  private tell(): void {
    const feature = this.shape === null ? undefined : this.draw.getSnapshotFeature(this.shape);
    const shape = feature ? sketched(feature) : null;
    if (shape) this.onDrawn(shape);
  }
}
