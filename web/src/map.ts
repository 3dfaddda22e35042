/**
 * The running map: which layers are on it, what lies under a position, which tiles failed. It knows
 * MapLibre and the drawings; it knows nothing of the page around it.
 */
import {
  type ErrorEvent, type GeoJSONSource, type LayerSpecification, type Map as MapLibre, type MapGeoJSONFeature, prewarm,
  type PointLike, type RequestParameters, ScaleControl, type SourceSpecification, type StyleSpecification, setWorkerUrl,
} from 'maplibre-gl';
import { BASE_MAP } from './base_map';
import { callerKey } from './caller_key';
import type { Extent } from './catalog';
import { setBusy } from './drawn_whole';
import { FirstViewMap } from './first_view';
import { GatheredLabels } from './gathered_labels';
import { LAYER_KEY, type MapContent, ROLE_KEY, baseSources, isClickable, metadata } from './layers';
import { layerSource } from './layer_source';
import { repaint } from './looks/repaint';
import { provideSigns } from './looks/signs';
import type { FoundFeature, MapListeners, Pixel } from './map_listeners';
import { atOpacity, faded } from './opacity';
import { SELECTION, SELECTION_DRAWINGS } from './selection';
import { stackedDrawings } from './stacking';
import type { TileForm } from './tile_form';
import workerUrl from './tile_worker?worker&url';
import type { Position } from './url_state';
import { both, validOn } from './valid_on';

export type { FoundFeature, MapListeners, Pixel };

/** What the map's workers say of its tiles goes over this channel of the page's own. */
export const TILE_CHANNEL = `#${Math.random().toString(36).slice(2)}`;

// The worker loads its code while the page is being built.
setWorkerUrl(`${workerUrl}${TILE_CHANNEL}`);
prewarm();

/** How far from a line or point a click still finds it, in CSS pixels. */
const REACH_PX = 5;

/** The most features that a click tells of. */
export const MAX_FOUND = 20;

/** A map over another, which follows it. */
interface Twin {
  readonly map: ProvinceMap;
  readonly covers: (pixel: Pixel) => boolean;
  readonly follow: () => void;
}

/** MapLibre asks with this tab's key, too. */
export function signedRequest(url: string): RequestParameters {
  return { url, headers: callerKey.headers(url) };
}

export class ProvinceMap {
  private readonly map: FirstViewMap;
  private readonly shown = new Set<string>();
  private readonly failed = new Set<string>();
  private readonly labels: GatheredLabels;
  private readonly ready: Promise<void>;
  private selection: GeoJSON.Geometry | null = null;
  /** Ids of all drawings, bottom to top. */
  private order: readonly string[];
  /** 0 to 1, of the layers that are not drawn in full. */
  private readonly opacities = new Map<string, number>();
  /** CQL2 text, of the layers that show a part of their features. */
  private readonly filters = new Map<string, string>();
  /** The day of which features are shown; null for all that there are. */
  private day: string | null = null;
  private twin: Twin | null = null;
  /** Whether the first style is on its way. */
  private hasBegun = false;

