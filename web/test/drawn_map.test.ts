import { describe, expect, it } from 'vitest';
import { layerSource } from '../src/layer_source';
import type { Drawing } from '../src/layers';
import { atOpacity, faded, times } from '../src/opacity';
import { layer } from './fixture';

const PAGE = 'http://host.example/map?x#y';

describe('where the tiles of a layer come from', () => {
  const styled = { type: 'vector', url: '/tiles/school' } as const;
  const own = layer('school', { minzoom: 6, maxzoom: 16, extent: [105, 10, 107, 12] });
  const said = { type: 'vector', minzoom: 6, maxzoom: 16, bounds: [105, 10, 107, 12] };
  it('the catalog says, in the form that is asked for: no TileJSON is waited for', () => {
    expect(layerSource(own, styled, 'mvt', null, PAGE)).toEqual({ ...said, tiles: ['http://host.example/tiles/school/{z}/{x}/{y}'], encoding: 'mvt' });
    expect(layerSource(own, undefined, 'mlt', null, PAGE)).toEqual({ ...said, tiles: ['http://host.example/tiles/school/{z}/{x}/{y}?f=mlt'], encoding: 'mlt' });
  });
  it('a style of the operator’s own says, where that is elsewhere', () => {
    const elsewhere = { type: 'vector', url: 'https://tiles.example/school' } as const;
    expect(layerSource(own, elsewhere, 'mvt', null, PAGE)).toEqual({ ...elsewhere, encoding: 'mvt' });
    const listed = { type: 'vector', tiles: ['https://tiles.example/{z}/{x}/{y}'] } as const;
    expect(layerSource(own, { ...listed, tiles: [...listed.tiles] }, 'mvt', null, PAGE)).toEqual({ ...listed, encoding: 'mvt' });
  });
  it('with a filter it is asked for in each address, whatever signs are in it', () => {
    const filter = `"name" LIKE '%{z}&f=x#%' AND "a" >= 1`;
    const { tiles = [], ...rest } = layerSource(layer('school', { minzoom: 6, maxzoom: 16, extent: [105, 10, 107, 12] }), styled, 'mlt', filter, PAGE) as { tiles?: string[] };
    expect(rest).toEqual({ type: 'vector', encoding: 'mlt', minzoom: 6, maxzoom: 16, bounds: [105, 10, 107, 12] });
    expect(tiles[0]?.match(/\{\w+\}/g)).toEqual(['{z}', '{x}', '{y}']);
    const asked = new URL((tiles[0] ?? '').replace('{z}', '1').replace('{x}', '2').replace('{y}', '3'));
    expect(asked.pathname).toBe('/tiles/school/1/2/3');
    expect(asked.searchParams.get('filter')).toBe(filter);
    expect(asked.searchParams.get('f')).toBe('mlt');
    expect(asked.hash).toBe('');
  });
});

describe('a fainter drawing', () => {
  it('multiplies what the style says, inside of steps by zoom', () => {
    expect(times(undefined, 0.5)).toBe(0.5);
    expect(times(0.4, 0.5)).toBe(0.2);
    expect(times(['interpolate', ['linear'], ['zoom'], 9, 0.6, 11, ['get', 'x']], 0.5))
      .toEqual(['interpolate', ['linear'], ['zoom'], 9, 0.3, 11, ['*', 0.5, ['get', 'x']]]);
    expect(times(['step', ['zoom'], 0.2, 10, 0.8], 0.5)).toEqual(['step', ['zoom'], 0.1, 10, 0.4]);
  });
  it('is as the style says again at full strength', () => {
    const drawing = { id: 'a', type: 'circle', source: 'a', paint: { 'circle-opacity': 0.8 } } as Drawing;
    expect(faded(drawing, 0.5)).toEqual([['circle-opacity', 0.4], ['circle-stroke-opacity', 0.5]]);
    expect(faded(drawing, 1)).toEqual([['circle-opacity', 0.8], ['circle-stroke-opacity', undefined]]);
    expect([atOpacity(drawing, 0.5).paint, atOpacity(drawing, 1)]).toEqual([{ ...drawing.paint, 'circle-opacity': 0.4, 'circle-stroke-opacity': 0.5 }, drawing]);
  });
});
