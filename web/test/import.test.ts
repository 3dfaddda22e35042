import { describe, expect, it } from 'vitest';
import { ServerError, wordsOf } from '../src/api';
import { LANGUAGES } from '../src/language';
import { columnOf, missing, noChoices, wishes } from '../src/tools/import/choices';
import { formatSize, pickTrouble } from '../src/tools/import/file_step';
import { archive, crc32, deliveryOf } from '../src/tools/import/pack';
import { plainReason, readAllowed, readFile } from '../src/tools/import/told';
import { WORDS, type Word, word } from '../src/tools/import/words';

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe('the texts of the import', () => {
  it.each(Object.keys(WORDS) as Word[])('%s is there in both languages, with the same places for values', (key) => {
    for (const language of LANGUAGES) {
      expect(WORDS[key][language].trim()).not.toBe('');
      expect(WORDS[key][language]).toBe(WORDS[key][language].normalize('NFC'));
    }
    expect(places(WORDS[key].vi)).toEqual(places(WORDS[key].en));
  });
});

const LOOK = {
  format: 'CSV', rows: 5, columns: [{ name: 'MA', attribute: 'code' }, { name: 'TEN', attribute: null, samples: ['Đức Hòa'] }],
  attributes: [
    { name: 'code', title: { vi: 'Mã', en: 'Code' }, mandatory: true },
    { name: 'name_vi', title: { vi: 'Tên', en: 'Name' }, mandatory: true },
  ],
  troubles: [], files: ['a.csv'],
};

function look() {
  const file = readFile({ id: 'a', name: 'a.csv', bytes: 3, run: null, working: null, look: LOOK });
  if (!file.look || !('is' in file.look)) throw new Error('it was looked at');
  return file.look.is;
}

describe('what a clerk chooses', () => {
  it('names the attributes that nothing gives, until a column or one value for all rows does', () => {
    const choices = noChoices();
    expect(missing(choices, look())).toEqual(['name_vi']);
    choices.constants.set('name_vi', '');
    expect(missing(choices, look())).toEqual(['name_vi']);
    choices.constants.set('name_vi', 'Giếng');
    expect(missing(choices, look())).toEqual([]);
    expect(wishes(choices, 'vi')).toEqual({ lang: 'vi', mode: 'merge', set: { name_vi: 'Giếng' } });
    choices.constants.clear();
    choices.columns.set('name_vi', 'TEN');
    expect(columnOf(choices, look(), 'name_vi')).toBe('TEN');
    expect(wishes(choices, 'en')).toEqual({ lang: 'en', mode: 'merge', map: { TEN: 'name_vi' } });
  });
  it('says of a replacement which commune it is about, and of a merge nothing', () => {
    const choices = { ...noChoices(), commune: ' 27943 ', leaveOut: 2, crs: 'EPSG:9210', swap: true };
    expect(wishes(choices, 'vi')).toEqual({ lang: 'vi', mode: 'merge', crs: 'EPSG:9210', swap_xy: true, max_refused: '2' });
    expect(wishes({ ...choices, mode: 'replace' }, 'vi')).toMatchObject({ mode: 'replace', only: 'commune_code=27943' });
  });
});

describe('what is told', () => {
  it('is read as far as it goes, and an answer that is none is refused', () => {
    expect(() => readFile({})).toThrow(TypeError);
    expect(() => readFile(null)).toThrow(TypeError);
    expect(readAllowed(null)).toMatchObject({ allowed: false, files: [], systems: [] });
    const file = readFile({ id: 'a', rehearsal: { trouble: { kind: 'busy', reason: 'later', reason_vi: 'để sau' } } });
    expect(file.rehearsal).toMatchObject({ trouble: { kind: 'busy', reason: { vi: 'để sau', en: 'later' } } });
  });
  it('has no flags of a command in it', () => {
    const reason = { vi: 'a.csv: hãy chạy lại với --crs EPSG:9210 --swap-xy', en: 'a.csv: say --encoding TEN=tcvn3 or --map COT=code' };
    expect(plainReason(reason, 'vi', 'a.csv')).toBe('hãy chạy lại với EPSG:9210, đổi chỗ hai số');
    expect(plainReason(reason, 'en', 'a.csv')).toBe('say encoding tcvn3 for column TEN or column COT is code');
  });
});

describe('files that are chosen together', () => {
  it('are one delivery where they are the parts of one table', () => {
    expect(deliveryOf(['Thua.SHP', 'thua.dbf', 'thua.shx', 'thua.prj', 'thua.shp.xml'])).toEqual({ kind: 'parts', name: 'Thua.zip' });
    expect(deliveryOf(['a.mif', 'a.mid'])).toEqual({ kind: 'parts', name: 'a.zip' });
    expect(deliveryOf(['a.csv'])).toEqual({ kind: 'one', at: 0 });
    expect(deliveryOf(['a.shp', 'b.shp', 'a.dbf'])).toEqual({ kind: 'several' });
    expect(deliveryOf(['a.shp', 'b.dbf'])).toEqual({ kind: 'several' });
    expect(deliveryOf([])).toEqual({ kind: 'none' });
  });
  it('of two gigabytes are refused before a byte goes, with what to do', () => {
    const trouble = pickTrouble([{ name: 'a.shp', size: 2 ** 31 }], 256 * 2 ** 20);
    expect(trouble?.('vi', 'plot')).toContain('diaban import TỆP --layer plot');
    expect(trouble?.('en', 'plot')).toContain('2,048 MB');
    expect(pickTrouble([{ name: 'a.csv', size: 0 }], 9)?.('vi', 'plot')).toContain('rỗng');
    expect(pickTrouble([{ name: 'a.csv', size: 5 }], 9)).toBeNull();
    expect(formatSize(1_500_000, 'vi')).toBe('1,4 MB');
  });
  it('are packed so that their bytes come back', () => {
    const bytes = new TextEncoder().encode('123456789');
    expect(crc32(bytes)).toBe(0xcbf43926);
    const pieces = archive([{ name: 'thửa.shp', bytes }, { name: 'thửa.dbf', bytes: new Uint8Array() }]);
    const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
    const view = new DataView(whole.buffer);
    const end = whole.length - 22;
    expect(view.getUint32(end, true)).toBe(0x06054b50);
    expect(view.getUint16(end + 10, true)).toBe(2);
    const directory = view.getUint32(end + 16, true);
    expect(view.getUint32(directory, true)).toBe(0x02014b50);
    expect(view.getUint32(directory + 16, true)).toBe(0xcbf43926);
    expect(new TextDecoder().decode(whole.slice(30 + 10, 30 + 10 + 9))).toBe('123456789');
  });
});

it('words take values as they are', () => {
  expect(word('vi', 'missing', { attributes: '{x} <b>' })).toContain('{x} <b>');
});

it('a file that is turned away is told of in the words of the server, in Vietnamese where it has them', () => {
  const refused = (problem: unknown): ServerError => new ServerError('refused', '/x', 400, wordsOf(problem));
  const both = refused({ detail: 'a.zip: is no zip archive', detail_vi: 'a.zip: không phải là tệp nén zip' });
  expect(LANGUAGES.map((language) => both.says(language))).toEqual(['a.zip: không phải là tệp nén zip', 'a.zip: is no zip archive']);
  expect(refused({ detail: 'the file is empty' }).says('vi')).toBe('the file is empty');
  expect(refused(null).says('vi')).toBeNull();
});
