import type { StyleSpecification } from 'maplibre-gl';
import { expect, it } from 'vitest';
import { attributionText, baseMapOf } from '../src/base_map';
import { baseSources, composeContent } from '../src/layers';
import { catalog, layer } from './fixture';

const style: StyleSpecification = {
  version: 8,
  sources: { base_map: { type: 'raster', tiles: ['https://tiles.example/{z}/{x}/{y}.png'] }, a: { type: 'vector', url: '/tiles/a' } },
  layers: [
    { id: 'ground', type: 'background' },
    { id: 'base_map', type: 'raster', source: 'base_map' },
    { id: 'a/area', type: 'fill', source: 'a', metadata: { 'diaban:layer': 'a' } },
  ],
};

it('a map from elsewhere lies under all layers, and nothing of it is there where the server names none', () => {
  const content = composeContent(catalog(layer('a')), style);
  expect(content.base.map(({ id }) => id)).toEqual(['ground', 'base_map']);
  expect(Object.keys(baseSources(content, style.sources))).toEqual(['base_map']);
  expect(baseMapOf(style)?.tiles).toHaveLength(1);
  const { base_map: _none, ...sources } = style.sources;
  expect(baseMapOf({ sources })).toBeNull();
});

it('names who made it as a text', () => {
  expect(attributionText('<a href="https://x.example" onclick="alert(1)">&copy; Nhà xuất bản</a> &amp; khác')).toBe('© Nhà xuất bản & khác');
  expect(attributionText(undefined)).toBe('');
});
