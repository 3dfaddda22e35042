import { describe, expect, it } from 'vitest';
import { type Condition, type LayerFilter, flawOf, isDay, operatorsOf } from '../src/tools/filter/conditions';
import { containing, cql2Text, literal, property } from '../src/tools/filter/cql2';
import { settled, typed } from '../src/tools/filter/drafts';
import { readFilters, writtenFilters } from '../src/tools/filter/link';
import { boundsOf, columnsOf, downloadAddress, readMatches, refusalOf } from '../src/tools/filter/matches';
import { readNumber } from '../src/tools/filter/numbers';
import { inWords } from '../src/tools/filter/words';
import { attribute, layer } from './fixture';

const code = (name: string, vi = name) => ({ code: name, vi, en: name });
const school = layer('school', {
  label: 'name',
  attributes: [
    attribute('name'), attribute('level', { type: 'enum', values: [code('primary', 'Tiểu học'), code("o'dd"), code('high', 'Phổ thông')] }),
    attribute('pupils', { type: 'integer', unit: 'person' }), attribute('built', { type: 'date' }), attribute('changed', { type: 'timestamp' }),
    attribute('open', { type: 'boolean' }), attribute('tags', { type: 'text_list' }),
    attribute('sectors', { type: 'text_list', values: [code('10'), code('25')] }), attribute('free', { type: 'enum' }),
  ],
});

const one = (attribute_: string, operator: Condition['operator'], ...values: string[]): LayerFilter =>
  ({ join: 'and', conditions: [{ attribute: attribute_, operator, values }] });
const text = (filter: LayerFilter) => cql2Text(filter, school);

describe('a condition as CQL2 text', () => {
  it.each<[LayerFilter, string]>([
    [one('name', 'contains', ' đức hòa '), `CASEI(ACCENTI("name")) LIKE CASEI(ACCENTI('%đức hòa%'))`],
    [one('name', 'is', 'Đức Hòa'), `CASEI(ACCENTI("name")) = CASEI(ACCENTI('Đức Hòa'))`],
    [one('level', 'anyOf', 'high', 'primary'), `"level" IN ('primary', 'high')`],
    [one('level', 'anyOf', "o'dd", 'strange'), `"level" IN ('o''dd')`],
    [one('level', 'noneOf', 'high'), `"level" IS NULL OR "level" NOT IN ('high')`],
    [one('sectors', 'anyOf', '25', '10'), `A_OVERLAPS("sectors", ('10', '25'))`],
    [one('sectors', 'noneOf', '25'), `"sectors" IS NULL OR NOT A_OVERLAPS("sectors", ('25'))`],
    [one('tags', 'holds', "x'"), `A_CONTAINS("tags", ('x'''))`],
    [one('pupils', 'between', '100', '1e3'), '"pupils" >= 100 AND "pupils" <= 1000'],
    [one('pupils', 'between', '', '-2.5'), '"pupils" <= -2.5'],
    [one('built', 'days', '2025-01-01', ''), `"built" >= DATE('2025-01-01')`],
    [one('changed', 'days', '2025-01-01', '2025-12-31'), `"changed" >= DATE('2025-01-01') AND "changed" <= DATE('2025-12-31')`],
    [one('open', 'yes'), '"open" = TRUE'],
    [one('open', 'no'), '"open" = FALSE'],
    [one('tags', 'has'), '"tags" IS NOT NULL'],
    [one('free', 'hasNot'), '"free" IS NULL'],
  ])('%j is asked', (filter, expected) => expect(text(filter)).toBe(expected));

  it('stands in parentheses beside others', () => {
    const conditions = [...one('level', 'noneOf', 'high').conditions, ...one('pupils', 'between', '1', '2').conditions];
    expect(text({ join: 'and', conditions })).toBe(`("level" IS NULL OR "level" NOT IN ('high')) AND ("pupils" >= 1 AND "pupils" <= 2)`);
    expect(text({ join: 'or', conditions })).toContain(') OR (');
  });
  it('is none while something is missing, or where the layer does not have it', () => {
    expect(text(one('name', 'contains', ' '))).toBeNull();
    expect(text(one('secret', 'has'))).toBeNull();
    expect(text({ join: 'and', conditions: [] })).toBeNull();
    expect(text({ join: 'or', conditions: [...one('open', 'yes').conditions, ...one('level', 'anyOf').conditions] })).toBeNull();
  });
});

