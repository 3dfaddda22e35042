/**
 * Planes of VN-2000 to degrees of WGS 84 and back, in metres and degrees: transverse Mercator by Krüger's series, the
 * datum by Decision 05/2007/QĐ-BTNMT (EPSG:6960). It is for showing where corners lie; figures come from the server.
 * Pure.
 */

/** A plane in which a land document may give its corners. */
export interface Plane {
  /** EPSG code. */
  readonly code: number;
  /** Degrees. */
  readonly meridian: number;
  readonly scale: number;
  /** Width of its zone, degrees: 3 for local maps, 6 for those of the whole country. */
  readonly zone: 3 | 6;
}

const local = (code: number, meridian: number): Plane => ({ code, meridian, scale: 0.9999, zone: 3 });

/** The province's own first, then the one of its northern half before July 2025, then the rest from west to east. */
export const PLANES: readonly Plane[] = [
  local(9210, 105.75), local(9209, 105.5),
  { code: 3405, meridian: 105, scale: 0.9996, zone: 6 }, local(5897, 105),
  local(9205, 103), local(9206, 104), local(9207, 104.5), local(9208, 104.75), local(9211, 106), local(9212, 106.25),
  local(9213, 106.5), local(9214, 107), local(9215, 107.25), local(9216, 107.5), local(5899, 107.75), local(5898, 108),
  local(9217, 108.25), local(9218, 108.5),
];

/** The plane in which the province's areas are official. */
export const OWN_PLANE = 9210;

export function planeOf(code: number): Plane {
  return PLANES.find((plane) => plane.code === code) ?? (PLANES[0] as Plane);
}

/** Metres from the equator, and metres eastwards with 500 000 on the meridian. */
export interface PlanePosition {
  readonly northing: number;
  readonly easting: number;
}

/** Longitude and latitude. */
export type LonLat = readonly [number, number];

const FALSE_EASTING = 500_000;
/** The ellipsoid of WGS 84, which VN-2000 uses too. */
const A = 6_378_137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const N = F / (2 - F);
const RADIUS = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
const ALPHA = [
  N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4,
  (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4,
  (61 / 240) * N ** 3 - (103 / 140) * N ** 4,
  (49561 / 161280) * N ** 4,
];
const BETA = [
  N / 2 - (2 / 3) * N ** 2 + (37 / 96) * N ** 3 - (1 / 360) * N ** 4,
  (1 / 48) * N ** 2 + (1 / 15) * N ** 3 - (437 / 1440) * N ** 4,
  (17 / 480) * N ** 3 - (37 / 840) * N ** 4,
  (4397 / 161280) * N ** 4,
];
const DEGREE = Math.PI / 180;
const SECOND = DEGREE / 3600;

/** From VN-2000 to WGS 84: metres, seconds of arc (coordinate frame), parts per million. */
const SHIFT = [-191.90441429, -39.30318279, -111.45032835] as const;
const TURN = [-0.00928836 * SECOND, 0.01975479 * SECOND, -0.00427372 * SECOND] as const;
const STRETCH = 0.252906278e-6;

/** Between latitude and the latitude of the sphere that keeps angles. */
function conformal(latitude: number): number {
  const e = Math.sqrt(E2);
  return Math.sinh(Math.atanh(Math.sin(latitude)) - e * Math.atanh(e * Math.sin(latitude)));
}

function latitudeOf(tangent: number): number {
  let latitude = Math.atan(tangent);
  for (let step = 0; step < 6; step++) {
    const off = conformal(latitude) - tangent;
    const slope = (Math.sqrt(1 + tangent * tangent) * (1 - E2)) / (Math.cos(latitude) * (1 - E2 * Math.sin(latitude) ** 2));
    latitude -= off / slope;
  }
  return latitude;
}

function fromPlane({ northing, easting }: PlanePosition, { meridian, scale }: Plane): [number, number] {
  const xi = northing / (scale * RADIUS);
  const eta = (easting - FALSE_EASTING) / (scale * RADIUS);
  let [x, y] = [xi, eta];
  BETA.forEach((beta, index) => {
    const k = 2 * (index + 1);
    x -= beta * Math.sin(k * xi) * Math.cosh(k * eta);
    y -= beta * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  const tangent = Math.sin(x) / Math.hypot(Math.sinh(y), Math.cos(x));
  return [meridian * DEGREE + Math.atan2(Math.sinh(y), Math.cos(x)), latitudeOf(tangent)];
}

function intoPlane(longitude: number, latitude: number, { meridian, scale }: Plane): PlanePosition {
  const tangent = conformal(latitude);
  const away = longitude - meridian * DEGREE;
  const xi = Math.atan2(tangent, Math.cos(away));
  const eta = Math.asinh(Math.sin(away) / Math.hypot(tangent, Math.cos(away)));
  let [x, y] = [xi, eta];
  ALPHA.forEach((alpha, index) => {
    const k = 2 * (index + 1);
    x += alpha * Math.sin(k * xi) * Math.cosh(k * eta);
    y += alpha * Math.cos(k * xi) * Math.sinh(k * eta);
  });
  return { northing: scale * RADIUS * x, easting: FALSE_EASTING + scale * RADIUS * y };
}

type Space = [number, number, number];

function toSpace(longitude: number, latitude: number): Space {
  const across = A / Math.sqrt(1 - E2 * Math.sin(latitude) ** 2);
  return [
    across * Math.cos(latitude) * Math.cos(longitude),
    across * Math.cos(latitude) * Math.sin(longitude),
    across * (1 - E2) * Math.sin(latitude),
  ];
}

function fromSpace([x, y, z]: Space): [number, number] {
  const out = Math.hypot(x, y);
  let latitude = Math.atan2(z, out * (1 - E2));
  for (let step = 0; step < 5; step++) {
    const across = A / Math.sqrt(1 - E2 * Math.sin(latitude) ** 2);
    latitude = Math.atan2(z + E2 * across * Math.sin(latitude), out);
  }
  return [Math.atan2(y, x), latitude];
}

/** `way` is 1 towards WGS 84 and -1 back; what the turns do to each other is far below a millimetre. */
function shifted([x, y, z]: Space, way: 1 | -1): Space {
  const [rx, ry, rz] = [TURN[0] * way, TURN[1] * way, TURN[2] * way];
  const grown = 1 + STRETCH * way;
  return [
    SHIFT[0] * way + grown * (x + rz * y - ry * z),
    SHIFT[1] * way + grown * (-rz * x + y + rx * z),
    SHIFT[2] * way + grown * (ry * x - rx * y + z),
  ];
}

export function toDegrees(position: PlanePosition, plane: Plane): LonLat {
  const [longitude, latitude] = fromSpace(shifted(toSpace(...fromPlane(position, plane)), 1));
  return [longitude / DEGREE, latitude / DEGREE];
}

export function toPlane([longitude, latitude]: LonLat, plane: Plane): PlanePosition {
  const [east, north] = fromSpace(shifted(toSpace(longitude * DEGREE, latitude * DEGREE), -1));
  return intoPlane(east, north, plane);
}

/** A meridian as land documents write it: `105°45'`. */
export function meridianName({ meridian }: Plane): string {
  const degrees = Math.floor(meridian);
  return `${degrees}°${String(Math.round((meridian - degrees) * 60)).padStart(2, '0')}'`;
}
