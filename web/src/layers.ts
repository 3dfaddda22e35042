/**
 * Brings the catalog (what may be seen) and the style (how it is drawn) together: for each layer its
 * drawings, in one order from bottom to top. Pure: knows nothing of a running map.
 */
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Catalog, Layer } from './catalog';

/** Key in a drawing's `metadata`: the id of the layer that it draws. */
export const LAYER_KEY = 'diaban:layer';

/**
 * Key in a drawing's `metadata`: `outline` of areas, `casing` under a line, `label`, `ground` that
 * everything lies on, `icon` in a point. Without it, the drawing is the layer's own and a click finds it.
 */
export const ROLE_KEY = 'diaban:role';

/** Key in a drawing's `metadata`: `area`, for one label per area however many tiles cut it. */
export const ANCHOR_KEY = 'diaban:anchor';

export type Drawing = Exclude<LayerSpecification, { type: 'background' }>;

export interface DrawnLayer {
  readonly layer: Layer;
  /** Bottom to top. */
  readonly drawings: readonly Drawing[];
  /** Whether the style shows it before anyone has chosen. */
  readonly initiallyOn: boolean;
}

export interface MapContent {
  /** Drawings that belong to no layer: the background, and a map from elsewhere. */
  readonly base: readonly LayerSpecification[];
  /** By layer id, in the catalog's order. */
  readonly layers: ReadonlyMap<string, DrawnLayer>;
  /** Ids of all drawings, bottom to top. */
  readonly order: readonly string[];
  /** All of them as they are by day, by id: paper is white. */
  readonly day: ReadonlyMap<string, LayerSpecification>;
}

