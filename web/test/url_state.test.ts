import { describe, expect, it } from 'vitest';
import { formatUrlState, parseUrlState } from '../src/url_state';

describe('a link', () => {
  it('brings back position, layers, language and the open tool', () => {
    const state = {
      position: { zoom: 12.25, latitude: 11.05123, longitude: 106.12346 }, layers: ['school', 'road_segment'], language: 'en',
      tiles: 'mlt' as const, tool: 'area', own: { area: 'commune:27943@2025-03-01', name: 'Tân An + 5 %; a,b/c (d)' },
    };
    expect(parseUrlState(formatUrlState(state))).toEqual(state);
  });
  it('tells no layers from layers that it does not mention', () => {
    expect(parseUrlState('#layers=').layers).toEqual([]);
    expect(parseUrlState('#lang=vi').layers).toBeNull();
  });
  it.each(['#map=abc', '#map=1/2', '#map=12//106', '#map=99/11/106', '#map=8/11/999', '#map=8/NaN/106', '', '#'])(
    'with %j says nothing of the position',
    (hash) => expect(parseUrlState(hash).position).toBeNull(),
  );
  it('asks for MVT unless it says otherwise, and does not mention it', () => {
    for (const hash of ['', '#tiles=', '#tiles=png']) expect(parseUrlState(hash).tiles).toBe('mvt');
    expect(formatUrlState({ position: null, layers: null, language: 'vi', tiles: 'mvt', tool: null, own: {} })).toBe('#lang=vi');
  });
  it('keeps what a tool says, whatever signs are in it', () => {
    const own = { flt: '{"a":["and&#% +"]}', ord: 'a,b' };
    const link = formatUrlState({ position: null, layers: null, language: 'vi', tiles: 'mvt', tool: 'drawn', own });
    expect(parseUrlState(link).own).toEqual(own);
  });
  it('takes only ids for layers', () => {
    expect(parseUrlState('#layers=school,<script>,../x').layers).toEqual(['school']);
  });
});
