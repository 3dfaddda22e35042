/**
 * VN-2000 and WGS 84, to and fro: the operation of the server (`src/crs/plane.rs`), so that a position has
 * the same coordinates here and there. Pure.
 *
 * The seven parameters of Decision 05/2007/QĐ-BTNMT (EPSG:6960, coordinate frame rotations), then transverse
 * Mercator by Krüger's series to the sixth order (Karney, Transverse Mercator with an accuracy of a few
 * nanometers, 2011, equations 7 to 36). Heights are those of the map: none.
 */

/** A transverse Mercator plane of VN-2000. Its central meridian lies at 500 000 m east, the equator at 0 m north. */
export interface Plane {
  /** EPSG code. */
  readonly code: number;
  /** Longitude of the central meridian, degrees. */
  readonly meridian: number;
  /** Scale on the central meridian. */
  readonly scale: number;
  /** Width of the zone, degrees. */
  readonly zone: 3 | 6;
}

/** Metres. In Vietnamese tables the northing is X and the easting is Y. */
export interface PlanePosition {
  readonly easting: number;
  readonly northing: number;
}

/** Degrees. */
export interface Degrees {
  readonly longitude: number;
  readonly latitude: number;
}

const plane = (code: number, meridian: number, zone: 3 | 6 = 3): Plane =>
  ({ code, meridian, scale: zone === 3 ? 0.9999 : 0.9996, zone });

/** The province's plane since 1 July 2025 (Circular 24/2025/TT-BNNMT); areas and lengths are measured in it. */
export const MEASURING_PLANE: Plane = plane(9210, 105.75);

/** Planes in which maps of this province are found, the likeliest first: now and Long An, old Tây Ninh, state maps. */
export const PLANES_HERE: readonly Plane[] = [MEASURING_PLANE, plane(9209, 105.5), plane(5897, 105), plane(3405, 105, 6)];

/** Planes of other provinces, from west to east. */
export const PLANES_ELSEWHERE: readonly Plane[] = [
  plane(5896, 102), plane(9205, 103), plane(9206, 104), plane(9207, 104.5), plane(9208, 104.75), plane(9211, 106),
  plane(9212, 106.25), plane(9213, 106.5), plane(9214, 107), plane(9215, 107.25), plane(9216, 107.5), plane(5899, 107.75),
  plane(5898, 108), plane(9217, 108.25), plane(9218, 108.5), plane(3406, 111, 6),
];

export const PLANES: readonly Plane[] = [...PLANES_HERE, ...PLANES_ELSEWHERE];

const FALSE_EASTING_M = 500_000;

/** Semi-major axis, metres, and flattening of the ellipsoid of both datums (WGS 84). */
const A = 6_378_137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
/** First eccentricity squared, and third flattening. */
const E2 = F * (2 - F);
const N = F / (2 - F);

type Vector = readonly [number, number, number];

/** Decision 05/2007 from VN-2000 to WGS 84: shifts in metres, rotations of the frame, scale. */
const [SHIFT_X, SHIFT_Y, SHIFT_Z]: Vector = [-191.90441429, -39.30318279, -111.45032835];
const SECOND = Math.PI / 180 / 3600;
const [TURN_X, TURN_Y, TURN_Z]: Vector = [-0.00928836 * SECOND, 0.01975479 * SECOND, -0.00427372 * SECOND];
const SCALE = 1 + 0.252906278e-6;

const polynomial = (...coefficients: number[]): number => coefficients.reduceRight((sum, one) => sum * N + one, 0);

/** Karney's equation 35. */
const ALPHA = [
  N * polynomial(1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800),
  N ** 2 * polynomial(13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360),
  N ** 3 * polynomial(61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440),
  N ** 4 * polynomial(49561 / 161280, -179 / 168, 6601661 / 7257600),
  N ** 5 * polynomial(34729 / 80640, -3418889 / 1995840),
  N ** 6 * (212378941 / 319334400),
];
/** Karney's equation 36. */
const BETA = [
  N * polynomial(1 / 2, -2 / 3, 37 / 96, -1 / 360, -81 / 512, 96199 / 604800),
  N ** 2 * polynomial(1 / 48, 1 / 15, -437 / 1440, 46 / 105, -1118711 / 3870720),
  N ** 3 * polynomial(17 / 480, -37 / 840, -209 / 4480, 5569 / 90720),
  N ** 4 * polynomial(4397 / 161280, -11 / 504, -830251 / 7257600),
  N ** 5 * polynomial(4583 / 161280, -108847 / 3991680),
  N ** 6 * (20648693 / 638668800),
];
/** Radius of the rectifying sphere, metres (equation 14). */
const RECTIFYING_M = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64 + N ** 6 / 256);

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const degrees = (angle: number): number => (angle * 180) / Math.PI;

/** The position in `plane` of degrees of WGS 84. */
export function toPlane(plane: Plane, position: Degrees): PlanePosition {
  const [x, y, z] = shiftToVn2000(geocentric(position));
  const across = Math.hypot(x, y);
  const longitude = Math.atan2(y, x) - radians(plane.meridian);
  const tau = conformal(latitudeTangent(across, z));
  const xi = Math.atan2(tau, Math.cos(longitude));
  const eta = Math.asinh(Math.sin(longitude) / Math.hypot(tau, Math.cos(longitude)));
  const [dXi, dEta] = series(ALPHA, xi, eta);
  const metres = plane.scale * RECTIFYING_M;
  return { easting: FALSE_EASTING_M + metres * (eta + dEta), northing: metres * (xi + dXi) };
}

