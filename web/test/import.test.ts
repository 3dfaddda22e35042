import { describe, expect, it } from 'vitest';
import { ServerError, wordsOf } from '../src/api';
import { LANGUAGES } from '../src/language';
import { chosenTwice, columnOf, missing, noChoices, readWith, wishes } from '../src/tools/import/choices';
import { formatSize, pickTrouble } from '../src/tools/import/file_step';
import { archive, crc32, deliveryOf } from '../src/tools/import/pack';
import { plainReason, readAllowed, readFile } from '../src/tools/import/told';
import { hasBegun } from '../src/tools/import/doubt';
import { adviceOf, isFinal, refusalWord, stepRefusalWord } from '../src/tools/import/trouble';
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
  it('is shown the attribute that a column is taken from as given by nothing', () => {
    const choices = noChoices();
    choices.columns.set('name_vi', 'MA');
    expect(columnOf(choices, look(), 'name_vi')).toBe('MA');
    expect(columnOf(choices, look(), 'code')).toBeNull();
    expect(missing(choices, look())).toEqual(['code']);
    expect(chosenTwice(choices)).toEqual([]);
    choices.columns.set('code', 'TEN');
    expect(missing(choices, look())).toEqual([]);
    expect(wishes(choices, 'vi')).toMatchObject({ map: { MA: 'name_vi', TEN: 'code' } });
  });
  it('is told of one column that is chosen for two attributes, and of none that has one value for all rows', () => {
    const choices = noChoices();
    choices.columns.set('code', 'TEN').set('name_vi', 'TEN');
    expect(chosenTwice(choices)).toEqual([{ column: 'TEN', attributes: ['code', 'name_vi'] }]);
    choices.constants.set('name_vi', 'Giếng');
    expect(chosenTwice(choices)).toEqual([]);
    expect(wishes(choices, 'vi')).toMatchObject({ map: { TEN: 'code' }, set: { name_vi: 'Giếng' } });
  });
  it('says of a replacement which commune it is about, and of a merge nothing', () => {
    const choices = { ...noChoices(), commune: ' 27943 ', leaveOut: 2, crs: 'EPSG:9210', swap: true };
    expect(wishes(choices, 'vi')).toEqual({ lang: 'vi', mode: 'merge', crs: 'EPSG:9210', swap_xy: true, max_refused: '2' });
    expect(wishes({ ...choices, mode: 'replace' }, 'vi')).toMatchObject({ mode: 'replace', only: 'commune_code=27943' });
  });
});

describe('a dry run', () => {
  it('holds when rows are left out, and not when the file is read otherwise', () => {
    const before = readWith(noChoices());
    expect(readWith({ ...noChoices(), leaveOut: 3, deleteMost: true })).toBe(before);
    for (const other of [{ crs: 'EPSG:9210' }, { swap: true }, { mode: 'replace' as const }, { constants: new Map([['code', 'x']]) }]) {
      expect(readWith({ ...noChoices(), ...other })).not.toBe(before);
    }
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

describe('a file of which nothing comes', () => {
  // As the server tells of an archive that grows beyond bounds (tests/upload/hostile.rs).
  const bomb = readFile({
    id: 'a', name: 'bomb.zip', look: {
      trouble: { kind: 'file', reason: 'bomb.zip: holds more than 64 MB when unpacked', reason_vi: 'bomb.zip: khi giải nén lớn hơn 64 MB', choices: null },
    },
  });
  it.each([
    ['vi', 'Không đọc được tệp bomb.zip. Chưa có gì thay đổi.', 'khi giải nén lớn hơn 64 MB', 'Hãy sửa tệp'],
    ['en', 'The file bomb.zip cannot be read. Nothing has changed.', 'holds more than 64 MB when unpacked', 'Correct the file'],
  ] as const)('is told of in words, with a way on, in %s', (language, lead, reason, way) => {
    if (!bomb.look || !('trouble' in bomb.look)) throw new Error('it is in trouble');
    const { trouble } = bomb.look;
    const advice = adviceOf(trouble);
    expect(advice.lead && word(language, advice.lead, { name: bomb.name })).toBe(lead);
    expect(plainReason(trouble.reason, language, bomb.name)).toBe(reason);
    expect(advice.way && word(language, advice.way)).toContain(way);
    expect(isFinal(trouble)).toBe(true);
  });
  it('may be looked at again where the server is at fault', () => {
    for (const kind of ['busy', 'unavailable', 'internal', 'setting']) expect(isFinal({ kind })).toBe(false);
    expect(adviceOf({ kind: 'internal' }).way).not.toBeNull();
    expect(adviceOf({ kind: 'something new' })).toEqual({ lead: null, way: null });
  });
  it.each([
    ['refused', 404, 'gone'], ['refused', 409, 'underWay'], ['refused', 413, 'tooLargeThere'], ['refused', 429, 'full'], ['refused', 403, 'forbidden'],
    ['refused', 503, 'busyThere'], ['refused', 500, 'busyThere'], ['refused', 400, 'refusedBy'], ['away', null, 'away'], [null, null, 'away'],
  ] as const)('because the server is %s with %s is said in the words of both languages: %s', (failure, status, key) => {
    expect(refusalWord(failure, status)).toBe(key);
  });
  it('tells who has steps enough under way to wait, and not to take a file away', () => {
    expect([stepRefusalWord('refused', 429), stepRefusalWord('refused', 404), stepRefusalWord('away', 429)]).toEqual(['othersFirst', 'gone', 'away']);
  });
});

describe('a step of which no answer came', () => {
  const before = readFile({ id: 'a', name: 'a.csv', rehearsal: { trouble: { kind: 'file', reason: 'x' } } });
  const doubt = { step: 'load', before, chosen: 'merge' } as const;
  it('has begun where the file tells of it, under way or ended', () => {
    expect(hasBegun(doubt, { ...before, working: { step: 'load', phase: 'reading', rows: 1, of: null } })).toBe(true);
    expect(hasBegun(doubt, { ...before, load: before.rehearsal })).toBe(true);
    expect(hasBegun({ ...doubt, step: 'undo' }, { ...before, run: 7 })).toBe(true);
  });
  it('has not begun where the file is as it was, or something else is done with it', () => {
    expect(hasBegun(doubt, { ...before })).toBe(false);
    expect(hasBegun(doubt, { ...before, working: { step: 'look', phase: '', rows: 0, of: null } })).toBe(false);
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
  // A name that turns the letters round turns none but its own.
  expect(word('vi', 'empty', { name: 'a\u202egpj.exe' })).toBe('Tệp \u2068a\u202egpj.exe\u2069 rỗng (0 byte). Hãy chọn tệp khác.');
});

it('a file that is turned away is told of in the words of the server, in Vietnamese where it has them', () => {
  const refused = (problem: unknown): ServerError => new ServerError('refused', '/x', 400, wordsOf(problem));
  const both = refused({ detail: 'a.zip: is no zip archive', detail_vi: 'a.zip: không phải là tệp nén zip' });
  expect(LANGUAGES.map((language) => both.says(language))).toEqual(['a.zip: không phải là tệp nén zip', 'a.zip: is no zip archive']);
  expect(refused({ detail: 'the file is empty' }).says('vi')).toBe('the file is empty');
  expect(refused(null).says('vi')).toBeNull();
});
