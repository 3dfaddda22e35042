/**
 * The running map: which layers are on it, what lies under a position, which tiles failed. It knows
 * MapLibre and the drawings; it knows nothing of the page around it.
 */
import {
  type ErrorEvent, type GeoJSONSource, type LayerSpecification, Map as MapLibre, type MapGeoJSONFeature,
  type PointLike, type RequestParameters, ScaleControl, type SourceSpecification, type StyleSpecification, setWorkerUrl,
} from 'maplibre-gl';
import { labelAnchors } from './area_labels';
import { callerKey } from './caller_key';
import type { Extent } from './catalog';
import { ANCHOR_KEY, type Drawing, LAYER_KEY, type MapContent, ROLE_KEY, isClickable, metadata } from './layers';
import { type TileForm, inForm } from './tile_form';
import workerUrl from './tile_worker?worker&url';
import type { Position } from './url_state';

/** A feature under a position, as the tiles hold it. */
export interface FoundFeature {
  readonly layer: string;
  readonly id: number | string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: GeoJSON.Geometry;
}

/** CSS pixels from the map's upper left corner. */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

export interface MapListeners {
  /** A click or Enter at a pixel of the map: everything there, the topmost first. */
  readonly onPick: (found: readonly FoundFeature[], pixel: Pixel) => void;
  readonly onMove: (position: Position) => void;
  /** The pointer's position in degrees; null when it has left. */
  readonly onPointer: (position: { longitude: number; latitude: number } | null) => void;
  /** Part of a layer did not come; `status` is null where the server did not answer at all. */
  readonly onLayerFailed: (layer: string, status: number | null) => void;
  readonly onContextLost: () => void;
}

/** What the map's workers say of its tiles goes over this channel of the page's own. */
export const TILE_CHANNEL = `#${Math.random().toString(36).slice(2)}`;

/** How far from a line or point a click still finds it, in CSS pixels. */
const REACH_PX = 5;

/** The most features that a click tells of. */
export const MAX_FOUND = 20;

const SELECTION = 'diaban/selection';
const SELECTION_DRAWINGS: readonly LayerSpecification[] = [
  {
    id: `${SELECTION}/area`, type: 'fill', source: SELECTION, filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': '#ffd43b', 'fill-opacity': 0.25 },
  },
  {
    id: `${SELECTION}/halo`, type: 'line', source: SELECTION, filter: ['!=', ['geometry-type'], 'Point'],
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': '#ffffff', 'line-width': 7, 'line-opacity': 0.85 },
  },
  {
    id: `${SELECTION}/line`, type: 'line', source: SELECTION, filter: ['!=', ['geometry-type'], 'Point'],
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': '#c2185b', 'line-width': 3.5 },
  },
  {
    id: `${SELECTION}/point`, type: 'circle', source: SELECTION, filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-radius': 12, 'circle-color': 'rgba(255, 212, 59, 0.25)',
      'circle-stroke-color': '#c2185b', 'circle-stroke-width': 3,
    },
  },
];

/** Whether the browser can draw the map at all. */
export function webglAvailable(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}

function absolute(url: string): string {
  // MapLibre's worker resolves nothing against the page; `{z}` must stay as it is.
  return /^https?:/.test(url) ? url : new URL(url, location.href).href;
}

/** MapLibre asks with this tab's key, too. */
export function signedRequest(url: string): RequestParameters {
  return { url, headers: callerKey.headers(url) };
}

/** The source of a drawing's labels when they are gathered, one for each area. */
function anchorSource(drawing: Drawing): string {
  return `${drawing.id}/anchors`;
}

export class ProvinceMap {
  private readonly map: MapLibre;
  private readonly shown = new Set<string>();
  private readonly failed = new Set<string>();
  /** What each gathered label was last anchored to, by drawing. */
  private readonly anchored = new Map<string, string>();
  private readonly ready: Promise<void>;
  private selection: GeoJSON.Geometry | null = null;

