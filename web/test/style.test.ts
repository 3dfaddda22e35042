import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type StyleSpecification, validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, it } from 'vitest';
import { ANCHOR_KEY, LAYER_KEY, ROLE_KEY, metadata } from '../src/layers';
import { styleIn, themesOf } from '../src/looks/looks';

const root = join(__dirname, '../..');
const files = readdirSync(join(root, 'styles')).filter((name) => name.endsWith('.json'));
const read = (name: string): StyleSpecification =>
  JSON.parse(readFileSync(join(root, 'styles', name), 'utf8')) as StyleSpecification;

/** Layer ids as the definitions name them. */
const defined = existsSync(join(root, 'layers'))
  ? readdirSync(join(root, 'layers')).filter((name) => name.endsWith('.toml')).map((name) => name.replace('.toml', ''))
  : [];

describe.each(files)('styles/%s', (name) => {
  const style = read(name);

  it('is valid by the style specification, in each theme, by day and by night', () => {
    expect(validateStyleMin(style)).toEqual([]);
    for (const theme of [null, ...themesOf(style).map(({ id }) => id)]) {
      for (const dark of [false, true]) expect(validateStyleMin(styleIn(style, { theme, dark })), `${theme} ${dark}`).toEqual([]);
    }
  });
  it('names each drawing once, and its layer in the metadata', () => {
    const ids = style.layers.map((one) => one.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const drawing of style.layers) {
      if (drawing.type === 'background') continue;
      expect(metadata(drawing, LAYER_KEY), drawing.id).toBe(drawing.source);
      expect('source-layer' in drawing && drawing['source-layer'], drawing.id).toBe(drawing.source);
      expect(drawing.filter ?? null, `${drawing.id} says which geometry it draws`).not.toBeNull();
    }
  });
  it('draws each layer as far out as it has tiles: nobody switches on what is not to be seen', () => {
    const drawn = new Set(style.layers.map((one) => metadata(one, LAYER_KEY)));
    for (const id of defined.filter((one) => drawn.has(one))) {
      const [, least] = /^zoom = \{ min = (\d+)/m.exec(readFileSync(join(root, 'layers', `${id}.toml`), 'utf8')) ?? [];
      const from = style.layers.filter((one) => metadata(one, LAYER_KEY) === id).map((one) => one.minzoom ?? 0);
      expect(Math.min(...from), id).toBeLessThanOrEqual(Number(least));
    }
  });
  it('says codes in lists, even one: QGIS 3.22 reads no other, and draws all classes alike', () => {
    const labels = (part: unknown): unknown[] => {
      if (typeof part !== 'object' || part === null) return [];
      const own = Array.isArray(part) && part[0] === 'match' ? part.slice(2, -1).filter((_, at) => at % 2 === 0) : [];
      return [...own, ...Object.values(part).flatMap(labels)];
    };
    const all = labels(style.layers);
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((label) => !Array.isArray(label))).toEqual([]);
  });
  it('smooths no edge of an area twice: its line does, and each program fewer draws the first view sooner', () => {
    for (const area of style.layers.filter((one) => one.type === 'fill')) {
      const line = style.layers.some((one) => one.type === 'line' && metadata(one, LAYER_KEY) === metadata(area, LAYER_KEY));
      expect(line && area.paint?.['fill-antialias'], area.id).toBe(false);
    }
  });
  it('asks no other host', () => {
    expect(JSON.stringify(style)).not.toMatch(/https?:|\/\/[a-z]/);
    for (const source of Object.values(style.sources)) {
      expect(source).toMatchObject({ type: 'vector', url: expect.stringMatching(/^\/tiles\/[a-z_]+$/) as string });
    }
  });
  it('uses only the roles that the page knows', () => {
    for (const drawing of style.layers) {
      expect([null, 'outline', 'casing', 'label', 'icon', 'ground']).toContain(metadata(drawing, ROLE_KEY));
      expect([null, 'area']).toContain(metadata(drawing, ANCHOR_KEY));
    }
  });
});

it('styles/map.json draws every layer that is defined', () => {
  const drawn = new Set(read('map.json').layers.map((one) => metadata(one, LAYER_KEY)).filter((id) => id !== null));
  expect(drawn.size).toBeGreaterThanOrEqual(33);
  for (const id of defined) expect(drawn).toContain(id);
  expect(new Set(Object.keys(read('map.json').sources))).toEqual(drawn);
});
