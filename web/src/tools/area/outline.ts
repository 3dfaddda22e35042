/** The area that is asked about, on the map: an outline over everything else, for as long as the tool is open. */
import type { GeoJSONSource, LayerSpecification } from 'maplibre-gl';
import type { ProvinceMap } from '../../map';

const SOURCE = 'diaban/area';
const DRAWINGS: readonly LayerSpecification[] = [
  {
    id: `${SOURCE}/ground`, type: 'fill', source: SOURCE, filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': '#123a8c', 'fill-opacity': 0.04 },
  },
  {
    id: `${SOURCE}/casing`, type: 'line', source: SOURCE, layout: { 'line-join': 'round' },
    paint: { 'line-color': '#ffffff', 'line-width': 6, 'line-opacity': 0.9 },
  },
  {
    id: `${SOURCE}/line`, type: 'line', source: SOURCE, layout: { 'line-join': 'round' },
    paint: { 'line-color': '#123a8c', 'line-width': 2.5, 'line-dasharray': [3, 1.5] },
  },
];

export class Outline {
  /** What was last asked to be shown; drawing follows when the map is there. */
  private wanted: GeoJSON.Geometry | null = null;

  constructor(private readonly map: ProvinceMap | null) {}

  async show(shape: GeoJSON.Geometry | null): Promise<void> {
    this.wanted = shape;
    const engine = await this.map?.engine();
    if (!engine || this.wanted !== shape) return;
    const parts = shape?.type === 'GeometryCollection' ? shape.geometries : shape ? [shape] : [];
    const data: GeoJSON.FeatureCollection = {
      type: 'FeatureCollection', features: parts.map((geometry) => ({ type: 'Feature', properties: {}, geometry })),
    };
    const source = engine.getSource<GeoJSONSource>(SOURCE);
    if (source) {
      source.setData(data);
      return;
    }
    if (!shape) return;
    engine.addSource(SOURCE, { type: 'geojson', data });
    for (const drawing of DRAWINGS) engine.addLayer(drawing);
  }
}
