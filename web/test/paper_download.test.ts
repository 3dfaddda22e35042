import { describe, expect, it } from 'vitest';
import { conditions, fileAddress, hasPositions, megabytes, refusedText, tooMany } from '../src/tools/download/forms';
import { layer } from './fixture';

const school = layer('school', { geometry: ['Point'] });
const parcel = layer('parcel');

describe('the address of a file', () => {
  it('is of the whole layer, or of a box', () => {
    const choice = { layer: 'parcel', form: 'gpkg', box: null, filter: null, positions: 'lonlat' } as const;
    expect(fileAddress(choice, parcel)).toBe('/collections/parcel/download?f=gpkg');
    const address = fileAddress({ ...choice, box: [106.123456789, 11, 106.2, 11.1] }, parcel);
    expect(new URL(address, 'http://x').searchParams.get('bbox')).toBe('106.1234568,11,106.2,11.1');
  });
  it('is of what matches the filter of the layer alone', () => {
    const part = { box: null, filter: "level = 'primary'" } as const;
    expect([...conditions(part)]).toEqual([['filter', "level = 'primary'"]]);
    const address = fileAddress({ layer: 'school', form: 'csv', positions: 'lonlat', ...part }, school);
    expect(new URL(address, 'http://x').searchParams.get('filter')).toBe("level = 'primary'");
  });
  it('says how a table has positions only where it has any', () => {
    const choice = { layer: 'school', form: 'csv', box: null, filter: null, positions: 'vn2000' } as const;
    expect(fileAddress(choice, school)).toContain('geometry=vn2000');
    expect(fileAddress({ ...choice, form: 'xlsx' }, school)).not.toContain('geometry');
    expect(fileAddress({ ...choice, layer: 'parcel' }, parcel)).not.toContain('geometry');
    expect(hasPositions(layer('x', { geometry: ['Point', 'MultiPoint'] }))).toBe(false);
    expect([...conditions({ box: null, filter: null })]).toEqual([]);
  });
});

describe('what does not go into a file', () => {
  it('is told with both numbers', () => {
    expect(tooMany(1_048_575, 'xlsx', 'vi')).toBeNull();
    expect(tooMany(1_048_576, 'xlsx', 'vi')).toContain('1.048.576');
    expect(tooMany(1_048_576, 'csv', 'vi')).toBeNull();
    expect(tooMany(20_000_001, 'gpkg', 'en')).toContain('20,000,000');
  });
});

describe('a refusal', () => {
  const refused = (status: number | null, retryAfterS: number | null = null, detail: string | null = null): string =>
    refusedText({ failure: status === null ? 'away' : 'refused', status, retryAfterS, detail }, 'en');
  it('says what to do', () => {
    expect(refused(429, 7)).toContain('7 seconds');
    expect(refused(503, 2)).toContain('2 seconds');
    expect(refused(503)).toContain('10 seconds');
    expect(refused(413)).toContain('Zoom in');
    expect(refused(422)).toContain('Zoom in');
    expect(refused(403)).toContain('may not see');
    expect(refused(500, null, 'the log has it under 12')).toContain('the log has it under 12');
  });
  it('tells a server that is away from a file that broke off', () => {
    expect(refused(null)).toContain('does not answer');
    expect(refusedText({ failure: 'away', status: 200, retryAfterS: null, detail: null }, 'vi')).toContain('đứt giữa chừng');
  });
});

it('sizes are megabytes in each language', () => {
  expect(megabytes(1_234_567, 'vi')).toBe('1,2');
  expect(megabytes(56_000, 'en')).toBe('0.06');
  expect(megabytes(10, 'en')).toBe('0.01');
});