/** Degrees of WGS 84 of a position in `plane`. */
export function fromPlane(plane: Plane, { easting, northing }: PlanePosition): Degrees {
  const metres = plane.scale * RECTIFYING_M;
  const [dXi, dEta] = series(BETA, northing / metres, (easting - FALSE_EASTING_M) / metres);
  const xi = northing / metres - dXi;
  const eta = (easting - FALSE_EASTING_M) / metres - dEta;
  const tau = geographic(Math.sin(xi) / Math.hypot(Math.sinh(eta), Math.cos(xi)));
  const longitude = radians(plane.meridian) + Math.atan2(Math.sinh(eta), Math.cos(xi));
  return fromVn2000Degrees({ longitude: degrees(longitude), latitude: degrees(Math.atan(tau)) });
}

/** Degrees of WGS 84 of degrees of VN-2000 (EPSG:4756): 225 m apart here. */
export function fromVn2000Degrees(position: Degrees): Degrees {
  const [x, y, z] = shiftToWgs84(geocentric(position));
  return {
    longitude: degrees(Math.atan2(y, x)),
    latitude: degrees(Math.atan(latitudeTangent(Math.hypot(x, y), z))),
  };
}

/** Metres from the centre of the ellipsoid, for a position on it. */
function geocentric({ longitude, latitude }: Degrees): Vector {
  const sine = Math.sin(radians(latitude));
  const normal = A / Math.sqrt(1 - E2 * sine * sine);
  const across = normal * Math.cos(radians(latitude));
  return [across * Math.cos(radians(longitude)), across * Math.sin(radians(longitude)), normal * (1 - E2) * sine];
}

/** The inverse of the rotation of the frame, with small angles, as PROJ has it. */
function shiftToVn2000([givenX, givenY, givenZ]: Vector): Vector {
  const [x, y, z] = [(givenX - SHIFT_X) / SCALE, (givenY - SHIFT_Y) / SCALE, (givenZ - SHIFT_Z) / SCALE];
  return [x - TURN_Z * y + TURN_Y * z, TURN_Z * x + y - TURN_X * z, TURN_X * y - TURN_Y * x + z];
}

function shiftToWgs84([x, y, z]: Vector): Vector {
  return [
    (x + TURN_Z * y - TURN_Y * z) * SCALE + SHIFT_X,
    (y - TURN_Z * x + TURN_X * z) * SCALE + SHIFT_Y,
    (TURN_Y * x - TURN_X * y + z) * SCALE + SHIFT_Z,
  ];
}

/** The tangent of the geographic latitude (Bowring 1976), from metres to the axis and above the equator. */
function latitudeTangent(across: number, z: number): number {
  const length = Math.hypot(z * A, across * B);
  const [sine, cosine] = [(z * A) / length, (across * B) / length];
  return (z + (E2 / (1 - E2)) * B * sine ** 3) / (across - E2 * A * cosine ** 3);
}

/** The tangent of the conformal latitude (equations 7 to 9). */
function conformal(tau: number): number {
  const e = Math.sqrt(E2);
  const root = Math.sqrt(1 + tau * tau);
  const sigma = Math.sinh(e * Math.atanh((e * tau) / root));
  return tau * Math.sqrt(1 + sigma * sigma) - sigma * root;
}

/** The tangent of the geographic latitude, from that of the conformal one (equations 19 to 21). */
function geographic(wanted: number): number {
  let tau = wanted / (1 - E2);
  for (let round = 0; round < 4; round += 1) {
    const own = conformal(tau);
    const slope = (1 + (1 - E2) * tau * tau) / ((1 - E2) * Math.sqrt(1 + tau * tau));
    tau += ((wanted - own) / Math.sqrt(1 + own * own)) * slope;
  }
  return tau;
}

/** The sums of equations 11 and 15, by Clenshaw's recurrence for complex numbers. */
function series(coefficients: readonly number[], xi: number, eta: number): [number, number] {
  const [sine, cosine] = [Math.sin(2 * xi), Math.cos(2 * xi)];
  const [sinh, cosh] = [Math.sinh(2 * eta), Math.cosh(2 * eta)];
  // 2 cos(2ζ) with ζ = ξ + iη
  const [real, imaginary] = [2 * cosine * cosh, -2 * sine * sinh];
  let [b1, c1, b2, c2] = [0, 0, 0, 0];
  for (const one of [...coefficients].reverse()) {
    const [b, c] = [one + real * b1 - imaginary * c1 - b2, real * c1 + imaginary * b1 - c2];
    [b2, c2, b1, c1] = [b1, c1, b, c];
  }
  // sin(2ζ)
  const [upReal, upImaginary] = [sine * cosh, cosine * sinh];
  return [b1 * upReal - c1 * upImaginary, b1 * upImaginary + c1 * upReal];
}
