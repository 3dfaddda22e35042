import { describe, expect, it } from 'vitest';
import type { Attribute } from '../src/catalog';
import type { Drawing } from '../src/layers';
import { barsOf, formatAmount, formatBytes, formatShare, groupedBy, measureOf, workbookName } from '../src/tools/area/figures';
import { subjectTitle } from '../src/tools/area/naming';
import { FILE_MAX, type Question, fileTrouble, linkOf, linkedQuestion, requestOf, troubleOf } from '../src/tools/area/question';
import { readReport } from '../src/tools/area/report';
import { boundsOf, circleRing, drawnText, measuredShape, measuredText, metresBetween, middleOf } from '../src/tools/area/shapes';
import { communeAt, dayOf, readUnits, unitOfText, unitText } from '../src/tools/area/units';
import { planeOf, toDegrees, toPlane } from '../src/tools/area/planes';

/** Positions that the server's own proof holds too (src/crs/oracle.rs), its tolerance 5 mm. */
const KNOWN = [
  [9210, 554000, 1165000, 106.2451824553, 10.5343730922], [9210, 587000, 1203000, 106.5475833364, 10.8773006333],
  [9210, 495000, 1196000, 105.7060616565, 10.8150434564], [9209, 560000, 1250000, 106.051419063, 11.3027631684],
  [3405, 652987.0628, 1166677.75, 106.4, 10.55], [5897, 653032.9773, 1167027.8934, 106.4, 10.55], [9209, 587138.5616, 1249757.088, 106.3, 11.3],
] as const;

describe('a plane of VN-2000', () => {
  it.each(KNOWN)('EPSG:%i %f %f lies where it is known to lie', (code, easting, northing, longitude, latitude) => {
    const [lon, lat] = toDegrees({ easting, northing }, planeOf(code));
    expect(metresBetween([lon, lat], [longitude, latitude])).toBeLessThan(0.005);
    const back = toPlane([longitude, latitude], planeOf(code));
    expect(Math.hypot(back.easting - easting, back.northing - northing)).toBeLessThan(0.005);
  });
});

