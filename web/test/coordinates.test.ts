import { describe, expect, it } from 'vitest';
import { PROVINCE_EXTENT } from '../src/catalog';
import { readCommune } from '../src/coordinates/commune';
import { pairsOf, valuesOf } from '../src/coordinates/numbers';
import { type Reading, readPosition, resemblesPosition } from '../src/coordinates/reading';
import { formatAxes, formatMeridian, formatPlane, readingName, readingTaken } from '../src/coordinates/written';
import { planeOfCode } from '../src/coordinates/zone';
import { MEASURING_PLANE, PLANES, toPlane } from '../src/vn2000';

const read = (typed: string, preferred = MEASURING_PLANE): Reading[] => readPosition(typed, PROVINCE_EXTENT, preferred);
const planeOf = (code: number) => PLANES.find((plane) => plane.code === code) ?? MEASURING_PLANE;

/** Longitude and latitude of the first reading, to the metre. */
function place(typed: string): string | null {
  const [first] = read(typed);
  return first ? `${first.position.latitude.toFixed(5)} ${first.position.longitude.toFixed(5)}` : null;
}

const SAME_PLACE = '10.55000 106.40000';

describe('degrees are read', () => {
  it.each([
    '10.55 106.4', '10.55, 106.4', '10.55,106.4', '10.55;106.4', '10.55 / 106.4', '10,55 106,4', '10,55, 106,4', '10,55; 106,4',
    '10,55,106,4', '106.4 10.55', '106,4; 10,55', '(10.55, 106.4)', '[106.4, 10.55]', 'POINT(106.4 10.55)', 'geo:10.55,106.4',
    'lat 10.55 lon 106.4', 'lat: 10.55, lng: 106.4', 'latitude=10.55 longitude=106.4', 'vĩ độ 10,55 kinh độ 106,4',
    'Toạ độ: 10,55; 106,4', 'tọa độ 10.550000, 106.400000', '10.55° 106.4°', '10,55°B, 106,4°Đ', '10.55°N 106.4°E',
    '10.55N 106.4E', '10.55N,106.4E', 'N10.55 E106.4', 'N10,55 Đ106,4', 'B 10,55 Đ 106,4', '106.4E 10.55N', 'E106.4,N10.55',
    '10,55 B 106,4 D', 'WGS84 10.55 106.4', 'wgs-84: 10,55 106,4', '+10.55, +106.4', '10.55\t106.4', ' 10.55\n106.4 ',
  ])('with decimals: %j', (typed) => expect(place(typed)).toBe(SAME_PLACE));

  it.each([
    '10°33\'00"B 106°24\'00"Đ', '10°33′00″N, 106°24′00″E', '10° 33’ 00” B; 106° 24’ 00” Đ', "10°33'0.0\"N 106°24'0.0\"E",
    "10°33'B 106°24'Đ", '106°24\'00"Đ 10°33\'00"B', 'B 10°33\' Đ 106°24\'', "10°33'00'' 106°24'00''", '10º33\'00" 106º24\'00"',
    '10 33 00 106 24 00', '10 33 00, 106 24 00', '10 33 106 24', '10 33,0 106 24,0', 'N 10 33 00 E 106 24 00', '10 33 00 N 106 24 00 E',
    '10d33m00s 106d24m00s', "10d33'00\" 106d24'00\"", "10o33'00\"B 106o24'00\"Đ", '10-33-00N 106-24-00E', '10:33:00 106:24:00',
    '10 độ 33 phút 00 giây Bắc, 106 độ 24 phút Đông', "Vĩ độ Bắc 10°33', kinh độ Đông 106°24'", "10°33' vĩ Bắc 106°24' kinh Đông",
    '10 do 33 phut bac 106 do 24 phut dong', "10°33'00\",106°24'00\"", 'North 10°33.0\' East 106°24.0\'',
  ])('with minutes and seconds: %j', (typed) => expect(place(typed)).toBe(SAME_PLACE));

  it('with a decimal comma in the seconds', () => {
    expect(place('11°03\'04,5"B, 106°07\'24,6"Đ')).toBe('11.05125 106.12350');
    expect(place('11 03 04,5 106 07 24,6')).toBe('11.05125 106.12350');
  });
  it('and it is said which came first', () => {
    expect(read('10.55 106.4')[0]?.northFirst).toBe(true);
    expect(read('106.4 10.55')[0]?.northFirst).toBe(false);
    expect(read("106°24'Đ 10°33'B")[0]?.northFirst).toBe(false);
  });
  it('of VN-2000, 225 m away, where they are named so', () => {
    const [reading] = read('VN-2000 10°46\'10.08" 106°42\'20.40"');
    expect(reading?.taken).toMatchObject({ kind: 'degrees', datum: 'vn2000' });
    expect(reading?.position.longitude).toBeCloseTo(106 + 42 / 60 + 26.85 / 3600, 4);
  });
  it('outside the province too, and it is said', () => {
    for (const typed of ['21.0285 105.8542', '51.5074, -0.1278', '51.5N 0.12W', "10°33'S 106°24'E"]) {
      expect(read(typed)[0]?.inside, typed).toBe(false);
    }
    expect(read('51.5074, -0.1278')[0]?.position).toEqual({ latitude: 51.5074, longitude: -0.1278 });
    expect(read('10.55 106.4')[0]?.inside).toBe(true);
  });
});

