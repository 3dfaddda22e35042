import { describe, expect, it } from 'vitest';
import { numbersOf, readNumber } from '../src/tools/area/corner_numbers';
import { areaOf, areaText, placed, readCorners, ringOf, saidPlane, typedNumber } from '../src/tools/area/corners';
import { OWN_PLANE, planeOf } from '../src/tools/area/planes';

const TRIANGLE = [[1165000, 554000], [1165500, 554000], [1165500, 554600]];
const PROVINCE = [105.48, 10.38, 106.78, 11.78] as const;
const pairs = (text: string): number[][] => readCorners(text).corners.map(({ x, y }) => [x, y]);
const kinds = (text: string): string[] => readCorners(text).errors.map(({ kind }) => kind);
const noted = (text: string): string[] => readCorners(text).notes.map(({ kind }) => kind);

describe('a number is read as it is written', () => {
  it.each([
    ['1165000', 1165000], ['1165000.25', 1165000.25], ['1165000,25', 1165000.25], ['1.165.000,25', 1165000.25],
    ['1,165,000.25', 1165000.25], ['554,000', 554000], ['554.000', 554000], ['554000,000', 554000], ['554000.500', 554000.5],
    ['120,5', 120.5], ['12', 12], ['1165000,', 1165000],
  ])('%s', (text, value) => expect(readNumber(text)).toBe(value));
  it.each(['1.2,3.4', '1,2,3', '1.165.00'])('%s is none', (text) => expect(readNumber(text)).toBeNaN());
  it('a radius in either way', () => {
    expect(typedNumber('1.500')).toBe(1500);
    expect(typedNumber('1,500 m')).toBe(1500);
    expect(typedNumber('12,5')).toBe(12.5);
    expect(typedNumber('năm trăm')).toBeNull();
    expect(typedNumber('')).toBeNull();
    expect(typedNumber('-5')).toBeNull();
  });
});

