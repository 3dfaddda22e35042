/** The stand-in's answers about units and areas: made up, in the forms of the real ones. */
import { HOSTILE_NAME, catalog, collections } from './mock_data.mjs';

const json = (body, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(body) });
const words = (vi, en) => ({ vi, en });

const UNITS = [
  { level: 'commune', code: '27000', name: 'Xã Đức Hòa', valid_from: '2025-07-01', valid_to: null, parent: { name: 'Tỉnh Tây Ninh' }, successors: [] },
  {
    level: 'commune', code: '27943', name: 'Xã Đức Hòa Thượng', valid_from: null, valid_to: '2025-07-01',
    parent: { name: 'Huyện Đức Hòa' }, successors: [{ name: 'Xã Đức Hòa' }],
  },
];

const folded = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/gi, 'd').toLowerCase();

function units(parameters) {
  const typed = folded(parameters.get('q') ?? '');
  const found = UNITS.filter(({ name, code }) => folded(name).includes(typed) || code === typed);
  return json({ numberMatched: found.length, numberReturned: found.length, units: found });
}

function inside([x, y], ring) {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

function at(parameters) {
  const point = parameters.get('point').split(',').map(Number);
  const { features } = collections.get('admin_commune');
  const found = features.filter(({ geometry }) => inside(point, geometry.coordinates[0][0]));
  const one = ({ id, properties }) => ({ id, distance_m: 0, properties: { ...properties, valid_to: null } });
  return json({ layers: found.length ? [{ layer: 'admin_commune', features: found.map(one) }] : [], left_out: [], notes: [] });
}

function items(parameters) {
  const features = collections.get('admin_commune').features.filter(({ properties }) => properties.code === parameters.get('code'));
  return json({ type: 'FeatureCollection', features });
}

const layer = (id, more) => {
  const { title, group } = catalog.layers.find((one) => one.id === id);
  const theme = catalog.groups.find((one) => one.id === group).title;
  return { layer: id, title, theme, basis: null, latest_change: null, attributes: {}, groups: [], features: [], notes: [], ...more };
};

function landUse() {
  const areas = [['LUC', 210.5], ['ONT', 60.25], ['SKK', 29.25]];
  const domain = catalog.layers.find((one) => one.id === 'land_use_plan').attributes[0].values;
  const groups = areas.map(([code, area_ha]) => ({ count: 3, whole: 1, area_ha, by: { land_use_code: domain.find((one) => one.code === code) } }));
  const attributes = { land_use_code: words('Loại đất', 'Land use'), area_ha: { ...words('Diện tích', 'Area'), unit: words('ha', 'ha') } };
  const values = { area_ha: { count: 9, sum: 300, mean: 33.3 } };
  return layer('land_use_plan', { latest_change: '2026-11-28T23:30:00Z', attributes, total: { count: 9, whole: 3, area_ha: 300, values }, groups });
}

function parks() {
  const features = collections.get('industrial_park').features.slice(0, 3).map(({ id, properties }) =>
    ({ id, properties: { name_vi: properties.name_vi, occupancy_pct: properties.occupancy_pct }, share: 0.5, area_ha: 12.5 }));
  const attributes = { name_vi: words('Tên', 'Name'), occupancy_pct: { ...words('Tỷ lệ lấp đầy', 'Occupancy'), unit: words('%', '%') } };
  return layer('industrial_park', { attributes, total: { count: 3, whole: 0, area_ha: 37.5 }, features });
}

/** What was asked, as the report describes it. */
function described(area) {
  const code = /^commune:(\d+)/.exec(area)?.[1];
  const feature = collections.get('admin_commune').features.find(({ properties }) => properties.code === code);
  const unit = UNITS.find((one) => one.code === code) ??
    (feature ? { level: 'commune', code, name: feature.properties.name_vi, valid_from: '2025-07-01', valid_to: null } : null);
  return { area_ha: 345.6789, bbox: [106.2, 11, 106.3, 11.1], unit };
}

function report(area, parameters) {
  if (area === '') return json({ status: 400, title: 'Bad Request', detail: 'area: it says what the report is about' }, 400);
  const asked = parameters.get('layers')?.split(',') ?? null;
  const layers = [landUse(), parks(), layer('school', { total: { count: 0, whole: 0, points: 0 } })];
  const corners = [[1165000, 554000], [1175000, 554000], [1175000, 564000]];
  return json({
    plane: 'EPSG:9210', area: described(area), made_at: '2026-11-30T08:00:00+07:00', data_as_of: '2026-11-29T22:00:00Z',
    valid_in: `${parameters.get('datetime') ?? '2026-11-30'}T00:00:00+07:00`,
    corners: { numberMatched: 3, corners: corners.map(([x, y], at) => ({ part: 1, hole: 0, corner: at + 1, x, y, to_next_m: 1 })) },
    layers: layers.filter((one) => asked === null || asked.includes(one.layer)),
    left_out: [{ layer: 'road_segment', title: words('Đường bộ', 'Roads'), why: words(`Quá lâu ${HOSTILE_NAME}`, 'It took too long.') }],
    notes: [words('Chỉ tính phần nằm trong vùng.', 'Of each feature the part inside counts.')], synthetic: true,
  });
}

/** The answer to an address of this part of the server; null where it is none. */
export function areaAnswer(path, parameters, method) {
  if (path === '/units') return units(parameters);
  if (path === '/at') return at(parameters);
  if (path === '/collections/admin_commune/items' && parameters.has('code')) return items(parameters);
  if (path === '/report') return report(parameters.get('area') ?? (method === 'POST' ? 'file' : ''), parameters);
  return null;
}
