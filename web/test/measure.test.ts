import { describe, expect, it } from 'vitest';
import { cornerCells, cornersOf, spreadsheetText } from '../src/tools/measure/corners';
import { formatArea, formatLength, measured } from '../src/tools/measure/figures';
import { MEASURING_PLANE, PLANES, fromPlane } from '../src/vn2000';

/** A position by metres east and north of a corner near Tân An, on the plane of EPSG:9210. */
const at = (east: number, north: number) => fromPlane(MEASURING_PLANE, { easting: 554_000 + east, northing: 1_165_000 + north });
const RECTANGLE = [at(0, 0), at(300, 0), at(300, 400), at(0, 400)];

describe('what was clicked is measured on the plane of VN-2000', () => {
  it('sides, length, perimeter and area of a rectangle', () => {
    const { sides, length, perimeter, area, crosses } = measured(RECTANGLE);
    [300, 400, 300, 400].forEach((side, index) => expect(sides[index]).toBeCloseTo(side, 3));
    expect(length).toBeCloseTo(1000, 3);
    expect(perimeter).toBeCloseTo(1400, 3);
    expect(area).toBeCloseTo(120_000, 1);
    expect(crosses).toBe(false);
  });
  it('the same area, whichever way round', () => {
    expect(measured([...RECTANGLE].reverse()).area).toBeCloseTo(120_000, 1);
  });
  it('no area for a line, nothing for a point', () => {
    expect(measured([at(0, 0), at(30, 40)])).toMatchObject({ area: null, crosses: false });
    expect(measured([at(0, 0), at(30, 40)]).length).toBeCloseTo(50, 3);
    expect(measured([at(0, 0)])).toMatchObject({ length: 0, perimeter: 0, area: null });
    expect(measured([])).toMatchObject({ sides: [], length: 0, perimeter: 0, area: null });
  });
  it('no area where sides cross', () => {
    const [a, b, c, d] = RECTANGLE as [typeof RECTANGLE[0], typeof RECTANGLE[0], typeof RECTANGLE[0], typeof RECTANGLE[0]];
    expect(measured([a, c, b, d] as typeof RECTANGLE)).toMatchObject({ area: null, crosses: true });
    expect(measured([a, b, d] as typeof RECTANGLE).crosses).toBe(false);
  });
});

describe('figures are written', () => {
  it('in metres, kilometres, square metres and hectares, in each language', () => {
    expect(formatLength(999.5, 'vi')).toBe('999,50 m');
    expect(formatLength(1234.5, 'vi')).toBe('1,235 km');
    expect(formatLength(1234.5, 'en')).toBe('1.235 km');
    expect(formatArea(9876.54, 'vi')).toBe('9.876,5 m²');
    expect(formatArea(120_000, 'vi')).toBe('12,0000 ha (120.000,0 m²)');
    expect(formatArea(120_000, 'en')).toBe('12.0000 ha (120,000.0 m²)');
  });
});

describe('the table of corners', () => {
  const corners = cornersOf(RECTANGLE, measured(RECTANGLE).sides, MEASURING_PLANE);
  it('has X, the northing, before Y, and the side to the next corner', () => {
    expect(cornerCells(corners[1]!, 4, 'vi')).toEqual(['2', '1.165.000,00', '554.300,00', '400,00']);
    expect(cornerCells(corners[3]!, 4, 'en')).toEqual(['4', '1,165,400.00', '554,000.00', '400.00 (to 1)']);
  });
  it('is in the zone that was chosen', () => {
    const old = PLANES.find(({ code }) => code === 9209)!;
    expect(cornersOf(RECTANGLE, [], old)[0]?.y).toBeGreaterThan(580_000);
  });
  it('counts the side between two points once', () => {
    const two = cornersOf(RECTANGLE.slice(0, 2), measured(RECTANGLE.slice(0, 2)).sides, MEASURING_PLANE);
    expect(two.map((corner) => cornerCells(corner, 2, 'vi')[3])).toEqual(['300,00', '']);
    expect(cornersOf(RECTANGLE.slice(0, 1), [0], MEASURING_PLANE)[0]?.side).toBeNull();
  });
  it('comes into a spreadsheet as numbers: tabs, the language’s decimal sign, no dividers of thousands', () => {
    const [plane, head, ...rows] = spreadsheetText(corners, MEASURING_PLANE, 'vi').split('\r\n');
    expect(plane).toBe('VN-2000, kinh tuyến trục 105°45′, múi 3°');
    expect(head).toBe('Điểm\tX (Bắc), m\tY (Đông), m\tCạnh đến điểm sau, m');
    expect(rows[0]).toBe('1\t1165000,00\t554000,00\t300,00');
    expect(rows).toHaveLength(4);
    expect(spreadsheetText(corners, MEASURING_PLANE, 'en')).toContain('\n1\t1165000.00\t554000.00\t300.00\r\n');
  });
});