  constructor(
    container: HTMLElement,
    private readonly content: MapContent,
    private readonly sources: StyleSpecification['sources'],
    private readonly frame: Extent,
    position: Position | null,
    private form: TileForm,
    private readonly listeners: MapListeners,
  ) {
    setWorkerUrl(`${workerUrl}${TILE_CHANNEL}`);
    const [west, south, east, north] = frame;
    this.map = new MapLibre({
      container,
      style: { version: 8, sources: {}, layers: [...content.base] },
      ...(position
        ? { center: [position.longitude, position.latitude], zoom: position.zoom }
        : { bounds: [west, south, east, north], fitBoundsOptions: { padding: 24 } }),
      transformRequest: signedRequest,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: 20,
      minZoom: 5,
      renderWorldCopies: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 120, unit: 'metric' }), 'bottom-left');
    this.ready = new Promise((resolve) => void this.map.once('load', () => resolve()));
    this.listen();
  }

  /** MapLibre itself, once its style is there: for tools that draw on it. */
  async engine(): Promise<MapLibre> {
    await this.ready;
    return this.map;
  }

  /** Puts a layer on the map, or takes it off. */
  async toggle(id: string, on: boolean): Promise<void> {
    await this.ready;
    if (on) this.add(id);
    else this.remove(id);
  }

  /** Asks again for the layers whose tiles failed. */
  retryFailed(): void {
    const failed = [...this.failed];
    this.failed.clear();
    this.addAnew(failed);
  }

  /** Asks for all tiles anew, in another form. */
  async setForm(form: TileForm): Promise<void> {
    await this.ready;
    if (form === this.form) return;
    this.form = form;
    this.addAnew([...this.shown]);
  }

  /** Marks a feature; null takes the mark away. */
  async select(geometry: GeoJSON.Geometry | null): Promise<void> {
    await this.ready;
    this.selection = geometry;
    const features: GeoJSON.Feature[] = geometry ? [{ type: 'Feature', properties: {}, geometry }] : [];
    const data: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features };
    const source = this.map.getSource<GeoJSONSource>(SELECTION);
    if (source) {
      source.setData(data);
      return;
    }
    this.map.addSource(SELECTION, { type: 'geojson', data });
    for (const drawing of SELECTION_DRAWINGS) this.map.addLayer(drawing, this.firstLabelOnMap());
  }

  zoomBy(steps: number): void {
    this.map.zoomTo(this.map.getZoom() + steps);
  }

  showWhole(): void {
    const [west, south, east, north] = this.frame;
    this.map.fitBounds([west, south, east, north], { padding: 24 });
  }

  /** Brings a box into sight, not closer than streets can be read. */
  showBox([west, south, east, north]: Extent): void {
    this.map.fitBounds([west, south, east, north], { padding: 64, maxZoom: 17 });
  }

  /** Moves the map by pixels, so that what was there comes into sight. */
  moveBy({ x, y }: Pixel): void {
    this.map.panBy([x, y]);
  }

  moveTo({ longitude, latitude, zoom }: Position): void {
    this.map.jumpTo({ center: [longitude, latitude], zoom });
  }

  position(): Position {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), latitude: lat, longitude: lng };
  }

  /** What a screen reader says of the map. */
  describe(label: string): void {
    this.map.getCanvas().setAttribute('aria-label', label);
  }

  private source(id: string): SourceSpecification {
    const styled = this.sources[id];
    const url = styled?.type === 'vector' && styled.url ? styled.url : `/tiles/${encodeURIComponent(id)}`;
    const own = styled?.type === 'vector' ? styled : { type: 'vector' as const };
    return { ...own, url: absolute(inForm(url, this.form)), encoding: this.form };
  }

  /** The drawing on the map that a drawing must lie under. */
  private above(drawing: string): string | undefined {
    const { order } = this.content;
    return order.slice(order.indexOf(drawing) + 1).find((id) => this.map.getLayer(id) !== undefined);
  }

  private firstLabelOnMap(): string | undefined {
    return this.content.order.find((id) => this.map.getLayer(id)?.type === 'symbol');
  }

  private addAnew(ids: readonly string[]): void {
    for (const id of ids) this.remove(id);
    for (const id of ids) this.add(id);
  }

  private add(id: string): void {
    const drawn = this.content.layers.get(id);
    if (!drawn || this.shown.has(id)) return;
    this.shown.add(id);
    if (!this.map.getSource(id)) this.map.addSource(id, this.source(id));
    for (const drawing of drawn.drawings) {
      this.map.addLayer(this.gathered(drawing), this.above(drawing.id));
    }
    if (this.selection) for (const { id: mark } of SELECTION_DRAWINGS) this.map.moveLayer(mark, this.firstLabelOnMap());
  }

  private remove(id: string): void {
    const drawn = this.content.layers.get(id);
    if (!drawn || !this.shown.delete(id)) return;
    for (const drawing of drawn.drawings) {
      this.map.removeLayer(drawing.id);
      if (this.anchored.delete(drawing.id)) this.map.removeSource(anchorSource(drawing));
    }
    this.map.removeSource(id);
    this.failed.delete(id);
  }

  /** A label of areas draws from its own source, one point for each area. */
  private gathered(drawing: Drawing): Drawing {
    if (drawing.type !== 'symbol' || metadata(drawing, ANCHOR_KEY) !== 'area') return drawing;
    this.map.addSource(anchorSource(drawing), { type: 'geojson', data: labelAnchors([]) });
    this.anchored.set(drawing.id, '');
    const { 'source-layer': _tiles, filter: _filter, ...rest } = drawing;
    return { ...rest, source: anchorSource(drawing) };
  }

  /** Anchors the labels of areas anew where the loaded pieces have changed; says whether any has. */
  private gatherLabels(): boolean {
    let changed = false;
    for (const id of this.shown) {
      for (const drawing of this.content.layers.get(id)?.drawings ?? []) {
        const anchors = this.map.getSource<GeoJSONSource>(anchorSource(drawing));
        if (!anchors || drawing.type !== 'symbol') continue;
        if (this.map.getZoom() < (drawing.minzoom ?? 0)) continue;
        const pieces = this.map.querySourceFeatures(id, {
          sourceLayer: drawing['source-layer'] ?? id,
          ...(drawing.filter ? { filter: drawing.filter } : {}),
        });
        const gathered = labelAnchors(pieces);
        const fingerprint = JSON.stringify(gathered.features.map(({ id: one, geometry }) => [one, geometry.coordinates]));
        if (this.anchored.get(drawing.id) === fingerprint) continue;
        this.anchored.set(drawing.id, fingerprint);
        anchors.setData(gathered);
        changed = true;
      }
    }
    return changed;
  }

  /** Drawings on the map that a click may find, of areas or of lines and points. */
  private clickable(areas: boolean, ground: boolean): string[] {
    return [...this.shown]
      .flatMap((id) => this.content.layers.get(id)?.drawings ?? [])
      .filter((drawing) => isClickable(drawing) && (drawing.type === 'fill') === areas)
      .filter((drawing) => ground || metadata(drawing, ROLE_KEY) !== 'ground')
      .map((drawing) => drawing.id);
  }

  private at({ x, y }: Pixel, ground = true): MapGeoJSONFeature[] {
    const reach: [PointLike, PointLike] = [[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]];
    return [
      ...this.map.queryRenderedFeatures(reach, { layers: this.clickable(false, ground) }),
      ...this.map.queryRenderedFeatures([x, y], { layers: this.clickable(true, ground) }),
    ];
  }

  private pick(pixel: Pixel): void {
    const found = new Map<string, FoundFeature>();
    for (const feature of this.at(pixel)) {
      const layer = metadata(feature.layer, LAYER_KEY);
      if (layer === null) continue;
      const key = `${layer}/${feature.id ?? JSON.stringify(feature.properties)}`;
      if (found.has(key)) continue;
      found.set(key, { layer, id: feature.id ?? null, properties: feature.properties, geometry: feature.geometry });
    }
    this.listeners.onPick([...found.values()].slice(0, MAX_FOUND), pixel);
  }

  private fail(event: ErrorEvent): void {
    const { sourceId } = event as ErrorEvent & { sourceId?: string };
    if (sourceId === undefined || !this.content.layers.has(sourceId)) {
      console.error(event.error);
      return;
    }
    const { status } = event.error as Error & { status?: number };
    this.failed.add(sourceId);
    this.listeners.onLayerFailed(sourceId, status === undefined || status === 0 ? null : status);
  }

  private listen(): void {
    const { map, listeners } = this;
    map.on('click', (event) => this.pick(event.point));
    map.on('moveend', () => listeners.onMove(this.position()));
    map.on('error', (event) => this.fail(event));
    map.on('webglcontextlost', () => listeners.onContextLost());

    let hover = 0;
    map.on('mousemove', (event) => {
      listeners.onPointer({ longitude: event.lngLat.lng, latitude: event.lngLat.lat });
      cancelAnimationFrame(hover);
      hover = requestAnimationFrame(() => {
        map.getCanvas().style.cursor = this.at(event.point, false).length > 0 ? 'pointer' : '';
      });
    });
    map.on('mouseout', () => listeners.onPointer(null));

    map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      this.pick(map.project(map.getCenter()));
    });

    // `data-map` on the root element tells tests and screenshots when everything asked for is drawn.
    const { dataset } = document.documentElement;
    const busy = (): void => void (dataset['map'] = 'busy');
    map.on('movestart', busy);
    map.on('dataloading', busy);
    map.on('idle', () => {
      dataset['map'] = this.gatherLabels() ? 'busy' : 'idle';
    });
  }
}
