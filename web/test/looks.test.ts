import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type StyleSpecification, validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, it } from 'vitest';
import { composeContent, initialLayers, metadata } from '../src/layers';
import { legendOf } from '../src/legend';
import { chooseLight } from '../src/looks/look_choice';
import { changingPaint, onPaper, styleIn, themesOf, themesWith } from '../src/looks/looks';
import { signOutline } from '../src/looks/signs';
import { placeOf } from '../src/looks/sprite_image';
import { attribute, catalog, layer } from './fixture';

const root = join(__dirname, '../..');
const json = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
const map = json('styles/map.json') as StyleSpecification;
const shared = json('tests/data/styles/looks.json') as {
  style: StyleSpecification; cases: { theme: string | null; dark: boolean; layers: unknown[] }[];
};

/** All colours in a value of a paint property. */
function colours(value: unknown): string[] {
  if (typeof value === 'string') return /^(#|rgba?\()/.test(value) ? [value] : [];
  return Array.isArray(value) ? value.flatMap(colours) : [];
}

/** Relative luminance (WCAG 2.2) of `#rrggbb` or `rgba(r,g,b,a)`, as it is when it is opaque. */
function luminance(colour: string): number {
  const parts = colour.startsWith('#')
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16))
    : (/\(([^)]+)\)/.exec(colour)?.[1] ?? '').split(',').slice(0, 3).map(Number);
  const [red = 0, green = 0, blue = 0] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const LOOKS = [null, ...themesOf(map).map(({ id }) => id)].flatMap((theme) => [false, true].map((dark) => ({ theme, dark })));

describe('the looks of a style', () => {
  it.each(shared.cases)('are here as on the server: theme $theme, dark $dark', ({ theme, dark, layers }) =>
    expect(styleIn(shared.style, { theme, dark }).layers).toEqual(layers),
  );
  it('differ in the properties that they name, and in no others', () => {
    const [day, night] = [false, true].map((dark) => styleIn(shared.style, { theme: null, dark }).layers[3]);
    if (!day || !night) throw new Error('the drawing of roads is gone');
    expect(changingPaint(night).map(([name]) => name).sort()).toEqual(['line-color', 'line-width']);
    expect(changingPaint(day)).toContainEqual(['line-width', undefined]);
  });
  it('offer the themes about something that the caller sees', () => {
    expect(themesWith(shared.style, new Map([['road', 0]])).map(({ id }) => id)).toEqual(['ways']);
    expect(themesWith(shared.style, new Map())).toEqual([]);
  });
  it('of a theme switch its layers and those that one finds one’s way by', () => {
    const seen = catalog(layer('commune'), layer('road'), layer('river'));
    expect(initialLayers(composeContent(seen, styleIn(shared.style, { theme: 'ways', dark: false })))).toEqual(['commune', 'road']);
  });
  it('leave paper white, and what a person made fainter as it is', () => {
    const [day, night] = [false, true].map((dark) => styleIn(shared.style, { theme: null, dark }));
    if (!day || !night) throw new Error('no looks');
    const content = composeContent(catalog(layer('commune'), layer('road'), layer('river')), night, day);
    const screen = night.layers.map((drawing) => (drawing.id === 'commune/area' ? { ...drawing, paint: { ...drawing.paint, 'fill-opacity': 0.3 } } : drawing));
    const paper = new Map(onPaper(screen as never, content).map((drawing) => [drawing.id, drawing.paint]));
    expect(paper.get('background')).toEqual({ 'background-color': '#ffffff' });
    expect(paper.get('commune/area')).toEqual({ 'fill-color': '#fafafa', 'fill-opacity': 0.3 });
    expect(paper.get('road/line')).toEqual(day.layers[3]?.paint);
  });
  it.each([['dark', false, 'dark'], ['light', true, 'light'], [null, true, 'dark'], [null, false, 'light'], ['purple', true, 'dark']])(
    'are those that were chosen (%s), else those of the system (dark: %s)',
    (remembered, system, chosen) => expect(chooseLight(remembered, system)).toBe(chosen),
  );
});

