/**
 * Reads a position that someone typed or pasted: degrees in many written forms, or X and Y of VN-2000 in
 * either order. What is north and what is east is told by their sizes, the zone by where the province lies. Pure.
 */
import type { Extent } from '../catalog';
import { type Degrees, PLANES, PLANES_HERE, type Plane, type PlanePosition, fromPlane, fromVn2000Degrees } from '../vn2000';
import { anglesOf } from './angles';
import { pairsOf } from './numbers';
import { type Wording, wordingOf } from './words';

/** What the two numbers were taken for. */
export type Taken =
  | { readonly kind: 'degrees'; readonly datum: 'wgs84' | 'vn2000'; readonly at: Degrees }
  | { readonly kind: 'plane'; readonly plane: Plane; readonly at: PlanePosition };

export interface Reading {
  readonly taken: Taken;
  /** Whether latitude or X came first. */
  readonly northFirst: boolean;
  /** Degrees of WGS 84, as the map has them. */
  readonly position: Degrees;
  /** Whether it lies in the frame of the province. */
  readonly inside: boolean;
}

/** Northings and eastings of all of Vietnam, islands too, in any of its zones, metres. */
const NORTHINGS = [900_000, 2_650_000] as const;
const EASTINGS = [100_000, 900_000] as const;
/** Latitudes and longitudes of the same, degrees. */
const LATITUDES = [6, 24.5] as const;
const LONGITUDES = [101, 118] as const;

/** From so many decimals on, two numbers without any sign may be degrees of anywhere. */
const PLAINLY_DEGREES = 3;

/** A longer text is no position. */
const LONGEST = 200;

const within = (value: number, [low, high]: readonly [number, number]): boolean => value >= low && value <= high;

export function contains([west, south, east, north]: Extent, { longitude, latitude }: Degrees): boolean {
  return within(longitude, [west, east]) && within(latitude, [south, north]);
}

function readPlane(wording: Wording, frame: Extent, preferred: Plane): Reading[] {
  // A plane of WGS 84 lies 225 m from that of VN-2000, and which one is meant is not known.
  if (wording.datum === 'wgs84') return [];
  for (const { first, second } of pairsOf(wording.body.replace(/[nsew]/g, ' ').trim())) {
    const northFirst = within(first, NORTHINGS) && within(second, EASTINGS);
    if (!northFirst && !(within(first, EASTINGS) && within(second, NORTHINGS))) continue;
    const at = northFirst ? { northing: first, easting: second } : { northing: second, easting: first };
    const inPlane = (plane: Plane): Reading => {
      const position = fromPlane(plane, at);
      return { taken: { kind: 'plane', plane, at }, northFirst, position, inside: contains(frame, position) };
    };
    if (wording.planes !== null) return wording.planes.map(inPlane);
    const likely = [preferred, ...PLANES_HERE.filter((plane) => plane.code !== preferred.code)];
    for (const planes of [likely, PLANES]) {
      const inside = planes.map(inPlane).filter((reading) => reading.inside);
      if (inside.length > 0) return inside;
    }
    return [inPlane(preferred)];
  }
  return [];
}

function degreesReading(datum: Wording['datum'], at: Degrees, northFirst: boolean, frame: Extent): Reading {
  const position = datum === 'vn2000' ? fromVn2000Degrees(at) : at;
  return { taken: { kind: 'degrees', datum: datum ?? 'wgs84', at }, northFirst, position, inside: contains(frame, position) };
}

/** Which of two angles is the latitude, where no letter says so; null where neither can be. */
function northComesFirst(first: number, second: number): boolean | null {
  if (within(first, LATITUDES) && within(second, LONGITUDES)) return true;
  if (within(first, LONGITUDES) && within(second, LATITUDES)) return false;
  if (Math.abs(first) <= 90 && Math.abs(second) <= 180) return true;
  return Math.abs(first) <= 180 && Math.abs(second) <= 90 ? false : null;
}

function readPlainDegrees({ body, datum }: Wording, frame: Extent): Reading[] {
  const here = ({ first, second }: { first: number; second: number }): boolean =>
    (within(first, LATITUDES) && within(second, LONGITUDES)) || (within(first, LONGITUDES) && within(second, LATITUDES));
  // Two whole numbers are no position: they may be a part of a name.
  const pairs = pairsOf(body).filter((pair) => !(Number.isInteger(pair.first) && Number.isInteger(pair.second)));
  const pair = pairs.find(here) ?? pairs.find((one) => one.decimals >= PLAINLY_DEGREES);
  if (!pair) return [];
  const northFirst = northComesFirst(pair.first, pair.second);
  if (northFirst === null) return [];
  const [latitude, longitude] = northFirst ? [pair.first, pair.second] : [pair.second, pair.first];
  return [degreesReading(datum, { latitude, longitude }, northFirst, frame)];
}

function readAngles({ body, datum }: Wording, frame: Extent): Reading[] {
  const angles = anglesOf(body);
  if (!angles) return [];
  const [first, second] = angles;
  const said = first.axis ?? (second.axis === 'latitude' ? 'longitude' : second.axis === 'longitude' ? 'latitude' : null);
  const northFirst = said === null ? northComesFirst(first.value, second.value) : said === 'latitude';
  if (northFirst === null) return [];
  const [latitude, longitude] = northFirst ? [first.value, second.value] : [second.value, first.value];
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return [];
  const lettered = /[nsew]/.test(body);
  const marked = /[°'"]/.test(body);
  // Without signs, letters may be those of a street and whole numbers a part of a name.
  if (!marked && !lettered && (body.match(/\d+(?:[.,]\d+)?/g) ?? []).length < 4) return [];
  const sure = marked || (lettered && /\d[.,]\d/.test(body));
  if (!sure && !(within(latitude, LATITUDES) && within(longitude, LONGITUDES))) return [];
  return [degreesReading(datum, { latitude, longitude }, northFirst, frame)];
}

/**
 * Every position that the text can be, the likeliest first; none where it is no position.
 *
 * @param frame the province; readings outside are given only where none lies inside
 * @param preferred the plane that is tried first
 */
export function readPosition(typed: string, frame: Extent, preferred: Plane): Reading[] {
  const wording = typed.length > LONGEST ? null : wordingOf(typed);
  if (!wording) return [];
  const marked = /[°'"]/.test(wording.body);
  const plane = marked ? [] : readPlane(wording, frame, preferred);
  if (plane.length > 0) return plane;
  const plain = marked ? [] : readPlainDegrees(wording, frame);
  return plain.length > 0 ? plain : readAngles(wording, frame);
}

/** Whether a text that could not be read was meant as a position: signs of degrees, or a number as long as X. */
export function resemblesPosition(typed: string): boolean {
  const wording = wordingOf(typed);
  if (!wording) return false;
  return /\d ?°/.test(wording.body) || /(?:^|\D)[12](?:\d{6}|[. ,]\d{3}[. ,]\d{3})(?!\d)/.test(wording.body);
}