describe('what a stranger typed', () => {
  const hostile = [`'`, `''`, `x' OR 1=1 --`, `\\`, `\\'`, `%`, `_`, `100%_\\`, `"name"`, `'); DROP TABLE school; --`, `\0`, '<script>', '\u202eđảo', '😀', `\n`];
  it.each(hostile)('%j stays one text', (typed_) => {
    const written = literal(typed_);
    // What is left when doubled quotes are taken out has the two quotes of the ends, and no other.
    expect(written.slice(1, -1).replace(/''/g, '')).not.toContain("'");
    expect(written.startsWith("'") && written.endsWith("'")).toBe(true);
    expect(written).not.toContain('\0');
  });
  it('is no sign of a pattern', () => {
    expect(containing('100%_\\')).toBe('%100\\%\\_\\\\%');
    expect(text(one('name', 'contains', `%' OR "a" LIKE '`))).toBe(`CASEI(ACCENTI("name")) LIKE CASEI(ACCENTI('%\\%'' OR "a" LIKE ''%'))`);
  });
  it('is composed as the server has it', () => expect(literal('Ho\u0300a')).toBe(`'${'Hòa'.normalize('NFC')}'`));
  it('is no end of a name', () => expect(property('a"b')).toBe('"a""b"'));
});

describe('what is wrong with a condition', () => {
  it.each<[LayerFilter, string | null]>([
    [one('name', 'contains', 'a'.repeat(201)), 'longText'], [one('name', 'is', ' \0 '), 'noText'], [one('level', 'anyOf', 'strange'), 'noChoice'],
    [one('pupils', 'between', '', ''), 'noBound'], [one('pupils', 'between', 'x', ''), 'noNumber'],
    [one('pupils', 'between', '10', '9'), 'turned'], [one('pupils', 'between', '9', '10'), null],
    [one('built', 'days', '2025-02-30', ''), 'noDay'], [one('built', 'days', '2025-02-03', '2025-02-02'), 'turned'],
    [one('name', 'between', '1', '2'), 'noAttribute'], [one('pupils', 'has'), null],
  ])('%j', (filter, flaw) => expect(flawOf(filter.conditions[0] as Condition, school)).toBe(flaw));
  it('knows the calendar', () => {
    expect(['2024-02-29', '2025-02-29', '2025-1-1', '', '2025-13-01'].map(isDay)).toEqual([true, false, false, false, false]);
  });
  it('offers only what the kind of attribute takes', () => {
    expect(operatorsOf(attribute('a', { type: 'enum' }))).toContain('contains');
    expect(operatorsOf(attribute('a', { type: 'text_list' }))).toContain('holds');
  });
});

describe('a number', () => {
  it.each<[string, 'vi' | 'en', number | null]>([
    ['1.234,5', 'vi', 1234.5], ['1,234.5', 'en', 1234.5], ['1234,5', 'vi', 1234.5], ['1.234', 'vi', 1234], ['1.234', 'en', 1.234],
    ['1,234', 'vi', 1.234], ['12.5', 'vi', 12.5], ['12,5', 'en', 12.5], ['1 234', 'vi', 1234], ['−3', 'vi', -3], ['-0,5', 'vi', -0.5],
    ['1.234.567', 'vi', 1234567], ['1.2.3', 'vi', null], ['', 'vi', null], ['1e9', 'en', null], ['mười', 'vi', null], ['12 m', 'en', null],
  ])('%j in %s', (typed_, language, number) => expect(readNumber(typed_, language)).toBe(number));
  it.each(['vi', 'en'] as const)('begins no group with a zero in %s', (language) => {
    expect(['0.125', '0,125', '-0.125'].map((one_) => readNumber(one_, language))).toEqual([0.125, 0.125, -0.125]);
  });
  it('is written anew when the language changes', () => {
    const draft = one('pupils', 'between', '1.234,5', 'x');
    const asked = settled(draft, 'vi');
    expect(asked.conditions[0]?.values).toEqual(['1234.5', 'x']);
    expect(typed(asked, 'en').conditions[0]?.values).toEqual(['1,234.5', 'x']);
  });
});

