/** The planes in which a land document may give its corners, as the area tool asks of them. Pure. */
import { MEASURING_PLANE, PLANES, type Plane, type PlanePosition, fromPlane, toPlane as intoPlane } from '../../vn2000';

export { PLANES, type Plane, type PlanePosition };

/** Longitude and latitude. */
export type LonLat = readonly [number, number];

/** EPSG code of the plane in which the province's areas are official. */
export const OWN_PLANE = MEASURING_PLANE.code;

export function planeOf(code: number): Plane {
  return PLANES.find((plane) => plane.code === code) ?? MEASURING_PLANE;
}

export function toDegrees(position: PlanePosition, plane: Plane): LonLat {
  const { longitude, latitude } = fromPlane(plane, position);
  return [longitude, latitude];
}

export function toPlane([longitude, latitude]: LonLat, plane: Plane): PlanePosition {
  return intoPlane(plane, { longitude, latitude });
}
