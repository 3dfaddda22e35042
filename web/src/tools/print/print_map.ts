/**
 * Draws the map once more, out of sight, at the size and fineness of paper, and reads it as a picture. What is on
 * the map of the screen is on this one: layers, their order, what tools have drawn.
 */
import { type ErrorEvent, type GeoJSONSource, Map as MapLibre, type StyleSpecification } from 'maplibre-gl';
import { labelAnchors } from '../../area_labels';
import { element } from '../../dom';
import { ANCHOR_KEY, LAYER_KEY, type MapContent, metadata } from '../../layers';
import { onPaper } from '../../looks/looks';
import { provideSigns } from '../../looks/signs';
import { signedRequest } from '../../map';
import { type Seen, isOwnDrawing } from './paper_legend';
import { PX_PER_MM, type Size } from './sheet';

export interface Wanted {
  /** Millimetres of paper. */
  readonly frame: Size;
  readonly longitude: number;
  readonly latitude: number;
  readonly zoom: number;
  readonly dotsPerInch: number;
}

export interface Drawn {
  /** Address of the picture; whoever has it lets it go. */
  readonly picture: string;
  readonly seen: Seen;
  /** Ids of layers of which a part did not come. */
  readonly failed: readonly string[];
}

/** `slow`: not drawn in time. `stopped`: nobody waits for it any more. `size`: the browser has no room for it. */
export class DrawingFailed extends Error {
  constructor(readonly reason: 'slow' | 'stopped' | 'size') {
    super(reason);
  }
}

const TIME_MAX_MS = 180_000;

/** The most that a graphics card of an old laptop draws at once, each way. */
const CANVAS_MAX: [number, number] = [8192, 8192];

/** Gathers the labels of areas from the loaded tiles; says whether any has moved. */
function gatherLabels(map: MapLibre, content: MapContent, last: Map<string, string>): boolean {
  let changed = false;
  for (const { layer, drawings } of content.layers.values()) {
    for (const drawing of drawings) {
      if (drawing.type !== 'symbol' || metadata(drawing, ANCHOR_KEY) !== 'area') continue;
      const anchors = map.getSource<GeoJSONSource>(`${drawing.id}/anchors`);
      if (!anchors || !map.getSource(layer.id) || map.getZoom() < (drawing.minzoom ?? 0)) continue;
      const gathered = labelAnchors(map.querySourceFeatures(layer.id, {
        sourceLayer: drawing['source-layer'] ?? layer.id,
        ...(drawing.filter ? { filter: drawing.filter } : {}),
      }));
      const fingerprint = JSON.stringify(gathered.features.map(({ id, geometry }) => [id, geometry.coordinates]));
      if (last.get(drawing.id) === fingerprint) continue;
      last.set(drawing.id, fingerprint);
      anchors.setData(gathered);
      changed = true;
    }
  }
  return changed;
}

/** Waits until everything is drawn and no label has moved since. */
function whole(map: MapLibre, content: MapContent, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const gathered = new Map<string, string>();
    const stop = (reason: 'slow' | 'stopped' | 'size'): void => {
      clearTimeout(clock);
      reject(new DrawingFailed(reason));
    };
    const clock = setTimeout(() => stop('slow'), TIME_MAX_MS);
    signal.addEventListener('abort', () => stop('stopped'));
    map.on('webglcontextlost', () => stop('size'));
    map.on('idle', () => {
      if (gatherLabels(map, content, gathered)) return;
      clearTimeout(clock);
      resolve();
    });
  });
}

/** What the frame shows of each layer. */
function seenOn(map: MapLibre, content: MapContent): Map<string, Readonly<Record<string, unknown>>[]> {
  const own = [...content.layers.values()].flatMap(({ drawings }) => drawings.filter(isOwnDrawing).map(({ id }) => id));
  const seen = new Map<string, Readonly<Record<string, unknown>>[]>();
  for (const feature of map.queryRenderedFeatures({ layers: own.filter((id) => map.getLayer(id)) })) {
    const layer = metadata(feature.layer, LAYER_KEY);
    if (layer === null) continue;
    const features = seen.get(layer);
    if (features) features.push(feature.properties);
    else seen.set(layer, [feature.properties]);
  }
  return seen;
}

function pictureOf(canvas: HTMLCanvasElement): Promise<string> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(URL.createObjectURL(blob)) : reject(new DrawingFailed('size'))), 'image/png');
  });
}

function hiddenMap(style: StyleSpecification, wanted: Wanted): { map: MapLibre; container: HTMLElement } {
  // Without a size of its own it would not be drawn: it lies beside the page, not under `display: none`.
  const container = element('div', { class: 'print-canvas', attributes: { 'aria-hidden': 'true', inert: '' } });
  container.style.width = `${wanted.frame.width * PX_PER_MM}px`;
  container.style.height = `${wanted.frame.height * PX_PER_MM}px`;
  document.body.append(container);
  try {
    const map = new MapLibre({
      container, style, center: [wanted.longitude, wanted.latitude], zoom: wanted.zoom, interactive: false,
      attributionControl: false, fadeDuration: 0, renderWorldCopies: false, maxZoom: 22, maxPitch: 0,
      pixelRatio: wanted.dotsPerInch / 96, maxCanvasSize: CANVAS_MAX, transformRequest: signedRequest,
      canvasContextAttributes: { preserveDrawingBuffer: true },
    });
    return { map, container };
  } catch (error) {
    container.remove();
    console.warn(error);
    throw new DrawingFailed('size');
  }
}

/**
 * Draws what `screen` has on it, in the frame that is wanted.
 *
 * @throws DrawingFailed
 */
export async function drawMap(screen: MapLibre, content: MapContent, wanted: Wanted, signal: AbortSignal): Promise<Drawn> {
  const style = screen.getStyle();
  const { map, container } = hiddenMap({ ...style, layers: onPaper(style.layers, content) }, wanted);
  provideSigns(map);
  const failed = new Set<string>();
  map.on('error', (event: ErrorEvent & { sourceId?: string }) => {
    if (event.sourceId !== undefined && content.layers.has(event.sourceId)) failed.add(event.sourceId);
    else console.warn(event.error);
  });
  try {
    await whole(map, content, signal);
    const seen = seenOn(map, content);
    return { picture: await pictureOf(map.getCanvas()), seen, failed: [...failed] };
  } finally {
    map.remove();
    container.remove();
  }
}