describe('filters in a link', () => {
  const layers = new Map([['school', school]]);
  it('come back as they were', () => {
    const filters = new Map([['school', { join: 'or', conditions: [...one('level', 'anyOf', "o'dd").conditions, ...one('pupils', 'between', '1', '').conditions] } as const]]);
    const written = writtenFilters(filters);
    expect(written).toBe(`{"school":["or",["level","anyOf","o'dd"],["pupils","between","1",""]]}`);
    expect(readFilters(written, layers)).toEqual({ filters, lost: false });
    expect(writtenFilters(new Map())).toBeNull();
    expect(readFilters(null, layers)).toEqual({ filters: new Map(), lost: false });
  });
  it.each(['{', '[]', 'null', '7', '{"other":["and",["a","has"]]}', '{"school":[]}', '{"school":["xor",["open","yes"]]}', '{"school":["and"]}',
    '{"school":["and",["secret","has"]]}', '{"school":["and",["open","yes"],["open",{}]]}', '{"school":["and",["open","constructor"]]}',
    '{"__proto__":["and",["open","yes"]]}'])('%s is left out whole, and said to be lost', (said) => {
    expect(readFilters(said, layers)).toEqual({ filters: new Map(), lost: true });
  });
});

it('a filter is told in a sentence', () => {
  const filter: LayerFilter = { join: 'and', conditions: [...one('level', 'anyOf', 'high', 'primary').conditions, ...one('pupils', 'between', '1000', '').conditions] };
  expect(inWords(filter, school, 'vi')).toBe('Tiêu đề level là Tiểu học hoặc Phổ thông; và Tiêu đề pupils từ 1.000 người trở lên');
  expect(inWords({ ...filter, join: 'or' }, school, 'en')).toBe('Title of level is primary or high; or Title of pupils from 1,000 people');
});

describe('what matches', () => {
  it('is read from a page of features', () => {
    const answer = { numberMatched: 3, features: [{ id: 7, properties: null, geometry: { type: 'Polygon', coordinates: [[[1, 2], [3, 4], [1, 5], [1, 2]]] } }, null, { id: 8, geometry: null }] };
    expect(readMatches(answer)).toEqual({ matched: 3, first: [{ id: 7, properties: {}, bounds: [1, 2, 3, 5] }, { id: 8, properties: {}, bounds: null }] });
    for (const other of [null, {}, { numberMatched: '3', features: [] }, { numberMatched: 3 }]) expect(() => readMatches(other)).toThrow('unreadable');
  });
  it('has a box whatever it is made of', () => {
    expect(boundsOf({ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [5, 6] }, { type: 'Point', coordinates: [1, 9] }] })).toEqual([1, 6, 5, 9]);
    expect(boundsOf({ type: 'MultiPoint', coordinates: [] })).toBeNull();
  });
  it('is told by its name, what was asked of, and little else', () => {
    expect(columnsOf(school, ['open', 'pupils']).map((column) => column.name)).toEqual(['name', 'pupils', 'open', 'level']);
  });
  it('is to be had as a file', () => {
    const address = new URL(downloadAddress(school, `"a" = 'x&y'`, 'xlsx'), 'http://host');
    expect(address.pathname).toBe('/collections/school/download');
    expect(address.searchParams.get('filter')).toBe(`"a" = 'x&y'`);
  });
  it('is refused for a reason that one can act on', () => {
    expect([400, 422, 413, 414, 404, 403, 429, 503, 500].map(refusalOf)).toEqual(['refused', 'refused', 'tooLong', 'tooLong', 'notAllowed', 'notAllowed', 'busy', 'busy', 'busy']);
  });
});
