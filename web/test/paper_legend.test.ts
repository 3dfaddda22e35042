import { describe, expect, it } from 'vitest';
import type { Drawing, DrawnLayer } from '../src/layers';
import { LAYER_KEY, ROLE_KEY } from '../src/layers';
import { coloursOf, paperLegend, sourceLine } from '../src/tools/print/paper_legend';
import { attribute, layer } from './fixture';

const base = { source: 'x', metadata: { [LAYER_KEY]: 'x' } };
const fill = (color: unknown): Drawing => ({ ...base, id: 'x/area', type: 'fill', paint: { 'fill-color': color as string } });
const landUse = attribute('use', {
  type: 'enum', values: [{ code: 'LUC', vi: 'Đất lúa', en: 'Rice' }, { code: 'SKK', vi: 'Đất KCN', en: 'Industry' }],
});
const byUse = fill(['match', ['get', 'use'], 'LUC', '#fffc8c', 'SKK', '#faaaa0', '#cccccc']);
const drawn = (...drawings: Drawing[]): DrawnLayer => ({ layer: layer('x', { attributes: [landUse] }), drawings, initiallyOn: true });

describe('the colours of what is in the frame', () => {
  it('are those of its codes, and of the rest', () => {
    expect([...coloursOf(byUse, [{ use: 'SKK' }, { use: 'SKK' }]).colours]).toEqual(['#faaaa0']);
    expect(coloursOf(byUse, [{ use: 'ABC' }, {}])).toEqual({ colours: new Set(['#cccccc']), rest: true });
  });
  it('are those of its ranges; nothing counts as zero, as in the style', () => {
    const byNumber = fill(['step', ['to-number', ['get', 'n'], 0], '#eeeeee', 10, '#aaaaaa', 20, '#333333']);
    expect([...coloursOf(byNumber, [{ n: 10 }, { n: '19.5' }]).colours]).toEqual(['#aaaaaa']);
    expect([...coloursOf(byNumber, [{}, { n: 20 }]).colours]).toEqual(['#eeeeee', '#333333']);
  });
});

describe('the legend of a sheet', () => {
  it('has the layers and classes of the frame, and no others', () => {
    const entries = paperLegend([drawn(byUse)], new Map([['x', [{ use: 'LUC' }]]]));
    expect(entries.map(({ legend }) => legend.classes.map(({ title }) => title.vi))).toEqual([['Đất lúa']]);
    expect(paperLegend([drawn(byUse)], new Map())).toEqual([]);
  });
  it('names of a class of many codes only those that are there', () => {
    const together = fill(['match', ['get', 'use'], ['LUC', 'SKK'], '#fffc8c', '#cccccc']);
    const entries = paperLegend([drawn(together)], new Map([['x', [{ use: 'SKK' }]]]));
    expect(entries[0]?.legend.classes.map(({ codes, title }) => [codes, title.en])).toEqual([[['SKK'], 'Industry']]);
  });
  it('does not take a class for the rest that is drawn in its colour', () => {
    const alike = fill(['match', ['get', 'use'], 'LUC', '#fffc8c', 'SKK', '#cccccc', '#cccccc']);
    const titles = (use: string) =>
      paperLegend([drawn(alike)], new Map([['x', [{ use }]]]))[0]?.legend.classes.map(({ title }) => title.en);
    expect(titles('SKK')).toEqual(['Industry']);
    expect(titles('XYZ')).toEqual(['Other']);
  });
  it('does not read casings and outlines', () => {
    const casing: Drawing = {
      ...base, id: 'x/casing', type: 'line', metadata: { [ROLE_KEY]: 'casing' },
      paint: { 'line-color': ['match', ['get', 'use'], 'SKK', '#faaaa0', '#000000'] },
    };
    const entries = paperLegend([drawn(byUse, casing)], new Map([['x', [{ use: 'LUC' }]]]));
    expect(entries[0]?.legend.classes).toHaveLength(1);
  });
});

it('the source is the owners of what is shown, each once, or says that data are made up', () => {
  const entries = paperLegend([drawn(byUse), drawn(byUse)], new Map([['x', [{ use: 'LUC' }]]]));
  expect(sourceLine(entries, false, 'vi')).toBe('Nguồn: Sở');
  expect(sourceLine(entries, true, 'en')).toContain('sample data');
  expect(sourceLine([], false, 'en')).toContain('owner agencies');
});
