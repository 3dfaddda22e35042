import { expect, it } from 'vitest';
import { communeOfTile } from '../src/tools/area/units';

const tile = { code: '25729', name_vi: 'Phước Chỉ', valid_from: '2025-07-01' };

it('a click takes the commune that the map shows, if it was one on the day that is asked for', () => {
  expect(communeOfTile(tile, '2026-11-30')).toMatchObject({ level: 'commune', code: '25729', name: 'Phước Chỉ', from: '2025-07-01', until: null });
  expect(communeOfTile({ ...tile, valid_to: '2026-01-01' }, '2026-01-01')).toBeNull();
  expect(communeOfTile(tile, '2025-06-30')).toBeNull();
});

it('what a tile does not say whole is asked of the server', () => {
  for (const lacking of [{ ...tile, valid_from: undefined }, { ...tile, code: undefined }, { ...tile, code: '<b>' }, {}]) {
    expect(communeOfTile(lacking, '2026-11-30')).toBeNull();
  }
});