describe('X and Y of VN-2000 are read', () => {
  it.each([
    '1166759.41 570941.13', '1166759,41 570941,13', '1166759.41, 570941.13', '1166759,41, 570941,13', '1166759,41,570941,13',
    '1166759,41;570941,13', '1.166.759,41 570.941,13', '1,166,759.41 570,941.13', '1,166,759.41, 570,941.13', '1,166,759.41,570,941.13',
    '1 166 759,41 570 941,13', '1 166 759.41; 570 941.13', '570941.13 1166759.41', '570.941,13 1.166.759,41', '570 941,13 1 166 759,41',
    'X=1166759.41 Y=570941.13', 'X: 1.166.759,41; Y: 570.941,13', 'x 1166759,41 y 570941,13', 'Y=570941.13, X=1166759.41',
    'X = 570941.13 Y = 1166759.41', 'N 1166759.41 E 570941.13', '1166759.41mN 570941.13mE', '1166759,41 m; 570941,13 m',
    'VN2000 1166759.41 570941.13', 'VN-2000: X 1166759,41, Y 570941,13', '1166759.41\t570941.13', '1166759.410 / 570941.130',
    'KTT 105°45\' 1166759.41 570941.13', 'KTT 105\u207045\' múi 3\u2070 1166759.41 570941.13', 'kinh tuyến trục 105045\' múi 30 1166759.41 570941.13',
    'kinh tuyến trục 105°45\', múi 3°: X 1166759,41 Y 570941,13', 'EPSG:9210 570941.13 1166759.41',
    'KTT 105.75 1166759.41 570941.13', 'ktt 105-45 1166759.41 570941.13',
  ])('%j', (typed) => expect(place(typed)).toBe(SAME_PLACE));

  it('whole numbers with dots between thousands are thousands', () => {
    expect(read('1.166.759 570.941')[0]?.taken).toMatchObject({ kind: 'plane', at: { northing: 1166759, easting: 570941 } });
    expect(read('1,166,759,570,941')[0]?.taken).toMatchObject({ at: { northing: 1166759, easting: 570941 } });
  });
  it('what is north is told by its size, whatever the letters say', () => {
    expect(read('X 1166759 Y 570941')[0]?.northFirst).toBe(true);
    expect(read('X 570941 Y 1166759')[0]?.northFirst).toBe(false);
  });
  it('in each zone in which they lie in the province, the chosen one first', () => {
    const codes = (typed: string, code?: number): number[] =>
      read(typed, planeOf(code ?? 9210)).map(({ taken }) => (taken.kind === 'plane' ? taken.plane.code : 0));
    expect(codes('1166759.41 570941.13')).toEqual([9210, 9209, 5897, 3405]);
    expect(codes('1166759.41 570941.13', 9209)).toEqual([9209, 9210, 5897, 3405]);
    // East enough for the zones of 105° only.
    expect(codes('1166677.75 652987.06')).toEqual(expect.arrayContaining([3405, 5897]));
    expect(codes('1166677.75 652987.06')).not.toContain(9210);
  });
  it('the zone that is named alone, even where it leads outside', () => {
    const readings = read('KTT 107°45\' 1166759.41 570941.13');
    expect(readings).toHaveLength(1);
    expect(readings[0]?.taken).toMatchObject({ plane: { code: 5899 } });
    expect(readings[0]?.inside).toBe(false);
    expect(read('múi 6 1166677.75 652987.06').map(({ taken }) => taken.kind === 'plane' && taken.plane.code)).toContain(3405);
  });
  it('a zone of another province, where only that brings them in', () => {
    const { easting, northing } = toPlane(planeOf(5899), { longitude: 106.4, latitude: 10.55 });
    const readings = read(`${northing} ${easting}`);
    expect(readings.map(({ taken }) => taken.kind === 'plane' && taken.plane.code)).toContain(5899);
    expect(readings.every(({ inside }) => inside)).toBe(true);
  });
  it('outside the province in the chosen zone, and it is said', () => {
    const readings = read('2325000 587000');
    expect(readings).toHaveLength(1);
    expect(readings[0]?.inside).toBe(false);
  });
  it('not where a plane of WGS 84 is named: that is 225 m away', () => {
    expect(read('WGS 84 1166759.41 570941.13')).toEqual([]);
  });
});

