import { describe, expect, it } from 'vitest';
import { readHits } from '../src/hits';

const unit = {
  kind: 'unit', name: 'Xã An Ninh Đông', title: { vi: 'Xã', en: 'Commune' }, id: 'commune:27943@2025-06-30',
  valid_from: null, valid_to: '2025-07-01', bbox: null,
};
const school = {
  kind: 'feature', layer: 'school', id: 7, name: 'Trường Khánh Hậu', title: { vi: 'Trường học', en: 'Schools' },
  value: '27943-01', bbox: [106.4, 10.5, 106.4, 10.5],
};

describe('what a search finds', () => {
  it('is a unit with its days, or a feature with its layer and number', () => {
    const [first, second] = readHits({ hits: [unit, school] });
    expect(first).toEqual({
      kind: 'unit', name: 'Xã An Ninh Đông', title: { vi: 'Xã', en: 'Commune' }, feature: null, value: null,
      from: null, until: '2025-07-01', bounds: null,
    });
    expect(second?.feature).toEqual({ layer: 'school', id: 7 });
    expect(second?.bounds).toEqual([106.4, 10.5, 106.4, 10.5]);
    expect(second?.value).toBe('27943-01');
  });
  it('names what was found once, where it is the name itself', () => {
    expect(readHits({ hits: [{ ...school, value: school.name }] })[0]?.value).toBeNull();
  });
  it('is read from no other answer', () => {
    for (const other of [null, {}, { hits: {} }, 'hits']) expect(() => readHits(other)).toThrow();
    expect(readHits({ hits: [{ ...school, bbox: [1, 2, null, 3] }] })[0]?.bounds).toBeNull();
  });
});
