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
    expect([typedNumber('0.500'), typedNumber('0,500')]).toEqual([0.5, 0.5]);
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
    ['with numbers of points, tabs and points for thousands', '1.\t1.165.000,00\t554.000,00\n2.\t1.165.500,00\t554.000,00\n3.\t1.165.500,00\t554.600,00'],
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
    ['with the cell marks of Word', '1\u00071165000,00\u0007554000,00\u0007\n2\u00071165500,00\u0007554000,00\u0007\n3\u00071165500,00\u0007554600,00\u0007'],
    ['with thin and no-break spaces in the numbers', '1\t1\u00a0165\u00a0000,00\t554\u00a0000,00\n2\t1\u202f165\u202f500,00\t554\u202f000,00\n3\t1\u2009165\u2009500,00\t554\u2009600,00'],
    ['between quotation marks', '"1"\t"1165000,00"\t"554000,00"\n"2"\t"1165500,00"\t"554000,00"\n"3"\t"1165500,00"\t"554600,00"'],
    ['between hyphens or slashes', '1165000-554000\n1165500/554000\n1165500 - 554600'],
    ['with stars for remarks', '1165000.00* 554000.00*\n1165500.00* 554000.00\n1165500.00 554600.00*'],
    ['with numbers of points as long as coordinates', '100001 1165000 554000\n100002 1165500 554000\n100003 1165500 554600'],
    ['all in one line', '1165000 554000 1165500 554000 1165500 554600'],
    ['with a total that is as long as a coordinate', '1165000 554000\n1165500 554000\n1165500 554600\nDiện tích: 150000 m2'],
    ['with a total without words', '1165000 554000\n1165500 554000\n1165500 554600\nS = 150000'],
    ['with numbers of decisions above', 'Hồ sơ 1234567\nQuyết định số 123456\n1165000 554000\n1165500 554000\n1165500 554600'],
    ['on its side, with spaces for thousands', 'STT\t1\t2\t3\nX\t1 165 000\t1 165 500\t1 165 500\nY\t554 000\t554 000\t554 600'],
  ])('%s', (_, text) => {
    expect(pairs(text)).toEqual(TRIANGLE);
    expect(kinds(text)).toEqual([]);
  });

  const SQUARE = [...TRIANGLE, [1165000, 554600]];
  it.each([
    ['down the columns', '1\t1165000,0\t554000,0\t500,0\t3\t1165500,0\t554600,0\t500,0\n2\t1165500,0\t554000,0\t600,0\t4\t1165000,0\t554600,0\t600,0'],
    ['along the lines', '1 1165000 554000 2 1165500 554000\n3 1165500 554600 4 1165000 554600'],
    ['closed by the first', '1 1165000 554000 4 1165000 554600\n2 1165500 554000 1 1165000 554000\n3 1165500 554600'],
  ])('side by side, by the numbers of the points, %s', (_, text) => {
    expect(pairs(text)).toEqual(SQUARE);
    expect(kinds(text)).toEqual([]);
    expect(noted(text)).toEqual(['sideBySide']);
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
  it.each([
    ['degrees, minutes and seconds', '1 10°32\'03,7"B 106°14\'42,6"Đ\n2 10°32\'20,0"B 106°14\'42,6"Đ\n3 10°32\'20,0"B 106°15\'00"Đ'],
    ['those of Word', '10º32’03.7” 106º14’42.6”\n10º32’20.0” 106º14’42.6”\n10º32’20.0” 106º15’00.0”'],
    ['prime signs, longitude first', '106°14′42.6″E 10°32′03.7″N\n106°14′42.6″E 10°32′20″N\n106°15′00″E 10°32′20″N'],
  ])('as %s', (_, text) => {
    const read = readCorners(text);
    expect(read).toMatchObject({ inDegrees: true, errors: [], said: null });
    expect(read.corners).toHaveLength(3);
    expect(read.corners[0]?.x).toBeCloseTo(10.5343611, 7);
    expect(read.corners[0]?.y).toBeCloseTo(106.2451667, 7);
    expect(read.corners[2]?.y).toBeCloseTo(106.25, 9);
  });
  it('as degrees with decimal commas, in one line, with letters, and with one that is whole', () => {
    for (const text of ['10,5343; 106,2451\n10,5389; 106,2451\n10,5389; 106,2506', '106.2451 10.5343; 106.2451 10.5389; 106.2506 10.5389', '10.5343°N 106.2451°E\n10.5389°N, 106.2451°E\n10.5389N 106.2506E', '10.5343ºN 106.2451ºE\n10.5389˚N, 106.2451˚E\n10.5389N 106.2506E']) {
      expect(pairs(text)).toEqual([[10.5343, 106.2451], [10.5389, 106.2451], [10.5389, 106.2506]]);
      expect(kinds(text)).toEqual([]);
    }
    expect(pairs('10.5 106\n10.5 106.01\n10.51 106.01')).toHaveLength(3);
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
  it.each([
    ['letters for digits, first', '1165OOO 554000\n1165500 554000\n1165500 554600\n1165000 554600', 1, 'oneNumber'],
    ['letters for digits, among the others', '1165000 554000\nl165500 55400O\n1165500 554600\n1165000 554600', 2, 'unread'],
    ['a name beside figures that are none', '1165000 554000\nMốc M2 1165500_554000\n1165500 554600\n1165000 554600', 2, 'unread'],
    ['powers of ten of Excel', '1.165E+06 5.54E+05\n1.1655E+06 5.54E+05\n1.1655E+06 5.546E+05', 1, 'unread'],
    ['a table of HTML', '<tr><td>1</td><td>1165000</td><td>554000</td></tr>', 1, 'unread'],
    ['a column that was too narrow', '######## 554000\n1165500 554000\n1165500 554600\n1165000 554600', 1, 'oneNumber'],
    ['a degree without its point', '10.5343 106.2451\n10.5389 1062451\n10.5389 106.2506\n10.5343 106.2506', 2, 'oneNumber'],
    ['two systems beside each other', '1 1165000 554000 1165450 553820\n2 1165500 554000 1165950 553820\n3 1165500 554600 1165950 554420', 1, 'several'],
    ['five coordinates', '1165000 554000\n1165500 554000 1165500 554600 1165000\n1165000 554600', 2, 'several'],
  ])('%s', (_, text, line, kind) => {
    expect(readCorners(text).errors[0]).toMatchObject({ line, kind });
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
    const long = Array.from({ length: 40_000 }, (_, at) => `${at} ${1165000 + at} 554000 ${at + 40_000} ${1165000 + at} 554600`).join('\n');
    expect(kinds(long)).toContain('tooMany');
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
    // As Word has them: a raised zero, one that was pasted without its form, words in place of signs.
    ["Kinh tuyến trục 105\u207030', múi chiếu 3\u2070", 9209], ["Kinh tuyến trục: 105030', múi chiếu 30", 9209], ['KTT 105045’ múi 3', 9210],
    ['kinh tuyến trục 105 độ 00 phút, múi chiếu 6 độ', 3405], ["kinh tuyến trục 105000', múi chiếu 60", 3405], ["KTT 105°00' múi 6", 3405],
    ["kinh tuyến trục 105\u207000', múi chiếu 6\u2070", 3405], ['kinh tuyến trục 105o00 múi chiếu 6o', 3405],
  ])('is found in %s', (text, code) => expect(saidPlane(text)?.code).toBe(code));
  it.each([
    ["kinh tuyến trục 105\u207030', múi chiếu 3\u2070", 9209], ["Kinh tuyến trục 105030'", 9209], ["105030'", null], ["105 độ 30 phút", 9209],
    ['Hệ VN-2000, kinh tuyến trục 105 độ 00 phút, múi chiếu 6 độ', 3405], ['Kinh tuyến trục 105 30 múi 3 độ', null],
  ])('%s stands above cells one below the other, and breaks nothing', (header, code) => {
    const cells = TRIANGLE.flat().join('\n');
    const read = readCorners(`${header}\n${cells}`);
    expect(read.corners.map(({ x, y }) => [x, y])).toEqual(TRIANGLE);
    expect(read.errors).toEqual([]);
    expect(read.said?.code ?? null).toBe(code);
  });
  it.each(['Kinh tuyến trục 105 30', 'Kinh tuyến trục: theo bản đồ', 'KTT 101°'])('is told of as not read in %s', (header) => {
    const rows = TRIANGLE.map((pair) => pair.join(' ')).join('\n');
    expect(readCorners(`${header}\n${rows}`).meridianUnread).toBe(true);
    expect(readCorners(`Kinh tuyến trục 105°30'\n${rows}`).meridianUnread).toBe(false);
    expect(readCorners(rows).meridianUnread).toBe(false);
  });
  it('is none in a list of degrees', () => {
    const read = readCorners(["Vĩ tuyến 10°32'03\" Kinh tuyến 106°15'20\"", "Vĩ tuyến 10°32'03\" Kinh tuyến 106°15'40\"", "Vĩ tuyến 10°32'33\" Kinh tuyến 106°15'40\""].join('\n'));
    expect([read.corners.length, read.inDegrees, read.meridianUnread, read.errors]).toEqual([3, true, false, []]);
  });
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
