import type { StyleSpecification } from 'maplibre-gl';
import { describe, expect, it } from 'vitest';
import { catalogExtent, readCatalog } from '../src/catalog';
import { composeContent, genericDrawings, initialLayers } from '../src/layers';
import { catalog, layer } from './fixture';

const style: StyleSpecification = {
  version: 8,
  sources: {},
  layers: [
    { id: 'background', type: 'background' },
    { id: 'a/area', type: 'fill', source: 'a', metadata: { 'diaban:layer': 'a' } },
    { id: 'b/area', type: 'fill', source: 'b', metadata: { 'diaban:layer': 'b' }, layout: { visibility: 'none' } },
    { id: 'a/label', type: 'symbol', source: 'a', metadata: { 'diaban:layer': 'a' } },
  ],
};

describe('the map’s content', () => {
  it('leaves out drawings of layers that the caller may not see', () => {
    const content = composeContent(catalog(layer('a')), style);
    expect(content.order).toEqual(['a/area', 'a/label']);
    expect(content.base.map((one) => one.id)).toEqual(['background']);
  });
  it('draws a layer without a style from its geometry, under the labels', () => {
    const content = composeContent(catalog(layer('a'), layer('new', { geometry: ['Point'] })), style);
    expect(content.order).toEqual(['a/area', 'new/point', 'a/label']);
  });
  it('starts with what the style shows', () => {
    expect(initialLayers(composeContent(catalog(layer('a'), layer('b'), layer('new')), style))).toEqual(['a']);
  });
  it('has a drawing for every geometry type', () => {
    const types = ['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon'];
    for (const type of types) expect(genericDrawings(layer('x', { geometry: [type] })).length).toBeGreaterThan(0);
    expect(genericDrawings(layer('x', { geometry: types })).map((one) => one.type)).toEqual([
      'circle', 'line', 'fill', 'line',
    ]);
  });
});

describe('the catalog', () => {
  const answer = {
    synthetic: true,
    groups: [{ id: 'g', title: { vi: 'N', en: 'G' } }],
    layers: [{ ...layer('a'), extent: [105, 10, 106, 11] }, { ...layer('b'), extent: [105.5, 9, 107, 10] }],
  };
  it('is read, and its frame holds every layer', () => {
    const read = readCatalog(JSON.parse(JSON.stringify(answer)));
    expect(read.synthetic).toBe(true);
    expect(catalogExtent(read)).toEqual([105, 9, 107, 11]);
  });
  it('without extents has the frame of the province', () => {
    const read = readCatalog({ ...answer, layers: [layer('a')] });
    expect(catalogExtent(read)[0]).toBeCloseTo(105.5);
  });
  it.each([null, 7, [], {}, { ...answer, layers: [{}] }, { ...answer, groups: 'x' }])('that is %j is refused', (bad) =>
    expect(() => readCatalog(bad)).toThrow(/catalog/),
  );
});
