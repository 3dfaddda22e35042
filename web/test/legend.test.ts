import { describe, expect, it } from 'vitest';
import type { Drawing } from '../src/layers';
import { LAYER_KEY, ROLE_KEY } from '../src/layers';
import { legendOf } from '../src/legend';
import { attribute, layer } from './fixture';

const base = { id: 'x', source: 'x', metadata: { [LAYER_KEY]: 'x' } };
const fill = (color: unknown): Drawing => ({ ...base, type: 'fill', paint: { 'fill-color': color as string } });
const landUse = attribute('use', {
  type: 'enum',
  values: [{ code: 'LUC', vi: 'Đất lúa', en: 'Rice' }, { code: 'SKK', vi: 'Đất KCN', en: 'Industry' }],
});

describe('a legend', () => {
  it('of one colour is one swatch with the outline of the map', () => {
    const outline: Drawing = {
      ...base, type: 'line', metadata: { [ROLE_KEY]: 'outline' }, paint: { 'line-color': '#222222' },
    };
    const legend = legendOf(layer('x'), [fill('#ff0000'), outline]);
    expect(legend.classes).toEqual([]);
    expect(legend.swatches).toEqual([
      { shape: 'area', color: '#ff0000', outline: '#222222', opacity: 0.85, dashed: false },
    ]);
  });

  it('of classes has the titles of the domain, and codes known from paper', () => {
    const legend = legendOf(layer('x', { attributes: [landUse] }), [
      fill(['match', ['get', 'use'], 'LUC', '#fffc8c', ['SKK', 'SKN'], '#faaaa0', '#cccccc']),
    ]);
    expect(legend.classifiedBy).toEqual(landUse.title);
    expect(legend.classes.map((one) => [one.swatch.color, one.codes, one.title.vi])).toEqual([
      ['#fffc8c', ['LUC'], 'Đất lúa'],
      ['#faaaa0', ['SKK'], 'Đất KCN'],
    ]);
  });

  it('names the rest where the classes do not cover the domain', () => {
    const legend = legendOf(layer('x', { attributes: [landUse] }), [
      fill(['match', ['get', 'use'], 'LUC', '#fffc8c', '#cccccc']),
    ]);
    expect(legend.classes.map((one) => one.title.en)).toEqual(['Rice', 'Other']);
  });

  it('of quantities has ranges in each language', () => {
    const population = attribute('population', { type: 'integer' });
    const legend = legendOf(layer('x', { attributes: [population] }), [
      fill(['step', ['to-number', ['get', 'population'], 0], '#eeeeee', 10000, '#aaaaaa', 20000, '#333333']),
    ]);
    expect(legend.classes.map((one) => one.title.vi)).toEqual(['Dưới 10.000', '10.000 – 20.000', 'Từ 20.000']);
    expect(legend.classes.map((one) => one.title.en)).toEqual(['Below 10,000', '10,000 – 20,000', '20,000 and more']);
  });

  it('does not tell of an attribute that the caller may not see', () => {
    const legend = legendOf(layer('x'), [fill(['match', ['get', 'hidden'], 'a', '#111111', '#cccccc'])]);
    expect(legend.classes).toEqual([]);
  });
});
