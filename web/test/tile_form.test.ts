import { expect, it } from 'vitest';
import { inForm, isTileForm } from '../src/tile_form';

it('the address of a TileJSON names the form that is not the usual one', () => {
  expect(inForm('/tiles/school', 'mvt')).toBe('/tiles/school');
  expect(inForm('/tiles/school', 'mlt')).toBe('/tiles/school?f=mlt');
  expect(inForm('/tiles/school?properties=level', 'mlt')).toBe('/tiles/school?properties=level&f=mlt');
});

it('no other form is known', () => {
  expect(['mvt', 'mlt', 'png', '', null].filter(isTileForm)).toEqual(['mvt', 'mlt']);
});