describe('styles/map.json', () => {
  it.each(LOOKS)('has names that can be read: theme $theme, dark $dark', (look) => {
    for (const drawing of styleIn(map, look).layers) {
      if (drawing.type !== 'symbol' || !drawing.layout?.['text-field']) continue;
      const [ink, halo] = [drawing.paint?.['text-color'], drawing.paint?.['text-halo-color']];
      expect(contrast(String(ink), String(halo)), drawing.id).toBeGreaterThanOrEqual(4.5);
      const numbers = ([drawing.layout['text-size'] ?? 16] as unknown[]).flat(9).filter((part): part is number => typeof part === 'number');
      // By zoom: every other one is a size.
      const sizes = numbers.filter((_, index) => numbers.length === 1 || index % 2 === 1);
      expect(Math.max(...sizes), drawing.id).toBeLessThanOrEqual(18);
      expect(Math.min(...sizes), drawing.id).toBeGreaterThanOrEqual(9.5);
      expect([drawing.layout['text-allow-overlap'], drawing.layout['text-ignore-placement']], drawing.id).toEqual([undefined, undefined]);
    }
  });
  it.each(LOOKS)('has points whose white signs are seen, and that are seen on the ground: theme $theme, dark $dark', (look) => {
    const { layers } = styleIn(map, look);
    const ground = layers.find(({ id }) => id === 'admin_commune/area');
    const land = ground?.type === 'fill' ? String(ground.paint?.['fill-color']) : '';
    for (const drawing of layers) {
      if (drawing.type !== 'circle') continue;
      for (const colour of colours(drawing.paint?.['circle-color'])) {
        expect(contrast(colour, '#ffffff'), `${drawing.id} ${colour}`).toBeGreaterThanOrEqual(2.9);
        expect(contrast(colour, land), `${drawing.id} ${colour}`).toBeGreaterThanOrEqual(2.2);
      }
    }
  });
  it('names signs that there are, and there is none that it does not name', () => {
    const names = new Set<string>();
    for (const drawing of map.layers) {
      const image: unknown = drawing.type === 'symbol' ? drawing.layout?.['icon-image'] : undefined;
      if (image === undefined) continue;
      if (typeof image === 'string') names.add(image);
      else (image as unknown[]).forEach((part, index, all) => (index === all.length - 1 || (index > 2 && index % 2 === 1)) && names.add(String(part)));
    }
    const files = readdirSync(join(root, 'styles/icons')).filter((name) => name.endsWith('.svg')).map((name) => name.replace('.svg', ''));
    for (const name of names) expect(signOutline(name), name).toMatch(/^M/);
    expect(files.filter((name) => !names.has(name))).toEqual([]);
  });
  it('has the colours of the ministry’s table for land uses, and says where they are from', () => {
    const drawing = map.layers.find(({ id }) => id === 'land_use_plan/area');
    const match = (drawing?.type === 'fill' ? drawing.paint?.['fill-color'] : []) as unknown as unknown[];
    const colourOf = (code: string): unknown => match[match.findIndex((part) => part === code || (Array.isArray(part) && part.includes(code))) + 1];
    const rgb = (...parts: number[]): string => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
    expect(colourOf('LUC')).toBe(rgb(255, 252, 140));
    expect(colourOf('CLN')).toBe(rgb(255, 210, 160));
    expect(colourOf('RPH')).toBe(rgb(190, 255, 30));
    expect(colourOf('ONT')).toBe(rgb(255, 208, 255));
    expect(colourOf('ODT')).toBe(rgb(255, 160, 255));
    expect(colourOf('DGT')).toBe(rgb(255, 170, 50));
    expect(colourOf('SKK')).toBe(rgb(250, 170, 160));
    expect(metadata(drawing ?? {}, 'diaban:colours')).toContain('08/2024/TT-BTNMT');
  });
});

describe('a legend', () => {
  const levels = attribute('level', { type: 'enum', values: [{ code: 'kindergarten', vi: 'Mầm non', en: 'Kindergarten' }, { code: 'primary', vi: 'Tiểu học', en: 'Primary' }] });
  it('of facilities shows the sign that the map has for each class', () => {
    const drawings = composeContent(catalog(layer('school')), map).layers.get('school')?.drawings ?? [];
    const { classes, swatches } = legendOf(layer('school', { attributes: [levels] }), drawings);
    expect(classes.map(({ title, swatch }) => [title.en, swatch.sign])).toEqual([['Kindergarten', 'kindergarten'], ['Primary', 'school']]);
    expect(swatches[0]?.sign).toBe('school');
  });
});

describe('drawings that the server makes of a definition', () => {
  const generated = json('tests/data/styles/generated.json') as StyleSpecification;
  it.each([false, true])('are valid by the style specification (dark: %s)', (dark) => {
    expect(generated.layers.length).toBeGreaterThan(8);
    expect(validateStyleMin(styleIn(generated, { theme: null, dark }))).toEqual([]);
  });
  it('have a legend', () => {
    const crops = attribute('crop', { type: 'enum', values: [{ code: 'rice', vi: 'Lúa', en: 'Rice' }] });
    const drawn = composeContent(catalog(layer('crop_zone')), generated).layers.get('crop_zone')?.drawings ?? [];
    expect(legendOf(layer('crop_zone', { attributes: [crops] }), drawn).classes.map(({ title }) => title.en)).toEqual(['Rice']);
  });
});

describe('a sprite that somebody else has made', () => {
  const sheet = { width: 60, height: 30 };
  const tower = { x: 30, y: 0, width: 30, height: 30, pixelRatio: 2, sdf: true };
  it('says where each picture stands', () => expect(placeOf({ tower }, 'tower', sheet)).toEqual(tower));
  it.each([
    ['nothing', null], ['a list', []], ['another name', { mast: tower }], ['no place', { tower: 5 }], ['half a place', { tower: { x: 1, y: 1 } }],
    ['a place beyond the sheet', { tower: { ...tower, x: 31 } }], ['a place before it', { tower: { ...tower, x: -1 } }],
    ['no size', { tower: { ...tower, width: 0 } }], ['words', { tower: { ...tower, width: '30' } }],
  ])('is not followed where it has %s', (_, index) => expect(placeOf(index, 'tower', sheet)).toBeNull());
  it('has no pictures by the names of what all objects have', () => expect(placeOf({}, 'constructor', sheet)).toBeNull());
});