describe('a drawing', () => {
  it('is asked for in the forms of the server', () => {
    expect(drawnText({ kind: 'polygon', ring: [[106.123456789, 10.5], [106.2, 10.5], [106.2, 10.6], [106.123456789, 10.5]] }))
      .toBe('POLYGON((106.1234568 10.5,106.2 10.5,106.2 10.6,106.1234568 10.5))');
    expect(drawnText({ kind: 'circle', centre: [106.2, 10.6], metres: 500.04 })).toBe('circle:106.2,10.6,500');
    expect(drawnText({ kind: 'line', line: [[106.1, 10.5], [106.2, 10.6]], metres: 100 })).toBe('buffer:100:LINESTRING(106.1 10.5,106.2 10.6)');
  });
  it('of a circle is round, and its middle is found again', () => {
    const ring = circleRing([106.2, 10.6], 1500);
    for (const position of ring) expect(metresBetween([106.2, 10.6], position)).toBeCloseTo(1500, 3);
    expect(metresBetween(middleOf(ring), [106.2, 10.6])).toBeLessThan(0.2);
    expect(ring[0]).toEqual(ring.at(-1));
  });
  it('has bounds, with heights or without', () => {
    expect(boundsOf({ type: 'LineString', coordinates: [[106, 10, 5], [107, 11, 900]] })).toEqual([106, 10, 107, 11]);
    expect(boundsOf({ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [106, 10] }, { type: 'Point', coordinates: [105, 11] }] }))
      .toEqual([105, 10, 106, 11]);
    expect(boundsOf({ type: 'GeometryCollection', geometries: [] })).toBeNull();
  });
  it('comes back from the corners that were measured', () => {
    const corner = (part: number, hole: number, northing: number, easting: number) => ({ part, hole, northing, easting });
    const ring = [corner(1, 0, 1165000, 554000), corner(1, 0, 1165500, 554000), corner(1, 0, 1165500, 554600)];
    expect(measuredText(ring, 9210)).toBe('corners:9210:1165000 554000;1165500 554000;1165500 554600');
    const shape = measuredShape([...ring, ...ring.map((one) => ({ ...one, hole: 1 })), ...ring.map((one) => ({ ...one, part: 2 }))], 9210);
    expect(shape.coordinates.map((part) => part.length)).toEqual([2, 1]);
    expect(shape.coordinates[0]?.[0]).toHaveLength(4);
    expect(measuredText([...ring, ...ring.map((one) => ({ ...one, part: 2 }))], 9210)).toMatch(/^MULTIPOLYGON\(\(\(106\.\d+ 10\.\d+,.*\)\),\(\(106/);
  });
});

describe('a question', () => {
  const asked: Question = { subject: { kind: 'text', area: 'commune:27943@2025-03-01' }, day: '2025-03-01', layers: ['school', 'road_plan'] };
  it('goes into the address', () => {
    expect(requestOf(asked, 'json', 'vi')).toEqual({
      address: '/report?area=commune%3A27943%402025-03-01&datetime=2025-03-01&layers=school%2Croad_plan&f=json', body: null, type: null,
    });
    expect(requestOf(asked, 'xlsx', 'en').address).toMatch(/f=xlsx&lang=en$/);
  });
  it('that is long goes into the body', () => {
    const long = requestOf({ ...asked, subject: { kind: 'text', area: `POLYGON((${'106 10,'.repeat(2000)}` } }, 'json', 'vi');
    expect(long.address).toBe('/report?f=json');
    expect(JSON.parse(long.body as string)).toMatchObject({ datetime: '2025-03-01', layers: 'school,road_plan' });
  });
  it('about a file sends the file as one, whatever the browser thinks that it is', () => {
    const file = new File(['{}'], 'a.json', { type: 'application/json' });
    const request = requestOf({ subject: { kind: 'file', file, system: 'EPSG:9210' }, day: null, layers: null }, 'json', 'vi');
    expect(request).toMatchObject({ address: '/report?area-crs=EPSG%3A9210&f=json', type: 'application/octet-stream' });
    expect(linkOf({ subject: { kind: 'file', file, system: null }, day: null, layers: null })).toBeNull();
  });
  it('comes back from a link', () => {
    const link = linkOf(asked);
    expect(link).toEqual({ area: 'commune:27943@2025-03-01', day: '2025-03-01', only: '1' });
    expect(linkedQuestion((key) => link?.[key as 'area'] ?? null)).toEqual({ area: 'commune:27943@2025-03-01', day: '2025-03-01', only: true });
    expect(linkedQuestion(() => null)).toBeNull();
    expect(linkedQuestion((key) => (key === 'area' ? 'province:80' : '<script>'))).toEqual({ area: 'province:80', day: null, only: false });
  });
  it('about a file that is too large or empty is not sent', () => {
    expect(fileTrouble(2 * 1024 ** 3)).toBe('areaFileTooLarge');
    expect(fileTrouble(FILE_MAX + 1)).toBe('areaFileTooLarge');
    expect(fileTrouble(0)).toBe('areaFileEmpty');
    expect(fileTrouble(FILE_MAX)).toBeNull();
  });
  it.each([
    [400, 'the file: it does not say its coordinate system; say it by area-crs, such as area-crs=EPSG:9210', 'areaTroubleFileSystem'],
    [400, 'the file is none of GeoJSON, KML, KMZ, a Shapefile in a zip archive, GeoPackage, DXF as text', 'areaTroubleFileKind'],
    [400, 'the zip archive is damaged, or encrypted', 'areaTroubleFileArchive'],
    [400, 'area: its lines cross each other more than 2000 times; draw it', 'areaTroubleCrossing'],
    [400, 'area: there is no commune 99999; /units?q= finds units by code and by name', 'areaTroubleNoUnit'],
    [400, 'area: something new', 'areaTroubleArea'], [413, '', 'areaTroubleTooLarge'],
    [413, 'area: GeoJSON: it has 200002 positions, and 200000 are allowed; simplify it, or ask for its parts', 'areaTroubleTooMany'],
    [413, 'the file: it has more than 100000 rows or 200000 positions; send a part of it, or simplify it', 'areaTroubleTooMany'],
    [422, '', 'areaTroubleTooSlow'],
    [503, '', 'areaTroubleBusy'], [500, '', 'areaTroubleServer'], [403, '', 'areaTroubleForbidden'], [null, '', 'serverAway'],
  ])('that fails with %s %s is told in words of ours', (status, detail, key) => expect(troubleOf(status, detail)).toBe(key));
});

describe('a unit', () => {
  const old = { level: 'commune', code: '27943', name: 'Xã Cũ', from: null, until: '2025-07-01', parent: null, successors: [] };
  const present = { ...old, from: '2025-07-01', until: null };
  it('is asked for on a day on which it was', () => {
    expect(unitText(old, null)).toBe('commune:27943@2025-06-30');
    expect(unitText(old, '2020-01-01')).toBe('commune:27943@2020-01-01');
    expect(unitText(old, '2026-01-01')).toBe('commune:27943@2025-06-30');
    expect(unitText(present, null)).toBe('commune:27943@2025-07-01');
    expect(dayOf({ ...present, from: null }, null)).toBeNull();
    expect(unitOfText('district:794@2025-03-01')).toEqual({ level: 'district', code: '794', day: '2025-03-01' });
    expect(unitOfText('circle:1,2,3')).toBeNull();
  });
  it('is read from answers, and what is none is passed over', () => {
    const answer = { units: [{ level: 'commune', code: '1', name: 'A', parent: { name: 'B' }, successors: [{ name: 'C' }] }, { code: 'x;drop' }, null] };
    expect(readUnits(answer)).toEqual([{ level: 'commune', code: '1', name: 'A', from: null, until: null, parent: 'B', successors: ['C'] }]);
    expect(() => readUnits({})).toThrow();
    expect(communeAt({ layers: [{ features: [{ properties: { code: '27000', name_vi: 'Xã A', valid_from: '2025-07-01' } }] }] })?.code).toBe('27000');
    expect(communeAt({ layers: [] })).toBeNull();
  });
});

describe('a report', () => {
  const attributes: Attribute[] = [{ name: 'code', type: 'enum', unit: null, title: { vi: 'Loại', en: 'Class' }, values: [] }];
  const group = (code: string, area_ha: number) => ({ count: 2, area_ha, by: { code: { code, vi: `${code} vi`, en: `${code} en` } } });
  const layer = (groups: object[]) => ({ layer: 'plan', title: { vi: 'Quy hoạch', en: 'Plan' }, theme: {}, total: { count: 4, area_ha: 40 }, groups });
  const answer = (groups: object[]) => ({ area: { area_ha: 100, bbox: [1, 2, 3, 4] }, layers: [layer(groups)] });
  const drawings = [{ id: 'a', type: 'fill', source: 'plan', paint: { 'fill-color': ['match', ['get', 'code'], 'LUC', '#ffff00', '#888888'] } }] as Drawing[];

  it('has a bar for each group, the largest first, in the colours of the map', () => {
    const report = readReport(answer([group('CLN', 10), group('LUC', 30)]));
    const { bars } = barsOf(report.layers[0]!, attributes, drawings, 'vi');
    expect(bars.map(({ name, written, share, length, color }) => [name, written, share, length, color])).toEqual([
      ['LUC LUC vi', '30 ha', 0.75, 1, '#ffff00'], ['CLN CLN vi', '10 ha', 0.25, 1 / 3, null],
    ]);
  });
  it('puts the many small groups into one bar, and loses nothing', () => {
    const report = readReport(answer(Array.from({ length: 40 }, (_, at) => group(`C${at}`, at + 1))));
    const { bars } = barsOf(report.layers[0]!, attributes, [], 'en');
    expect(bars).toHaveLength(16);
    expect(bars.at(-1)).toMatchObject({ name: '25 other groups', count: 50, amount: 325 });
    expect(bars.reduce((sum, bar) => sum + bar.share, 0)).toBeCloseTo(1);
  });
  it('says once in what all groups are alike', () => {
    const of = (code: string) => ({ ...group(code, 5), by: { ...group(code, 5).by, level: 'tỉnh' } });
    const [plan] = readReport(answer([of('LUC'), of('CLN')])).layers;
    expect(groupedBy(plan!, attributes, 'vi')).toEqual({ differing: ['code'], alike: [['level', 'tỉnh']] });
    expect(barsOf(plan!, attributes, drawings, 'vi').bars.map(({ name }) => name)).toEqual(['LUC LUC vi', 'CLN CLN vi']);
  });
  it('is refused where it is none, and read where much is missing', () => {
    for (const wrong of [null, 5, {}, { area: {} }, { area: { area_ha: 'x' }, layers: [] }, []]) expect(() => readReport(wrong)).toThrow();
    const bare = readReport({ area: { area_ha: 0 }, layers: [{}] });
    expect(bare).toMatchObject({ areaHa: 0, bounds: null, unit: null, allCorners: false, plane: 9210, leftOut: [] });
    expect(bare.layers[0]).toMatchObject({ layer: '', features: [], groups: [], total: { count: 0 } });
  });
  it('tells amounts by what a layer is made of', () => {
    const amounts = (areaHa: number | null, lengthM: number | null) => ({ count: 1234, areaHa, lengthM, sums: [] });
    expect(formatAmount(amounts(1234.5678, null), measureOf(amounts(1234.5678, null)), 'vi')).toBe('1.234,57 ha');
    expect(formatAmount(amounts(1.23456, null), 'areaHa', 'vi')).toBe('1,2346 ha');
    expect(formatAmount(amounts(null, 1500), measureOf(amounts(null, 1500)), 'en')).toBe('1.5 km');
    expect(formatAmount(amounts(null, null), measureOf(amounts(null, null)), 'vi')).toBe('1.234 đối tượng');
    expect(formatShare(0.00001, 'vi')).toBe('< 0,1%');
    expect(formatBytes(2 * 1024 ** 3, 'vi')).toBe('2 GB');
  });
  it('names what it is about', () => {
    const text = (area: string) => ({ kind: 'text', area }) as const;
    expect(subjectTitle(text('circle:106,10,500'), null, 'vi')).toBe('Hình tròn bán kính 500 m');
    expect(subjectTitle(text('buffer:200:commune:27943'), null, 'en')).toBe('Surroundings within 200 m: 27943');
    expect(subjectTitle(text('buffer:1500:LINESTRING(1 2,3 4)'), null, 'en')).toBe('Surroundings within 1.5 km');
    expect(subjectTitle(text('POLYGON((1 2))'), null, 'en')).toBe('Area drawn on the map');
    expect(subjectTitle(text(`${'buffer:1:'.repeat(50)}x`), null, 'en')).toContain('Surroundings');
    expect(workbookName('Báo cáo: Xã Đức Hòa <x>', '2026-11-30')).toBe('bao-cao-xa-duc-hoa-x-2026-11-30.xlsx');
  });
});