  constructor(
    container: HTMLElement,
    private readonly content: MapContent,
    private readonly sources: StyleSpecification['sources'],
    private readonly frame: Extent,
    position: Position | null,
    private form: TileForm,
    private readonly listeners: MapListeners,
    interactive = true,
  ) {
    this.order = content.order;
    const [west, south, east, north] = frame;
    this.map = new FirstViewMap({
      container,
      ...(position
        ? { center: [position.longitude, position.latitude], zoom: position.zoom }
        : { bounds: [west, south, east, north], fitBoundsOptions: { padding: 24 } }),
      interactive,
      transformRequest: signedRequest,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: 20,
      minZoom: 5,
      renderWorldCopies: false,
      // Each frame of a label that fades in is a frame of the whole map, and processors draw many maps.
      fadeDuration: 0,
    }, () => this.isComing());
    this.labels = new GatheredLabels(this.map);
    provideSigns(this.map);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new ScaleControl({ maxWidth: 120, unit: 'metric' }), 'bottom-left');
    this.ready = new Promise((resolve) => void this.map.once('style.load', () => resolve()));
    this.listen();
    // What is chosen in the same breath comes with the first style: its tiles are asked for before the first frame is drawn.
    queueMicrotask(() => this.begin());
  }

  /** Whether sources or tiles of the first view are on their way. */
  private isComing(): boolean {
    if (!this.hasBegun) return true;
    // The browser has taken the context away.
    if (!this.map.style) return false;
    const sources = [...this.shown, ...this.labels.sources()];
    return sources.some((id) => this.map.getSource(id)?.loaded() !== true) || !this.map.areTilesLoaded();
  }

  private begin(): void {
    this.hasBegun = true;
    const own = (id: string): SourceSpecification | null => (this.content.layers.has(id) ? this.source(id) : null);
    const sources = Object.fromEntries(
      Object.entries(baseSources(this.content, this.sources)).map(([id, source]) => [id, own(id) ?? source]),
    );
    const layers: LayerSpecification[] = [...this.content.base];
    for (const id of this.shown) {
      const source = sources[id] ?? this.source(id);
      if (source) sources[id] = source;
      for (const one of this.content.layers.get(id)?.drawings ?? []) {
        const placed = this.labels.placed(one);
        layers.push(atOpacity(placed.drawing, this.opacities.get(id) ?? 1));
        Object.assign(sources, placed.sources);
      }
    }
    const places = new Map(this.order.map((id, at) => [id, at]));
    const place = ({ id }: LayerSpecification): number => places.get(id) ?? -1;
    const fails = (): void => this.beginOneByOne();
    this.map.once('error', fails);
    this.map.once('style.load', () => this.map.off('error', fails));
    this.map.setStyle({ version: 8, sources, layers: layers.sort((a, b) => place(a) - place(b)) }, { diff: false });
  }

  /** MapLibre takes a style whole or not at all: a drawing that it does not accept must not take the others along. */
  private beginOneByOne(): void {
    const wanted = [...this.shown];
    this.shown.clear();
    void this.ready.then(() => {
      for (const id of wanted) this.add(id);
    });
    this.map.setStyle({ version: 8, sources: baseSources(this.content, this.sources), layers: [...this.content.base] }, { diff: false });
  }

  /** MapLibre itself, once its style is there: for tools that draw on it. */
  async engine(): Promise<MapLibre> {
    await this.ready;
    return this.map;
  }

  /** The maps that are running: this one, and the one over it. */
  engines = (): MapLibre[] => [this.map, ...(this.twin?.map.engines() ?? [])];

  /** Puts a layer on the map, or takes it off. */
  async toggle(id: string, on: boolean): Promise<void> {
    if (!this.hasBegun && this.content.layers.has(id)) {
      if (on) this.shown.add(id);
      else this.shown.delete(id);
      return;
    }
    await this.ready;
    if (on) this.add(id);
    else this.remove(id);
  }

  /** Asks again for the layers whose tiles failed. */
  retryFailed(): void {
    const failed = [...this.failed];
    this.failed.clear();
    void this.addAnew(failed);
    this.twin?.map.retryFailed();
  }

  /** Asks for all tiles anew, in another form. */
  async setForm(form: TileForm): Promise<void> {
    await this.ready;
    if (form === this.form) return;
    this.form = form;
    await this.addAnew([...this.shown]);
    await this.twin?.map.setForm(form);
  }

  /** Paints all anew, after the content has taken another look. */
  async repaint(): Promise<void> {
    await this.ready;
    repaint(this.map, this.content);
    for (const id of this.opacities.keys()) if (this.shown.has(id)) this.fade(id);
    await this.twin?.map.repaint();
  }

  /** How strongly a layer is drawn: 0 to 1 of what the style says. */
  async setOpacity(id: string, opacity: number): Promise<void> {
    if (opacity < 1) this.opacities.set(id, opacity);
    else this.opacities.delete(id);
    void this.twin?.map.setOpacity(id, opacity);
    await this.ready;
    if (this.shown.has(id)) this.fade(id);
  }

  /** Lays the layers in this order, the topmost first; null for the style's own. Labels stay on top. */
  async setStack(stack: readonly string[] | null): Promise<void> {
    this.order = stack ? stackedDrawings(this.content, stack) : this.content.order;
    void this.twin?.map.setStack(stack);
    await this.ready;
    const there = this.map.getLayersOrder();
    const own = this.order.filter((id) => this.map.getLayer(id) && this.map.getLayer(id)?.type !== 'symbol');
    // What lies over all of them (labels, marks, a tool's drawings) goes on lying over them.
    let above = there[Math.max(...own.map((id) => there.indexOf(id))) + 1];
    for (const id of own.reverse()) {
      this.map.moveLayer(id, above);
      above = id;
    }
  }

  /** Shows only the features of a layer for which a filter (CQL2 text) holds; null for all. */
  setFilter(id: string, filter: string | null): void {
    if ((this.filters.get(id) ?? null) === filter) return;
    if (filter === null) this.filters.delete(id);
    else this.filters.set(id, filter);
    // A layer that is not there yet is asked for with its filter when it comes.
    if (this.shown.has(id)) void this.addAnew([id]);
    this.twin?.map.setFilter(id, filter);
  }

  /** Shows those features that are valid on a day (`2025-07-01`), of layers that say so; null for all. */
  setDay(day: string | null): void {
    if (day === this.day) return;
    this.day = day;
    void this.addAnew([...this.shown]);
  }

  /**
   * Another map over this one: the same place, drawn and filtered alike, with layers of its own. It
   * follows this one, and a click where it `covers` the map asks it.
   */
  openTwin(container: HTMLElement, covers: (pixel: Pixel) => boolean): ProvinceMap {
    this.closeTwin();
    const listeners = { ...this.listeners, onPick: () => undefined, onMove: () => undefined, onPointer: () => undefined };
    const map = new ProvinceMap(container, this.content, this.sources, this.frame, this.position(), this.form, listeners, false);
    map.order = this.order;
    for (const [id, opacity] of this.opacities) map.opacities.set(id, opacity);
    for (const [id, filter] of this.filters) map.filters.set(id, filter);
    const follow = (): void => {
      map.map.waitNoMore();
      map.moveTo(this.position());
    };
    this.map.on('move', follow);
    this.twin = { map, covers, follow };
    if (this.selection) void map.select(this.selection);
    return map;
  }

  closeTwin(): void {
    if (!this.twin) return;
    const { map, follow } = this.twin;
    this.twin = null;
    this.map.off('move', follow);
    map.map.remove();
    setBusy(map, false);
  }

  /** Marks a feature; null takes the mark away. */
  async select(geometry: GeoJSON.Geometry | null): Promise<void> {
    void this.twin?.map.select(geometry);
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

  private source(id: string): SourceSpecification | null {
    const layer = this.content.layers.get(id)?.layer;
    if (!layer) return null;
    const filter = both(this.filters.get(id) ?? null, validOn(layer, this.day));
    return layerSource(layer, this.sources[id], this.form, filter, location.href);
  }

  /** The drawing on the map that a drawing must lie under. */
  private above(drawing: string): string | undefined {
    const { order } = this;
    return order.slice(order.indexOf(drawing) + 1).find((id) => this.map.getLayer(id) !== undefined);
  }

  private firstLabelOnMap(): string | undefined {
    return this.content.order.find((id) => this.map.getLayer(id)?.type === 'symbol');
  }

  private async addAnew(ids: readonly string[]): Promise<void> {
    // The first style takes what is said before it.
    if (!this.hasBegun) return;
    await this.ready;
    const own = ids.filter((id) => this.shown.has(id));
    for (const id of own) this.remove(id);
    for (const id of own) this.add(id);
  }

  private add(id: string): void {
    const drawn = this.content.layers.get(id);
    if (!drawn || this.shown.has(id)) return;
    this.shown.add(id);
    const source = this.source(id);
    if (source && !this.map.getSource(id)) this.map.addSource(id, source);
    for (const one of drawn.drawings) {
      const { drawing, sources } = this.labels.placed(one);
      for (const [name, anchors] of Object.entries(sources)) this.map.addSource(name, anchors);
      this.map.addLayer(drawing, this.above(one.id));
    }
    if (this.opacities.has(id)) this.fade(id);
    if (this.selection) for (const { id: mark } of SELECTION_DRAWINGS) this.map.moveLayer(mark, this.firstLabelOnMap());
  }

  private fade(id: string): void {
    const opacity = this.opacities.get(id) ?? 1;
    for (const drawing of this.content.layers.get(id)?.drawings ?? []) {
      for (const [property, value] of faded(drawing, opacity)) this.map.setPaintProperty(drawing.id, property as never, value as never);
    }
  }

  private remove(id: string): void {
    const drawn = this.content.layers.get(id);
    if (!drawn || !this.shown.delete(id)) return;
    for (const drawing of drawn.drawings) {
      this.map.removeLayer(drawing.id);
      this.labels.remove(drawing);
    }
    this.map.removeSource(id);
    this.failed.delete(id);
  }

  /** Anchors the labels of areas anew where the loaded pieces have changed; says whether any has. */
  private gatherLabels(): boolean {
    const changed = [...this.shown].map((id) => this.labels.gather(id, this.content.layers.get(id)?.drawings ?? []));
    return changed.includes(true);
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
    if (this.twin?.covers({ x, y })) return this.twin.map.at({ x, y }, ground);
    const reach: [PointLike, PointLike] = [[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]];
    return [
      ...this.map.queryRenderedFeatures(reach, { layers: this.clickable(false, ground) }),
      ...this.map.queryRenderedFeatures([x, y], { layers: this.clickable(true, ground) }),
    ];
  }

  /** Everything at a pixel, the topmost first. */
  foundAt(pixel: Pixel): FoundFeature[] {
    const found = new Map<string, FoundFeature>();
    for (const feature of this.at(pixel)) {
      const layer = metadata(feature.layer, LAYER_KEY);
      if (layer === null) continue;
      const key = `${layer}/${feature.id ?? JSON.stringify(feature.properties)}`;
      if (found.has(key)) continue;
      found.set(key, { layer, id: feature.id ?? null, properties: feature.properties, geometry: feature.geometry });
    }
    return [...found.values()].slice(0, MAX_FOUND);
  }

  private pick(pixel: Pixel): void {
    this.listeners.onPick(this.foundAt(pixel), pixel);
  }

  private fail(event: ErrorEvent): void {
    const { sourceId } = event as ErrorEvent & { sourceId?: string };
    // The map from elsewhere has its own switch, which tells.
    if (sourceId === BASE_MAP) return;
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

    const begin = (): void => setBusy(this, true);
    map.on('movestart', begin);
    map.on('dataloading', begin);
    map.on('idle', () => setBusy(this, this.gatherLabels()));
    // Labels of areas are anchored as soon as the pieces are there, not when those have been drawn without them.
    map.on('sourcedata', ({ sourceId, tile }) => {
      if (!tile || !this.shown.has(sourceId) || !map.isSourceLoaded(sourceId)) return;
      this.labels.gather(sourceId, this.content.layers.get(sourceId)?.drawings ?? []);
    });
  }
}