describe('a list of corners is understood', () => {
  it.each([
    ['plain', '1165000 554000\n1165500 554000\n1165500 554600'],
    ['with numbers of points and lengths of sides', '1 1165000.00 554000.00 500.0\n2 1165500.00 554000.00 600.0\n3 1165500.00 554600.00 781.02'],
    ['from Excel, with tabs and decimal commas', 'STT\tX(m)\tY(m)\tCạnh\r\n1\t1165000,00\t554000,00\t500,00\r\n2\t1165500,00\t554000,00\t600,00\r\n3\t1165500,00\t554600,00\t781,02\r\n'],
    ['with points for thousands', '1.165.000,00\t554.000,00\n1.165.500,00\t554.000,00\n1.165.500,00\t554.600,00'],
    ['with commas for thousands', '1,165,000.00 554,000.00\n1,165,500.00 554,000.00\n1,165,500.00 554,600.00'],
    ['with spaces for thousands', '1 165 000,00 554 000,00\n1 165 500,00 554 000,00\n1 165 500,00 554 600,00'],
    ['with spaces for thousands and tabs', '1\t1 165 000,00\t554 000,00\n2\t1 165 500,00\t554 000,00\n3\t1 165 500,00\t554 600,00'],
    ['with spaces for thousands and no decimals', '1 165 000 554 000\n1 165 500 554 000\n1 165 500 554 600'],
    ['between commas', '1165000,554000\n1165500,554000\n1165500,554600'],
    ['between commas, with decimal points', '1165000.0,554000.0\n1165500.0,554000.0\n1165500.0,554600.0'],
    ['between commas, with decimal commas', '1165000,00,554000,00\n1165500,00,554000,00\n1165500,00,554600,00'],
    ['between commas, with thousands', '1,165,000.0,554,000.0\n1,165,500.0,554,000.0\n1,165,500.0,554,600.0'],
    ['with comma and space', '1165000, 554000\n1165500, 554000\n1165500, 554600'],
    ['with semicolons in a line', '1;1165000,0;554000,0\n2;1165500,0;554000,0\n3;1165500,0;554600,0'],
    ['in one line', '1165000 554000; 1165500 554000; 1165500 554600'],
    ['with X= and Y=', 'A: X=1165000.0 Y=554000.0\nB: X = 1165500.0 Y = 554000.0\nC: X: 1165500.0, Y: 554600.0'],
    ['with named points and metres', 'M1 1165000m 554000m\nM2 1165500m 554000m\nMốc M3 1165500m 554600m'],
    ['in brackets', 'A(1165000; 554000)\nB(1165500; 554000)\nC(1165500; 554600)'],
    ['with bars', '| 1 | 1165000 | 554000 |\n| 2 | 1165500 | 554000 |\n| 3 | 1165500 | 554600 |'],
    ['one cell under the other, as Word gives them', 'Số hiệu\nX\nY\n1\n1165000,00\n554000,00\n2\n1165500,00\n554000,00\n3\n1165500,00\n554600,00'],
    ['on its side', 'X\t1165000\t1165500\t1165500\nY\t554000\t554000\t554600'],
    ['with hard spaces, marks of direction and a BOM', '\ufeff1165000\u00a0554000\u200e\n1165500\u00a0554000\n\u202a1165500 554600\u202c'],
    ['with full-width digits', '１１６５０００ ５５４０００\n1165500 554000\n1165500 554600'],
    ['with lines of old Macs and empty lines', '1165000 554000\r\r1165500 554000\r1165500 554600\r'],
    ['closed', '1165000 554000\n1165500 554000\n1165500 554600\n1165000 554000'],
    ['with a heading and a signature', 'BẢNG LIỆT KÊ TỌA ĐỘ GÓC RANH số 12/2026\n1165000 554000\n1165500 554000\n1165500 554600\nDiện tích: 15 000,0 m2\nNgày 12 tháng 3 năm 2026'],
  ])('%s', (_, text) => {
    expect(pairs(text)).toEqual(TRIANGLE);
    expect(kinds(text)).toEqual([]);
  });

  it('with X and Y swapped in all lines', () => {
    const text = '554000 1165000\n554000 1165500\n554600 1165500';
    expect(pairs(text)).toEqual(TRIANGLE);
    expect(noted(text)).toEqual(['swapped']);
  });
  it('with X and Y swapped in one line, which is named', () => {
    const read = readCorners('1165000 554000\n554000 1165500\n1165500 554600');
    expect(read.corners.map(({ x, y }) => [x, y])).toEqual(TRIANGLE);
    expect(read.notes).toEqual([{ kind: 'someSwapped', line: 2, values: {} }]);
  });
  it('as degrees of a phone, in either order', () => {
    for (const text of ['10.5343, 106.2451\n10.5389, 106.2451\n10.5389, 106.2506', '106.2451 10.5343\n106.2451 10.5389\n106.2506 10.5389']) {
      const read = readCorners(text);
      expect(read.inDegrees).toBe(true);
      expect(read.corners[0]).toMatchObject({ x: 10.5343, y: 106.2451 });
      expect(read.errors).toEqual([]);
      expect(areaText(read, planeOf(OWN_PLANE))).toMatch(/^POLYGON\(\(106\.2451 10\.5343,.*,106\.2451 10\.5343\)\)$/);
    }
  });
  it('and its area is that of the document', () => expect(areaOf(readCorners('1165000 554000\n1165500 554000\n1165500 554600').corners)).toBe(150_000));
  it('and asked for as the server has it', () => {
    const read = readCorners('1165000,5 554000\n1165500 554000\n1165500 554600');
    expect(areaText(read, planeOf(9209))).toBe('corners:9209:1165000.5 554000;1165500 554000;1165500 554600');
  });
});