export function metadata(drawing: { metadata?: unknown }, key: string): string | null {
  const said = drawing.metadata;
  if (typeof said !== 'object' || said === null) return null;
  const value = (said as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : null;
}

/** Whether a click on this drawing finds its feature. */
export function isClickable(drawing: Drawing): boolean {
  const role = metadata(drawing, ROLE_KEY);
  return drawing.type !== 'symbol' && (role === null || role === 'ground');
}

type Shape = 'area' | 'line' | 'point';

/** The shapes that features of these OGC geometry types are drawn as. */
export function shapesOf(geometry: readonly string[]): Shape[] {
  const shapes = new Set<Shape>();
  for (const type of geometry) {
    if (type.endsWith('Polygon')) shapes.add('area');
    else if (type.endsWith('LineString')) shapes.add('line');
    else if (type.endsWith('Point')) shapes.add('point');
    else for (const any of ['area', 'line', 'point'] as const) shapes.add(any);
  }
  return [...shapes];
}

/** Colours for layers that the style does not know; dark enough for white outlines. */
const GENERIC_COLOURS = ['#1f6fb4', '#b4531f', '#2b8a3e', '#a6317a', '#8a6d00', '#5f3dc4', '#0b7285', '#c92a2a'];

function genericColour(id: string): string {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return GENERIC_COLOURS[sum % GENERIC_COLOURS.length] ?? '#1f6fb4';
}

/** A plain drawing for a layer, from its geometry alone. */
export function genericDrawings(layer: Layer): Drawing[] {
  const color = genericColour(layer.id);
  const drawing = (name: string, role?: string) => ({
    id: `${layer.id}/${name}`,
    source: layer.id,
    'source-layer': layer.id,
    metadata: { [LAYER_KEY]: layer.id, ...(role ? { [ROLE_KEY]: role } : {}) },
  });
  const drawings: Drawing[] = [];
  for (const shape of shapesOf(layer.geometry)) {
    if (shape === 'area') {
      const filter = ['==', ['geometry-type'], 'Polygon'] as ['==', ['geometry-type'], string];
      drawings.push(
        { ...drawing('area'), type: 'fill', filter, paint: { 'fill-antialias': false, 'fill-color': color, 'fill-opacity': 0.4 } },
        { ...drawing('outline', 'outline'), type: 'line', filter, paint: { 'line-color': color, 'line-width': 1.2 } },
      );
    } else if (shape === 'line') {
      drawings.push({
        ...drawing('line'), type: 'line', filter: ['==', ['geometry-type'], 'LineString'],
        layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': color, 'line-width': 2 },
      });
    } else {
      drawings.push({
        ...drawing('point'), type: 'circle', filter: ['==', ['geometry-type'], 'Point'],
        paint: {
          'circle-color': color, 'circle-radius': 4.5, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1,
        },
      });
    }
  }
  return drawings;
}

function isOn(drawing: LayerSpecification): boolean {
  return drawing.layout?.visibility !== 'none';
}

/** Letters of the longest label: a name that is longer would lie over half of the map. */
export const LABEL_MAX = 80;

/** What a label says, cut where it is longer than any name. Numbers and codes are as they are. */
function cut(text: unknown): unknown {
  if (!Array.isArray(text) || !['get', 'coalesce'].includes(String(text[0]))) return text;
  const whole = ['to-string', text];
  return ['let', 'whole', whole, ['case', ['>', ['length', ['var', 'whole']], LABEL_MAX],
    ['concat', ['slice', ['var', 'whole'], 0, LABEL_MAX], '…'], ['var', 'whole']]];
}

/** The drawing without the style's own switch: what is on a map is visible. */
function switchedOn(drawing: Drawing): Drawing {
  const layout = { ...drawing.layout, visibility: 'visible' } as Record<string, unknown>;
  if (layout['text-field'] !== undefined) layout['text-field'] = cut(layout['text-field']);
  return { ...drawing, layout } as Drawing;
}

/**
 * Joins the two. Drawings of layers that the catalog does not name are left out; layers that the
 * style does not know are drawn plainly, below its labels.
 */
export function composeContent(catalog: Catalog, style: StyleSpecification, byDay: StyleSpecification = style): MapContent {
  const base: LayerSpecification[] = [];
  const drawn = new Map<string, Drawing[]>();
  for (const drawing of style.layers) {
    const id = metadata(drawing, LAYER_KEY);
    if (drawing.type === 'background' || id === null) {
      if (drawing.type === 'background' || drawing.type === 'raster') base.push(drawing);
      continue;
    }
    drawn.set(id, [...(drawn.get(id) ?? []), drawing]);
  }

  const layers = new Map<string, DrawnLayer>();
  const generic: Drawing[] = [];
  for (const layer of catalog.layers) {
    const styled = drawn.get(layer.id);
    const drawings = styled ?? genericDrawings(layer);
    if (!styled) generic.push(...drawings);
    layers.set(layer.id, {
      layer,
      drawings: drawings.map(switchedOn),
      initiallyOn: styled !== undefined && styled.some(isOn),
    });
  }

  const styledOrder = style.layers.filter((drawing) => layers.has(metadata(drawing, LAYER_KEY) ?? ''));
  const firstLabel = styledOrder.findIndex((drawing) => drawing.type === 'symbol');
  const below = firstLabel < 0 ? styledOrder.length : firstLabel;
  const order = [...styledOrder.slice(0, below), ...generic, ...styledOrder.slice(below)];
  const day = new Map(byDay.layers.map((drawing) => [drawing.id, drawing]));
  return { base, layers, order: order.map((drawing) => drawing.id), day };
}

/** The sources of what belongs to no layer. */
export function baseSources({ base }: MapContent, sources: StyleSpecification['sources']): StyleSpecification['sources'] {
  const ids = base.flatMap((drawing) => ('source' in drawing && typeof drawing.source === 'string' ? [drawing.source] : []));
  return Object.fromEntries(Object.entries(sources).filter(([id]) => ids.includes(id)));
}

/** Ids of the layers that are on at first. */
export function initialLayers(content: MapContent): string[] {
  return [...content.layers.values()].filter((one) => one.initiallyOn).map((one) => one.layer.id);
}