describe('no position is read', () => {
  it.each([
    '', ' ', 'Đức Hòa', 'xã Tân Tây', 'ĐT 825', 'QL 1', 'QL22B', 'N2', 'đường N2', '27943-01', '27943', 'D1 N2', 'KCN 10.55', '10.55', '1166759',
    '12 105', '10 106', '3 4', '825 826', '10.55 106.4 7', '10°70\' 106°24\'', '10°33\'61" 106°24\'', '10,55°N 106,4°N', 'N 10.55 B 106.4',
    '1166759 1166759', '570941 570941', '99 999', '1e6 5e5', '10.55 <script>106.4', '-', '.,.', '2025-07-01', '1/7/2025', '"10" 5',
    '1'.repeat(200), `${'1 '.repeat(99)}1`,
  ])('in %j', (typed) => expect(read(typed)).toEqual([]));

  it('and is told from a name, where coordinates were meant', () => {
    for (const typed of ["10°33'", '10°70\' 106°24\'', '1166759', 'X 1166759', '1.166.759 và 570']) expect(resemblesPosition(typed), typed).toBe(true);
    for (const typed of ['Đức Hòa', '27943', 'ĐT 825', '2025-07-01', 'abc 123456']) expect(resemblesPosition(typed), typed).toBe(false);
  });
});

describe('two numbers in one text', () => {
  it('are read in every way that they can be', () => {
    expect(valuesOf('1.234').map(({ value }) => value)).toEqual([1.234, 1234]);
    expect(valuesOf('1.234,5').map(({ value }) => value)).toEqual([1234.5]);
    expect(valuesOf('1 234 567').map(({ value }) => value)).toEqual([1234567]);
    expect(valuesOf('-10,5').map(({ value }) => value)).toEqual([-10.5]);
    for (const none of ['', '1.2.3', '1,23,456', '12.34,567,8', '--1', 'a']) expect(valuesOf(none), none).toEqual([]);
  });
  it('are not looked for in a long text', () => {
    expect(pairsOf('1,'.repeat(100_000))).toEqual([]);
    const began = performance.now();
    read("1°1'".repeat(50_000));
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

describe('coordinates are written', () => {
  it('X north first, in each language', () => {
    const at = { easting: 570941.1307, northing: 1166759.41 };
    expect(formatAxes(at, 1, 'vi')).toBe('X (Bắc) 1.166.759,4 m · Y (Đông) 570.941,1 m');
    expect(formatAxes(at, 2, 'en')).toBe('X (north) 1,166,759.41 m · Y (east) 570,941.13 m');
  });
  it('with their zone', () => {
    expect(PLANES.map(({ meridian }) => formatMeridian(meridian))).toEqual(expect.arrayContaining(['105°45′', '105°30′', '105°00′', '108°15′']));
    expect(formatPlane(MEASURING_PLANE, 'vi')).toBe('VN-2000, kinh tuyến trục 105°45′, múi 3°');
    expect(formatPlane(planeOf(3405), 'en')).toBe('VN-2000, central meridian 105°00′, 6° zone');
  });
  it('and a hit says how they were understood', () => {
    const [plane] = read('570.941,13 1.166.759,41');
    const [degrees] = read('10,55 106,4');
    if (!plane || !degrees) throw new Error('nothing was read');
    expect(readingName(plane, 'vi')).toBe('tọa độ X\u00a01.166.759,41 · Y\u00a0570.941,13');
    expect(readingTaken(plane, 'vi')).toEqual(['VN-2000, kinh tuyến trục 105°45′, múi 3°', 'hiểu là Y (Đông) trước, X (Bắc) sau']);
    expect(readingName(degrees, 'en')).toBe('coordinates 10.55000° N, 106.40000° E');
    expect(readingTaken(degrees, 'en')).toEqual(['degrees, WGS 84', 'taken as latitude, then longitude']);
  });
  it('in the zone that was chosen last, else in the province’s', () => {
    expect(planeOfCode('9209').meridian).toBe(105.5);
    for (const none of [null, '', '4326', '<script>']) expect(planeOfCode(none)).toBe(MEASURING_PLANE);
  });
});

describe('the commune at a position', () => {
  const answer = (properties: object) => [{ layer: 'admin_commune', features: [{ properties }] }];
  it('is named with its kind', () => {
    const ward = { name_vi: 'Long An', unit_type: { code: 'phuong', vi: 'Phường', en: 'Ward' } };
    expect(readCommune(answer(ward))).toEqual({ vi: 'Phường Long An', en: 'Long An (ward)' });
    expect(readCommune(answer({ name_vi: 'Long An' }))).toEqual({ vi: 'Long An', en: 'Long An' });
  });
  it('is none outside of all communes, and nothing is read from no answer', () => {
    expect(readCommune([])).toBeNull();
    for (const other of [undefined, null, {}, 'x']) expect(() => readCommune(other)).toThrow();
  });
});
