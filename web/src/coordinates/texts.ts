/** Texts of coordinates: at the foot of the map and among the hits of a search. */
import type { Title } from '../catalog';

export const COORDINATE_TEXTS = {
  pointer: { vi: 'Con trỏ', en: 'Pointer' },
  mapCentre: { vi: 'Giữa bản đồ', en: 'Map centre' },
  planeAxes: { vi: 'X (Bắc) {x} m · Y (Đông) {y} m', en: 'X (north) {x} m · Y (east) {y} m' },
  planeAxesShort: { vi: 'X\u00a0{x} · Y\u00a0{y}', en: 'X\u00a0{x} · Y\u00a0{y}' },
  zone: { vi: 'Múi chiếu VN-2000', en: 'VN-2000 zone' },
  zonesHere: { vi: 'Dùng trong tỉnh', en: 'Used in this province' },
  zonesElsewhere: { vi: 'Nơi khác', en: 'Elsewhere' },
  zoneName: { vi: '{meridian} múi {zone}°', en: '{meridian}, {zone}° zone' },
  planeName: {
    vi: 'VN-2000, kinh tuyến trục {meridian}, múi {zone}°', en: 'VN-2000, central meridian {meridian}, {zone}° zone',
  },
  zoneNow: { vi: 'tỉnh hiện nay, Long An cũ', en: 'the province today, former Long An' },
  zoneOldTayNinh: { vi: 'Tây Ninh cũ', en: 'former Tây Ninh' },
  positionHit: { vi: 'tọa độ {position}', en: 'coordinates {position}' },
  degreesWgs84: { vi: 'độ WGS 84', en: 'degrees, WGS 84' },
  degreesVn2000: { vi: 'độ VN-2000', en: 'degrees, VN-2000' },
  latitudeFirst: { vi: 'hiểu là vĩ độ trước, kinh độ sau', en: 'taken as latitude, then longitude' },
  longitudeFirst: { vi: 'hiểu là kinh độ trước, vĩ độ sau', en: 'taken as longitude, then latitude' },
  northFirst: { vi: 'hiểu là X (Bắc) trước, Y (Đông) sau', en: 'taken as X (north), then Y (east)' },
  eastFirst: { vi: 'hiểu là Y (Đông) trước, X (Bắc) sau', en: 'taken as Y (east), then X (north)' },
  outsideProvince: { vi: 'nằm ngoài tỉnh', en: 'outside the province' },
  outsideAdvice: {
    vi: 'nằm ngoài tỉnh – hãy xem lại số và kinh tuyến trục', en: 'outside the province – check the numbers and the central meridian',
  },
  positionUnread: {
    vi: 'Chưa hiểu tọa độ này. Hãy ghi đủ hai số, ví dụ 10,55 106,4 hoặc 10°33′00″B 106°24′00″Đ hoặc X 1166759,41 Y 570941,13.',
    en: 'These coordinates could not be understood. Write both numbers, such as 10.55 106.4 or 10°33′00″N 106°24′00″E or X 1166759.41 Y 570941.13.',
  },
} as const satisfies Record<string, Title>;
