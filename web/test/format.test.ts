import { describe, expect, it } from 'vitest';
import { formatDayOf, formatPosition, formatValue } from '../src/format';
import { attribute } from './fixture';

const number = attribute('price', { type: 'number', unit: 'VND/m2' });
const date = attribute('legal_doc_date', { type: 'date' });
const level = attribute('level', {
  type: 'enum', values: [{ code: 'primary', vi: 'Tiểu học', en: 'Primary' }],
});

describe('numbers', () => {
  it('are written in each language, with the unit in that language', () => {
    expect(formatValue(1234567.5, number, 'vi')).toBe('1.234.567,5 đồng/m²');
    expect(formatValue(1234567.5, number, 'en')).toBe('1,234,567.5 VND/m²');
  });
  it('keep per cent at the number and no grouping in years', () => {
    expect(formatValue(86.4, attribute('occupancy_pct', { type: 'number', unit: '%' }), 'vi')).toBe('86,4%');
    expect(formatValue(2026, attribute('plan_year', { type: 'integer' }), 'vi')).toBe('2026');
    expect(formatValue(2030, attribute('period_to', { type: 'integer' }), 'en')).toBe('2030');
    expect(formatValue(1200, attribute('pupil_count', { type: 'integer' }), 'vi')).toBe('1.200');
  });
  it('keep zero, and text that is no number', () => {
    expect(formatValue(0, number, 'vi')).toBe('0 đồng/m²');
    expect(formatValue('abc', number, 'vi')).toBe('abc');
  });
});

describe('dates', () => {
  it('of moments are those of Vietnam, where the morning is still the day before in UTC', () => {
    expect(formatDayOf('2026-11-29T22:00:00Z', 'vi')).toBe('30/11/2026');
    expect(formatDayOf('2026-11-29T16:59:59Z', 'en')).toBe('29 November 2026');
    expect(formatDayOf('2026-11-30T00:00:00+07:00', 'vi')).toBe('30/11/2026');
    expect(formatDayOf('2026-11-29', 'vi')).toBe('29/11/2026');
    expect(formatDayOf('?', 'vi')).toBe('?');
  });
  it('stay the same day in any time zone', () => {
    expect(formatValue('2025-07-01', date, 'vi')).toBe('01/07/2025');
    expect(formatValue('2025-07-01', date, 'en')).toBe('1 July 2025');
  });
  it('tell moments in Vietnamese time', () => {
    const moment = attribute('updated_at', { type: 'timestamp' });
    expect(formatValue('2026-11-20T18:30:00Z', moment, 'vi')).toBe('01:30, 21/11/2026');
    expect(formatValue('2026-11-20T18:30:00Z', moment, 'en')).toBe('01:30, 21 November 2026');
  });
  it('are shown as they came when they are no dates', () => {
    expect(formatValue('hôm qua', date, 'vi')).toBe('hôm qua');
  });
});

describe('codes, truth and lists', () => {
  it('show the title of a code, and an unknown code as it is', () => {
    expect(formatValue('primary', level, 'vi')).toBe('Tiểu học');
    expect(formatValue('primary', level, 'en')).toBe('Primary');
    expect(formatValue('other', level, 'en')).toBe('other');
  });
  it('say yes and no', () => {
    const free = attribute('free', { type: 'boolean' });
    expect(formatValue(true, free, 'vi')).toBe('Có');
    expect(formatValue(false, free, 'en')).toBe('No');
  });
  it('read a list from GeoJSON and from a tile alike', () => {
    const tech = attribute('tech', { type: 'text_list' });
    expect(formatValue(['4G', '5G'], tech, 'vi')).toBe('4G, 5G');
    expect(formatValue('4G, 5G', tech, 'vi')).toBe('4G, 5G');
  });
  it('have nothing to say of null', () => {
    for (const nothing of [null, undefined, '']) expect(formatValue(nothing, level, 'vi')).toBeNull();
    expect(formatValue([], attribute('tech', { type: 'text_list' }), 'vi')).toBeNull();
  });
});

it('a position is written latitude first, in the letters of the language', () => {
  expect(formatPosition(106.123456, 11.05, 'vi')).toBe('11,05000° B, 106,12346° Đ');
  expect(formatPosition(106.123456, 11.05, 'en')).toBe('11.05000° N, 106.12346° E');
});
