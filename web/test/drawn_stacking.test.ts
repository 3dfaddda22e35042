import type { StyleSpecification } from 'maplibre-gl';
import { describe, expect, it } from 'vitest';
import { composeContent } from '../src/layers';
import { completedStack, stackedDrawings, styleStack } from '../src/stacking';
import { movedTo, neighbour, readArrangement, writtenOpacities, writtenOrder } from '../src/tools/drawn/arrangement';
import { catalog, layer } from './fixture';

const drawing = (id: string, type: string, role?: string) => {
  const owner = id.split('/')[0] ?? '';
  return { id, type, source: owner, 'source-layer': owner, metadata: { 'diaban:layer': owner, ...(role ? { 'diaban:role': role } : {}) } };
};

/** Bottom to top: ground, plan, the areas of works, roads, the points of works, labels. */
const content = composeContent(catalog(layer('commune'), layer('plan'), layer('works'), layer('road')), {
  version: 8, sources: {}, layers: [
    drawing('commune/area', 'fill', 'ground'), drawing('plan/area', 'fill'), drawing('plan/outline', 'line', 'outline'),
    drawing('works/area', 'fill'), drawing('commune/line', 'line', 'outline'), drawing('road/casing', 'line', 'casing'),
    drawing('road/line', 'line'), drawing('works/point', 'circle'), drawing('plan/label', 'symbol', 'label'), drawing('road/label', 'symbol', 'label'),
  ],
} as unknown as StyleSpecification);
const style = styleStack(content);

describe('layers on each other', () => {
  it('lie as the style has them at first, by the highest of their drawings', () => {
    expect(style).toEqual(['works', 'road', 'commune', 'plan']);
    expect(stackedDrawings(content, style)).toEqual(content.order);
  });
  it('lie whole on the layer below them once they are moved; labels stay on top, the ground at the bottom', () => {
    const order = stackedDrawings(content, ['works', 'plan', 'road', 'commune']);
    expect(order[0]).toBe('commune/area');
    expect(order.indexOf('plan/area')).toBe(order.indexOf('road/line') + 1);
    expect(order.indexOf('plan/outline')).toBe(order.indexOf('plan/area') + 1);
    expect(order.slice(-2)).toEqual(['plan/label', 'road/label']);
    expect([...order].sort()).toEqual([...content.order].sort());
  });
  it('leave the others as they were when one goes to the bottom', () => {
    const order = stackedDrawings(content, ['works', 'commune', 'plan', 'road']);
    expect(order.slice(0, 3)).toEqual(['commune/area', 'road/casing', 'road/line']);
    expect(order.indexOf('works/area')).toBeLessThan(order.indexOf('commune/line'));
  });
  it('are put in by the style where a link does not name them; strangers and doubles are nothing', () => {
    expect(completedStack(style, ['plan', 'works'])).toEqual(['road', 'commune', 'plan', 'works']);
    expect(completedStack(style, [])).toEqual(style);
    expect(new Set(completedStack(style, ['<script>', 'plan', 'plan']))).toEqual(new Set(style));
  });
});

describe('an arrangement', () => {
  const on = new Set(['works', 'road', 'plan']);
  it('moves a layer past those that are on', () => {
    expect(neighbour(style, on, 'plan', -1)).toBe('road');
    expect(neighbour(style, on, 'works', -1)).toBeNull();
    expect(movedTo(style, 'plan', 'road')).toEqual(['works', 'plan', 'road', 'commune']);
    expect(movedTo(style, 'works', 'plan')).toEqual(['road', 'commune', 'plan', 'works']);
    expect(movedTo(style, 'works', 'nothing')).toEqual(style);
  });
  it('comes back by the link, which says only what differs from the style', () => {
    const stack = movedTo(style, 'plan', 'works');
    expect(writtenOrder(style, style, on)).toBeNull();
    const said = writtenOrder(stack, style, on);
    expect(said).toBe('plan,works,road');
    const read = readArrangement(said, 'plan:60,road:100,works:5,nothing:50,road:x', style);
    expect(read.stack.filter((id) => on.has(id))).toEqual(['plan', 'works', 'road']);
    expect([...read.opacities]).toEqual([['plan', 60]]);
    expect(writtenOpacities(read.opacities)).toBe('plan:60');
    expect(writtenOpacities(new Map())).toBeNull();
  });
});
