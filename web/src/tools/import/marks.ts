/** Rows with something wrong, on the map: a mark at each that has a position. Drives MapLibre. */
import type { GeoJSONSource, LayerSpecification } from 'maplibre-gl';
import type { ProvinceMap } from '../../map';
import type { Finding } from './told';

const SOURCE = 'diaban/import';
/** Told apart by colour and by size: refused rows are the larger ones. */
const DRAWING: LayerSpecification = {
  id: `${SOURCE}/row`, type: 'circle', source: SOURCE,
  paint: {
    'circle-radius': ['match', ['get', 'severity'], 'error', 8, 6],
    'circle-color': ['match', ['get', 'severity'], 'error', '#b3261e', 'warning', '#d9a400', '#0b6f66'],
    'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2.5,
  },
};
/** How near the map goes to one row. */
const NEAR = 15;

export class Marks {
  private wanted: readonly Finding[] = [];

  constructor(private readonly map: ProvinceMap | null) {}

  async show(findings: readonly Finding[]): Promise<void> {
    if (findings === this.wanted) return;
    this.wanted = findings;
    const engine = await this.map?.engine();
    if (!engine || this.wanted !== findings) return;
    const data: GeoJSON.FeatureCollection = {
      type: 'FeatureCollection',
      features: findings.flatMap(({ place, severity }) =>
        place ? [{ type: 'Feature' as const, properties: { severity }, geometry: { type: 'Point' as const, coordinates: [...place] } }] : []),
    };
    const source = engine.getSource<GeoJSONSource>(SOURCE);
    if (source) source.setData(data);
    else if (data.features.length > 0) {
      engine.addSource(SOURCE, { type: 'geojson', data });
      engine.addLayer(DRAWING);
    }
  }

  goTo([longitude, latitude]: readonly [number, number]): void {
    const zoom = Math.max(NEAR, this.map?.position().zoom ?? NEAR);
    this.map?.moveTo({ longitude, latitude, zoom });
  }
}
