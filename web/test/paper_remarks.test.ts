import { describe, expect, it } from 'vitest';
import { TileRemarks, tileExtent, tileOf } from '../src/tile_remarks';

const url = 'http://x/tiles/road_segment/10/814/480?f=mlt';
const extent = tileExtent(10, 814, 480);
const last = (): number => 14;

describe('a tile that was cut', () => {
  it('is known by its address', () => {
    expect(tileOf(url)).toEqual({ layers: 'road_segment', z: 10, x: 814, y: 480 });
    expect(tileOf('http://x/tiles/road_segment')).toBeNull();
    expect(extent[0]).toBeCloseTo(106.17, 2);
    expect(extent[3]).toBeCloseTo(11.18, 2);
  });

  it('is told of where the map shows it, at its zoom', () => {
    const remarks = new TileRemarks();
    expect(remarks.note({ url, dropped: 'road_segment=12/340, parcel=1/9', asOf: null })).toBe(true);
    const [west, south, east, north] = extent;
    expect(remarks.cutIn([west + 0.1, south, east, north], 10.7, last)).toEqual(['road_segment', 'parcel']);
    expect(remarks.cutIn([west, south, east, north], 11.1, last)).toEqual([]);
    expect(remarks.cutIn([east, south, east + 1, north], 10.7, last)).toEqual([]);
    expect(remarks.cutIn(extent, 15, () => 10)).toEqual(['road_segment', 'parcel']);
    expect(remarks.cutIn(extent, 10, (layer) => (layer === 'parcel' ? null : 14))).toEqual(['road_segment']);
  });

  it('is forgotten when it comes whole', () => {
    const remarks = new TileRemarks();
    remarks.note({ url, dropped: 'road_segment=12/340', asOf: null });
    expect(remarks.note({ url, dropped: null, asOf: null })).toBe(true);
    expect(remarks.cutIn(extent, 10, last)).toEqual([]);
    expect(remarks.note({ url: 'http://x/other', dropped: 'a=1/2', asOf: null })).toBe(false);
  });
});
