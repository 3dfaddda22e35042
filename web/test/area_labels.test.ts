import { describe, expect, it } from 'vitest';
import { type LabelledFeature, labelAnchors } from '../src/area_labels';

const box = (id: number | undefined, west: number, south: number, east: number, north: number): LabelledFeature => ({
  id,
  properties: { name_vi: 'Đức Hòa' },
  geometry: {
    type: 'Polygon',
    coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
  },
});

describe('labels of areas', () => {
  it('stand once for an area that four tiles have cut, in its middle', () => {
    const anchors = labelAnchors([box(1, 0, 0, 1, 1), box(1, 1, 0, 2, 1), box(1, 0, 1, 1, 2), box(1, 1, 1, 2, 2)]);
    expect(anchors.features).toHaveLength(1);
    expect(anchors.features[0]?.geometry.coordinates).toEqual([1, 1]);
    expect(anchors.features[0]?.properties).toEqual({ name_vi: 'Đức Hòa' });
  });
  it('stand inside an area that bends around its middle', () => {
    const horseshoe: LabelledFeature = {
      id: 1, properties: {},
      geometry: {
        type: 'MultiPolygon',
        coordinates: [[[[0, 0], [9, 0], [9, 9], [8, 9], [8, 1], [1, 1], [1, 9], [0, 9], [0, 0]]]],
      },
    };
    const [x = NaN, y = NaN] = labelAnchors([horseshoe]).features[0]?.geometry.coordinates ?? [];
    expect(y > 0 && y < 9).toBe(true);
    expect((x > 0 && x < 1) || (x > 8 && x < 9) || y < 1).toBe(true);
  });
  it('leave out what has no id, no area or is no area', () => {
    const point: LabelledFeature = { id: 3, properties: {}, geometry: { type: 'Point', coordinates: [0, 0] } };
    expect(labelAnchors([box(undefined, 0, 0, 1, 1), box(2, 0, 0, 0, 0), point]).features).toEqual([]);
  });
});
