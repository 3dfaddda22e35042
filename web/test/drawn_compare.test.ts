import { describe, expect, it } from 'vitest';
import { readComparison, shareAfter, writtenComparison } from '../src/tools/compare/sides';

const layers = new Set(['school', 'road']);

describe('a comparison', () => {
  it('comes back by the link', () => {
    expect(readComparison(writtenComparison(40.4, ['road', 'school']), layers)).toEqual({ share: 40, right: ['road', 'school'] });
    expect(readComparison('0:', layers)).toEqual({ share: 0, right: [] });
    expect(readComparison('999:road,road,<x>', layers)).toEqual({ share: 50, right: null });
    expect(readComparison('999:road,road,other', layers)).toEqual({ share: 100, right: ['road'] });
    expect(readComparison(null, layers)).toEqual({ share: 50, right: null });
  });
  it('has a bar that keys move, within the map', () => {
    expect(['ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End', 'x'].map((key) => shareAfter(key, 50))).toEqual([48, 52, 60, 40, 0, 100, null]);
    expect(shareAfter('ArrowLeft', 1)).toBe(0);
    expect(shareAfter('PageUp', 95)).toBe(100);
  });
});
