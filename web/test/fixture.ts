/** Small layers and attributes for tests. */
import type { Attribute, Catalog, Layer } from '../src/catalog';

export function attribute(name: string, more: Partial<Attribute> = {}): Attribute {
  return { name, type: 'text', unit: null, title: { vi: `Tiêu đề ${name}`, en: `Title of ${name}` }, values: [], ...more };
}

export function layer(id: string, more: Partial<Layer> = {}): Layer {
  return {
    id, title: { vi: `Lớp ${id}`, en: `Layer ${id}` }, description: null, group: 'society',
    agency: { vi: 'Sở', en: 'Department' }, item: '1.1', geometry: ['MultiPolygon'], minzoom: 0, maxzoom: 14,
    label: null, extent: null, attributes: [], ...more,
  };
}

export function catalog(...layers: Layer[]): Catalog {
  return { synthetic: false, groups: [], layers };
}