describe('what is not understood is told with its line', () => {
  it('nothing', () => {
    for (const text of ['', ' \n\t\n', '\u200b']) expect(kinds(text)[0]).toBe('empty');
  });
  it('two points', () => expect(readCorners('1165000 554000\n1165500 554000').errors).toEqual([{ kind: 'tooFew', line: null, values: { count: 2 } }]));
  it('the same point three times', () => expect(kinds('1165000 554000\n1165000 554000\n1165000 554000')).toEqual(['tooFew']));
  it('words alone', () => expect(kinds('Thửa đất số 12, tờ bản đồ 5')).toEqual(['tooFew']));
  it('a line with one coordinate', () => {
    const [first] = readCorners('1165000 554000\n1165500\n1165500 554600\n1165000 554600').errors;
    expect(first).toEqual({ kind: 'oneNumber', line: 2, values: { text: '1165500' } });
  });
  it('a line of numbers that are no coordinates', () => {
    const [first] = readCorners('1165000 554000\n1165500 554000\n3 11 55\n1165500 554600').errors;
    expect(first).toMatchObject({ kind: 'unread', line: 3 });
  });
  it('a digit too many', () => {
    const read = readCorners('1165000 554000\n11655000 554000\n1165500 554600');
    expect(read.errors[0]).toEqual({ kind: 'far', line: 2, values: { x: 11655000, y: 554000 } });
  });
  it('a corner far from the others', () => {
    const read = readCorners('1165000 554000\n1165500 554000\n1365500 554600\n1165000 554600');
    expect(read.notes[0]).toEqual({ kind: 'outlier', line: 3, values: { km: 200 } });
  });
  it('a cell that is missing in a table from Word', () => {
    expect(kinds('1165000\n554000\n1165500\n554000\n1165500')).toContain('oddNumber');
  });
  it('degrees among metres', () => expect(kinds('1165000 554000\n10.5389 106.2451\n1165500 554600\n1165000 554600')).toContain('mixed'));
  it('corners in the wrong order', () => {
    const read = readCorners('1165000 554000\n1165500 554600\n1165500 554000\n1165000 554600');
    expect(read.notes).toEqual([{ kind: 'crossing', line: 1, values: { other: 3 } }]);
    expect(read.errors).toEqual([]);
  });
  it('a corner that stands twice', () => {
    expect(readCorners('1165000 554000\n1165000 554000\n1165500 554000\n1165500 554600').notes).toEqual([{ kind: 'repeated', line: 2, values: {} }]);
  });
  it('more corners than anybody pastes, in good time', () => {
    const text = Array.from({ length: 5000 }, (_, at) => `${1165000 + at} ${554000 + (at % 7)}`).join('\n');
    expect(kinds(text)).toContain('tooMany');
  });
  it('no more than a few lines', () => {
    const text = Array.from({ length: 50 }, () => '11650001 554000').join('\n');
    expect(readCorners(`${text}\n1165000 554000\n1165001 554001`).errors.length).toBeLessThanOrEqual(6);
  });
  it('hostile text as the text that it is', () => {
    expect(() => readCorners(`<script>${'9'.repeat(400)} ${'('.repeat(5000)}`)).not.toThrow();
    expect(numbersOf('<img src=x onerror=1>')).toEqual([]);
  });
});

describe('the meridian', () => {
  it.each([
    ["Hệ tọa độ VN-2000, kinh tuyến trục 105°45', múi chiếu 3°", 9210], ['KTT 105°30′ múi 3', 9209], ['kinh tuyến trục 105º30’', 9209],
    ['kinh tuyến 105 độ 45 phút', 9210], ["kinh tuyến trục 105°00', múi chiếu 6°", 3405], ["kinh tuyến trục 105° múi 3°", 5897], ['EPSG:9211', 9211],
  ])('is found in %s', (text, code) => expect(saidPlane(text)?.code).toBe(code));
  it('is not made up', () => expect(saidPlane('1165000 554000\n105.5 m')).toBeNull());
  it('that puts the corners into another province is told, with the one that fits', () => {
    // Tân Biên by 105°30': by 108° it would lie in the sea.
    const read = readCorners('1280000 560000\n1280500 560000\n1280500 560600');
    expect(placed(read, planeOf(9217), PROVINCE)).toMatchObject({ kind: 'otherMeridian', values: { code: 9210 } });
    expect(placed(read, planeOf(9209), PROVINCE)).toBeNull();
  });
  it('that nothing fits is told too', () => {
    const hanoi = readCorners('2325000 587000\n2325500 587000\n2325500 587600');
    expect(placed(hanoi, planeOf(9210), PROVINCE)).toMatchObject({ kind: 'outside' });
  });
  it('of the corners moves them', () => {
    const read = readCorners('1165000 554000\n1165500 554000\n1165500 554600');
    const [first] = ringOf(read, planeOf(9210));
    expect(first?.[0]).toBeCloseTo(106.2451824553, 7);
    expect(first?.[1]).toBeCloseTo(10.5343730922, 7);
    expect(ringOf(read, planeOf(9209))[0]?.[0]).toBeCloseTo(105.9952, 3);
  });
});
