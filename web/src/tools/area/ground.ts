/** Where the area of a report lies, for the map. */
import { askBoundary } from './asking';
import type { Subject } from './question';
import type { Report } from './report';
import { measuredShape } from './shapes';
import { unitOfText } from './units';

/** `2026-11-30`, as it is in Vietnam. */
export function today(): string {
  return new Date(Date.now() + 7 * 3_600_000).toISOString().slice(0, 10);
}

/**
 * The ground that was measured, where the report tells all of its corners; else the boundary of the unit or of those that
 * stand for it; else the box around it. Null where it lies nowhere.
 */
export async function groundOf(subject: Subject, report: Report, signal: AbortSignal): Promise<GeoJSON.Geometry | null> {
  if (report.allCorners) return measuredShape(report.corners, report.plane);
  const { unit, standIns, bounds } = report;
  if (unit?.level === 'commune') {
    const asked = subject.kind === 'text' ? unitOfText(subject.area)?.day : null;
    const day = standIns.length > 0 || unit.until === null ? today() : asked ?? unit.from ?? today();
    const codes = standIns.length > 0 ? standIns.map((one) => one.code) : [unit.code];
    try {
      const boundary = await askBoundary(codes, day, signal);
      if (boundary) return boundary;
    } catch (error) {
      // The box tells where it is all the same.
      console.warn(error);
    }
  }
  if (!bounds) return null;
  const [west, south, east, north] = bounds;
  return { type: 'LineString', coordinates: [[west, south], [east, south], [east, north], [west, north], [west, south]] };
}
