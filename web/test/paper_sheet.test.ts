import { describe, expect, it } from 'vitest';
import {
  PX_PER_MM, SCALES, fittingScale, formatScale, frameExtent, frameOnScreen, groundPerPlane, scaleBar, sheetOf, zoomOf,
} from '../src/tools/print/sheet';

/** Metres between two positions along a meridian or a parallel of WGS 84, from the radii of curvature. */
function metres(latitude: number, byLatitude: number, byLongitude: number): { north: number; east: number } {
  const [a, e2, phi] = [6_378_137, 0.00669437999014, (latitude * Math.PI) / 180];
  const flat = 1 - e2 * Math.sin(phi) ** 2;
  return {
    north: ((a * (1 - e2)) / flat ** 1.5) * ((byLatitude * Math.PI) / 180),
    east: (a / Math.sqrt(flat)) * Math.cos(phi) * ((byLongitude * Math.PI) / 180),
  };
}

describe('a sheet', () => {
  it('holds its parts within its margins, in both papers and turns', () => {
    for (const paper of ['a4', 'a3'] as const) {
      for (const turn of ['portrait', 'landscape'] as const) {
        const { width, height, map, side } = sheetOf(paper, turn);
        expect(width > height).toBe(turn === 'landscape');
        const [across, down] = turn === 'portrait' ? [map.width, map.height + side.height] : [map.width + side.width, map.height];
        expect(across).toBeLessThanOrEqual(width - 20);
        expect(down).toBeLessThanOrEqual(height - 20);
        expect(map.width * map.height).toBeGreaterThan(0.45 * width * height);
      }
    }
  });

  it('is what ISO 216 says', () => {
    expect(sheetOf('a4', 'portrait')).toMatchObject({ width: 210, height: 297 });
    expect(sheetOf('a3', 'landscape')).toMatchObject({ width: 420, height: 297 });
  });
});

describe('a scale', () => {
  it('is kept on paper within half a per cent in both directions', () => {
    for (const scale of SCALES.filter((one) => one <= 100_000)) {
      const frame = { width: 100, height: 100 };
      const [west, south, east, north] = frameExtent(frame, scale, 106.2, 11.05);
      const ground = metres(11.05, north - south, east - west);
      const wanted = 0.1 * scale;
      expect(Math.abs(ground.east / wanted - 1)).toBeLessThan(0.005);
      expect(Math.abs(ground.north / wanted - 1)).toBeLessThan(0.005);
    }
  });

  it('is the plane of the ellipsoid, and at the equator nearly the plane itself', () => {
    expect(groundPerPlane(0)).toBeCloseTo(0.9966, 3);
    expect(groundPerPlane(60)).toBeCloseTo(0.5, 2);
  });

  it('has a zoom that halves the ground with each step', () => {
    expect(zoomOf(25_000, 11) - zoomOf(50_000, 11)).toBeCloseTo(1, 9);
  });

  it('has the frame of the screen as large as paper where the zoom is that of paper', () => {
    const shown = frameOnScreen({ width: 100, height: 50 }, 10_000, 11, zoomOf(10_000, 11));
    expect(shown.width).toBeCloseTo(100 * PX_PER_MM, 6);
    expect(shown.height).toBeCloseTo(50 * PX_PER_MM, 6);
  });

  it('that fits holds all of the screen, and the next larger does not', () => {
    const frame = sheetOf('a4', 'landscape').map;
    const screen = { width: 900, height: 800 };
    const fitting = fittingScale(frame, screen, 11, 13.3);
    const holds = (scale: number): boolean => frameOnScreen(frame, scale, 11, 13.3).height >= 800;
    expect(holds(fitting)).toBe(true);
    const larger = SCALES[SCALES.findIndex((one) => one === fitting) - 1];
    expect(larger !== undefined && holds(larger)).toBe(false);
    expect(fittingScale(frame, screen, 11, 3)).toBe(1_000_000);
  });

  it('is written as on maps', () => {
    expect(formatScale(1000)).toBe('1:1\u00a0000');
    expect(formatScale(500_000)).toBe('1:500\u00a0000');
    expect(formatScale(1_000_000)).toBe('1:1\u00a0000\u00a0000');
  });
});

it('a scale bar is round, and as long on paper as it says', () => {
  for (const scale of SCALES) {
    const { metres: length, mm, parts } = scaleBar(scale, 42);
    expect(mm).toBeLessThanOrEqual(42);
    expect(mm).toBeGreaterThan(16);
    expect((mm * scale) / 1000).toBeCloseTo(length, 6);
    expect([1, 2, 4, 5]).toContain(Number(String(length)[0]));
    expect([2, 4, 5]).toContain(parts);
  }
});
