/** What is being measured, on the map: points, the line along them, the area inside. It drives MapLibre. */
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import type { Degrees } from '../../vn2000';

const SOURCE = 'diaban/measure';
const COLOUR = '#7a1fa2';
/** The browser's own letters, as those of the styles. */
const FONT = ['Noto Sans Regular', 'Noto Sans', 'Segoe UI', 'Roboto', 'Helvetica Neue', 'Arial', 'sans-serif'];

const only = (role: string): ['==', ['get', string], string] => ['==', ['get', 'role'], role];
const halo = { 'text-color': '#3f0b57', 'text-halo-color': '#ffffff', 'text-halo-width': 2 };

const LAYERS: readonly LayerSpecification[] = [
  { id: `${SOURCE}/area`, type: 'fill', source: SOURCE, filter: only('area'), paint: { 'fill-color': COLOUR, 'fill-opacity': 0.15 } },
  {
    id: `${SOURCE}/halo`, type: 'line', source: SOURCE, filter: only('side'), layout: { 'line-cap': 'round' },
    paint: { 'line-color': '#ffffff', 'line-width': 6, 'line-opacity': 0.85 },
  },
  {
    id: `${SOURCE}/side`, type: 'line', source: SOURCE, filter: only('side'), layout: { 'line-cap': 'round' },
    paint: { 'line-color': COLOUR, 'line-width': 3 },
  },
  {
    id: `${SOURCE}/closing`, type: 'line', source: SOURCE, filter: only('closing'),
    paint: { 'line-color': COLOUR, 'line-width': 2, 'line-dasharray': [2, 2] },
  },
  {
    id: `${SOURCE}/point`, type: 'circle', source: SOURCE, filter: only('point'),
    paint: { 'circle-radius': 5, 'circle-color': '#ffffff', 'circle-stroke-color': COLOUR, 'circle-stroke-width': 3 },
  },
  {
    id: `${SOURCE}/length`, type: 'symbol', source: SOURCE, filter: only('side'),
    layout: { 'symbol-placement': 'line-center', 'text-field': ['get', 'text'], 'text-font': FONT, 'text-size': 13, 'text-offset': [0, -0.9] },
    paint: halo,
  },
  {
    id: `${SOURCE}/number`, type: 'symbol', source: SOURCE, filter: only('point'),
    layout: {
      'text-field': ['get', 'text'], 'text-font': FONT, 'text-size': 13, 'text-anchor': 'bottom-left', 'text-offset': [0.5, -0.3],
      'text-allow-overlap': true,
    },
    paint: halo,
  },
];

export interface Sketch {
  readonly points: readonly Degrees[];
  /** Written length of each side, in the order of the points. */
  readonly lengths: readonly string[];
  /** Where the pointer would put the next point. */
  readonly next: Degrees | null;
}

type Place = [number, number];
const place = ({ longitude, latitude }: Degrees): Place => [longitude, latitude];

function feature(role: string, geometry: GeoJSON.Geometry, text = ''): GeoJSON.Feature {
  return { type: 'Feature', properties: { role, text }, geometry };
}

function featuresOf({ points, lengths, next }: Sketch): GeoJSON.FeatureCollection {
  const places = points.map(place);
  const [first, last] = [places[0], places[places.length - 1]];
  const features: GeoJSON.Feature[] = [];
  if (first && places.length > 2) features.push(feature('area', { type: 'Polygon', coordinates: [[...places, first]] }));
  const dashed = [...(next && last ? [last, place(next)] : last && places.length > 2 ? [last] : [])];
  if (first && places.length + (next ? 1 : 0) > 2) dashed.push(first);
  if (dashed.length > 1) features.push(feature('closing', { type: 'LineString', coordinates: dashed }));
  places.slice(1).forEach((to, index) => {
    const coordinates = [places[index] ?? to, to];
    features.push(feature('side', { type: 'LineString', coordinates }, lengths[index]));
  });
  places.forEach((coordinates, index) => features.push(feature('point', { type: 'Point', coordinates }, String(index + 1))));
  return { type: 'FeatureCollection', features };
}

export class MeasureDrawing {
  private readonly raise = (): void => this.onTop();

  constructor(private readonly map: MapLibre) {
    map.addSource(SOURCE, { type: 'geojson', data: featuresOf({ points: [], lengths: [], next: null }) });
    for (const layer of LAYERS) map.addLayer(layer);
    map.on('styledata', this.raise);
  }

  show(sketch: Sketch): void {
    this.map.getSource<GeoJSONSource>(SOURCE)?.setData(featuresOf(sketch));
  }

  remove(): void {
    this.map.off('styledata', this.raise);
    for (const { id } of LAYERS) this.map.removeLayer(id);
    this.map.removeSource(SOURCE);
  }

  /** A layer that was switched on meanwhile has come to lie above. */
  private onTop(): void {
    if (this.map.getLayersOrder().at(-1)?.startsWith(SOURCE)) return;
    for (const { id } of LAYERS) this.map.moveLayer(id);
  }
}
