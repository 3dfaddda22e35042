import { describe, expect, it } from 'vitest';
import { MEASURING_PLANE, PLANES, fromPlane, fromVn2000Degrees, toPlane } from '../src/vn2000';

const planeOf = (code: number) => PLANES.find((one) => one.code === code) ?? MEASURING_PLANE;

/** How far apart two positions in degrees are, metres; good enough for small distances. */
function metresApart(a: { longitude: number; latitude: number }, longitude: number, latitude: number): number {
  const east = (a.longitude - longitude) * Math.cos((latitude * Math.PI) / 180);
  return Math.hypot(east, a.latitude - latitude) * 111_320;
}

/**
 * Pairs of `src/crs/oracle.rs`, on both sides of 11.04° N, where PROJ's own choice of operation would jump by
 * 0.8 m: computed by PROJ 9.1.1 with the parameters of Decision 05/2007 (EPSG:6960). EPSG code, easting,
 * northing, longitude, latitude.
 */
const COMPUTED = [
  ['Tân An', 9210, 554000, 1165000, 106.2451824553, 10.5343730922],
  ['Đức Hòa', 9210, 587000, 1203000, 106.5475833364, 10.8773006333],
  ['Tân Hưng', 9210, 495000, 1196000, 105.7060616565, 10.8150434564],
  ['Cần Giuộc', 9210, 597000, 1171000, 106.6382015832, 10.5877578084],
  ['old Tây Ninh', 9209, 560000, 1250000, 106.051419063, 11.3027631684],
  ['north of 11.04° N', 9210, 559845.726875, 1249694.242692, 106.3000000012, 11.2999999993],
  ['south of 11.04° N', 9210, 570941.1307, 1166759.41, 106.4, 10.55],
  ['south of 11.04° N', 9209, 598303.1582, 1166827.0289, 106.4, 10.55],
  ['south of 11.04° N', 3405, 652987.0628, 1166677.75, 106.4, 10.55],
  ['south of 11.04° N', 5897, 653032.9773, 1167027.8934, 106.4, 10.55],
  ['just south of 11.04° N', 9210, 527123.6028, 1216467.7537, 106, 11],
  ['north of 11.04° N', 9209, 587138.5616, 1249757.088, 106.3, 11.3],
  ['north of 11.04° N', 3405, 641686.8174, 1249577.8025, 106.3, 11.3],
  ['north of 11.04° N', 5897, 641729.3404, 1249952.8259, 106.3, 11.3],
] as const;

describe('VN-2000', () => {
  it.each(COMPUTED)('%s in EPSG:%i has the coordinates of the server, to the millimetre', (_, code, easting, northing, longitude, latitude) => {
    const found = toPlane(planeOf(code), { longitude, latitude });
    expect(Math.hypot(found.easting - easting, found.northing - northing)).toBeLessThan(0.001);
    expect(metresApart(fromPlane(planeOf(code), { easting, northing }), longitude, latitude)).toBeLessThan(0.001);
  });

  // A provincial workbook of Ninh Thuận (in webgis-vinhlong/VN2000, MIT), given to six decimals of a degree: 11 cm.
  it('agrees with a workbook from outside', () => {
    const found = fromPlane(planeOf(9217), { easting: 568262.924, northing: 1255172.51 });
    expect(metresApart(found, 108.877201, 11.349358)).toBeLessThan(0.15);
  });

  // Notice HCM-29-2018 of vms-south.vn, berth MM1, point 1: notices agree with the Decision to about 1.5 m.
  it('shifts degrees as an official notice does', () => {
    const given = { latitude: 10 + 46 / 60 + 10.08 / 3600, longitude: 106 + 42 / 60 + 20.4 / 3600 };
    const found = fromVn2000Degrees(given);
    expect(metresApart(found, 106 + 42 / 60 + 26.85 / 3600, 10 + 46 / 60 + 6.42 / 3600)).toBeLessThan(1.5);
    expect(metresApart(found, given.longitude, given.latitude)).toBeGreaterThan(220);
  });

  it.each(PLANES)('comes back from EPSG:$code all over the province', (plane) => {
    for (let step = 0; step < 100; step += 1) {
      const position = { longitude: 105.4 + (step % 10) * 0.16, latitude: 10.3 + Math.floor(step / 10) * 0.16 };
      // PROJ's small angles, and heights that are left out, leave a fifth of a millimetre.
      const back = fromPlane(plane, toPlane(plane, position));
      expect(metresApart(back, position.longitude, position.latitude)).toBeLessThan(0.001);
    }
  });

  it('has twenty planes, each once', () => {
    expect(new Set(PLANES.map((one) => one.code)).size).toBe(20);
    for (const { zone, scale } of PLANES) expect(scale).toBe(zone === 6 ? 0.9996 : 0.9999);
  });
});
