/** A made-up province: a few layers with a handful of features each, some of them awkward on purpose. */

const title = (vi, en) => ({ vi, en });
const attribute = (name, type, vi, en, more = {}) => ({ name, type, unit: null, title: title(vi, en), values: [], ...more });
const values = (...codes) => ({ values: codes.map(([code, vi, en]) => ({ code, vi, en })) });
const NAME = attribute('name_vi', 'text', 'Tên', 'Name');
const EXTENT = [105.6, 10.45, 106.75, 11.7];

/** Names with every kind of mark, and one that only a stranger would write. */
export const HOSTILE_NAME = '<img src=x onerror="document.title=1">‮đảo';
const NAMES = [
  'Tân Ninh', 'Đức Hòa', 'Bến Lức', 'Hòa Thành', 'Gò Dầu', 'Trảng Bàng', 'Mỹ Hạnh', 'Thạnh Hóa', 'Khánh Hưng',
  'Vĩnh Hưng', 'Tuyên Bình', 'Phước Lý', 'Cần Giuộc', 'Nhựt Tảo', 'Thủ Thừa', 'Kiến Tường', 'Lộc Ninh', 'Cầu Khởi',
];
const LAND_USE = [
  ['LUC', 'Đất chuyên trồng lúa nước', 'Wet rice land'], ['CLN', 'Đất trồng cây lâu năm', 'Perennial crops'],
  ['ONT', 'Đất ở tại nông thôn', 'Rural housing'], ['ODT', 'Đất ở tại đô thị', 'Urban housing'],
  ['SKK', 'Đất khu công nghiệp', 'Industrial park'], ['DGT', 'Đất giao thông', 'Transport'],
  ['RDD', 'Đất rừng đặc dụng', 'Special-use forest'], ['NTS', 'Đất nuôi trồng thủy sản', 'Aquaculture'],
];
const ROADS = [
  ['expressway', 'Đường cao tốc', 'Expressway'], ['national', 'Quốc lộ', 'National road'],
  ['provincial', 'Đường tỉnh', 'Provincial road'], ['commune', 'Đường xã', 'Commune road'],
];
const LEVELS = [
  ['kindergarten', 'Mầm non', 'Kindergarten'], ['primary', 'Tiểu học', 'Primary'],
  ['lower_secondary', 'Trung học cơ sở', 'Lower secondary'], ['upper_secondary', 'Trung học phổ thông', 'Upper secondary'],
];

function layer(id, vi, en, group, geometry, attributes, agency) {
  return {
    id, title: title(vi, en), description: null, group, agency, item: '1.1.1', geometry: [geometry], minzoom: 0,
    maxzoom: 16, label: 'name_vi', extent: EXTENT, attributes,
  };
}

const AGRICULTURE = title('Sở Nông nghiệp và Môi trường', 'Department of Agriculture and Environment');
const CONSTRUCTION = title('Sở Xây dựng', 'Department of Construction');

export const catalog = {
  synthetic: true,
  anonymousClass: 'restricted',
  groups: [
    { id: 'administration', title: title('Hành chính, biên giới', 'Administration and border') },
    { id: 'planning', title: title('Quy hoạch', 'Planning') },
    { id: 'transport', title: title('Giao thông', 'Transport') },
    { id: 'society', title: title('Văn hóa – xã hội', 'Society') },
  ],
  layers: [
    layer('admin_commune', 'Đơn vị hành chính cấp xã', 'Communes', 'administration', 'MultiPolygon', [
      NAME, attribute('code', 'text', 'Mã đơn vị', 'Unit code'),
      attribute('area_km2', 'number', 'Diện tích', 'Area', { unit: 'km2' }),
      attribute('valid_from', 'date', 'Có hiệu lực từ', 'Valid from'), attribute('valid_to', 'date', 'Có hiệu lực đến', 'Valid to'),
    ], title('Sở Nội vụ', 'Department of Home Affairs')),
    layer('land_use_plan', 'Quy hoạch sử dụng đất', 'Land-use plan', 'planning', 'MultiPolygon', [
      attribute('land_use_code', 'enum', 'Loại đất', 'Land use', values(...LAND_USE)),
      attribute('area_ha', 'number', 'Diện tích', 'Area', { unit: 'ha' }),
      attribute('plan_year', 'integer', 'Năm kế hoạch', 'Plan year'),
    ], AGRICULTURE),
    layer('industrial_park', 'Khu công nghiệp', 'Industrial parks', 'planning', 'MultiPolygon', [
      NAME, attribute('area_total_ha', 'number', 'Tổng diện tích', 'Total area', { unit: 'ha' }),
      attribute('occupancy_pct', 'number', 'Tỷ lệ lấp đầy', 'Occupancy', { unit: '%' }),
      attribute('sectors', 'text_list', 'Ngành nghề', 'Sectors'),
      attribute('investor', 'text', 'Chủ đầu tư hạ tầng', 'Infrastructure investor'),
    ], title('Ban Quản lý Khu kinh tế', 'Economic Zone Authority')),
    layer('road_segment', 'Đường bộ hiện trạng', 'Roads', 'transport', 'MultiLineString', [
      attribute('road_code', 'text', 'Số hiệu đường', 'Road number'),
      attribute('road_class', 'enum', 'Cấp quản lý', 'Class', values(...ROADS)),
      attribute('width_m', 'number', 'Chiều rộng', 'Width', { unit: 'm' }),
    ], CONSTRUCTION),
    layer('waterway_segment', 'Đường thủy nội địa', 'Inland waterways', 'transport', 'MultiLineString', [
      NAME, attribute('grade', 'text', 'Cấp kỹ thuật', 'Grade'),
    ], CONSTRUCTION),
    layer('school', 'Cơ sở giáo dục', 'Schools', 'society', 'Point', [
      NAME, attribute('level', 'enum', 'Cấp học', 'Level', values(...LEVELS)),
      attribute('pupil_count', 'integer', 'Số học sinh', 'Pupils'),
      attribute('updated_at', 'timestamp', 'Cập nhật lúc', 'Updated at'),
    ], title('Sở Giáo dục và Đào tạo', 'Department of Education and Training')),
    layer('new_layer', 'Lớp chưa có ký hiệu', 'Layer without a style', 'society', 'MultiPoint', [NAME], CONSTRUCTION),
  ],
};

const round = (value) => Math.round(value * 1e6) / 1e6;
const ring = (points) => [...points, points[0]].map(([x, y]) => [round(x), round(y)]);

/** A cell of a bent grid, so that nothing looks like squared paper. */
function cell(column, row, columns, rows, margin = 0) {
  const corner = (u, v) => [
    EXTENT[0] + ((u + 0.35 * Math.sin(v * 1.7 + 1)) / columns) * (EXTENT[2] - EXTENT[0]),
    EXTENT[1] + ((v + 0.35 * Math.sin(u * 1.9)) / rows) * (EXTENT[3] - EXTENT[1]),
  ];
  const [a, b] = [margin, 1 - margin];
  return ring([
    corner(column + a, row + a), corner(column + b, row + a), corner(column + b, row + b), corner(column + a, row + b),
  ]);
}

const feature = (id, properties, type, coordinates) => ({ type: 'Feature', id, properties, geometry: { type, coordinates } });
const collection = (features) => ({ type: 'FeatureCollection', features });

function cells(columns, rows, margin, every, properties) {
  const features = [];
  for (let index = 0; index < columns * rows; index += every) {
    const rings = cell(index % columns, Math.floor(index / columns), columns, rows, margin);
    features.push(feature(index + 1, properties(index), 'MultiPolygon', [[rings]]));
  }
  return collection(features);
}

function wave(id, properties, from, to, bend) {
  const points = Array.from({ length: 60 }, (_, step) => {
    const t = step / 59;
    const swing = Math.sin(t * 9 + bend * 40) * bend;
    return [round(from[0] + (to[0] - from[0]) * t + swing), round(from[1] + (to[1] - from[1]) * t + swing * 0.6)];
  });
  return feature(id, properties, 'MultiLineString', [points]);
}

export const collections = new Map([
  ['admin_commune', cells(6, 6, 0, 1, (index) => ({
    name_vi: NAMES[index % NAMES.length], code: String(27000 + index), area_km2: 88.75 + index, valid_from: '2025-07-01',
  }))],
  ['land_use_plan', cells(40, 44, 0.04, 3, (index) => ({
    land_use_code: LAND_USE[(index * 7) % LAND_USE.length][0], area_ha: 120.5, plan_year: 2026,
  }))],
  ['industrial_park', cells(20, 20, 0.15, 29, (index) => ({
    name_vi: index === 0 ? HOSTILE_NAME : `KCN ${NAMES[index % NAMES.length]}`, area_total_ha: 1234.5,
    occupancy_pct: 86.4, sectors: '10, 25', ...(index % 2 ? { investor: 'Công ty mẫu' } : {}),
  }))],
  ['road_segment', collection([
    wave(1, { road_code: 'CT.01', road_class: 'expressway', width_m: 24.5 }, [105.7, 10.6], [106.6, 11.6], 0.02),
    wave(2, { road_code: 'QL22', road_class: 'national', width_m: 12 }, [106.7, 10.7], [105.8, 11.6], 0.03),
    wave(3, { road_code: 'ĐT.825', road_class: 'provincial', width_m: 9 }, [105.7, 11], [106.7, 11.1], 0.02),
    wave(4, { road_code: 'ĐX.07', road_class: 'commune', width_m: 5 }, [106, 10.5], [106.1, 11.6], 0.04),
  ])],
  ['waterway_segment', collection([
    wave(1, { name_vi: 'Sông Vàm Cỏ Đông', grade: 'II' }, [105.9, 11.65], [106.7, 10.5], 0.04),
    wave(2, { name_vi: 'Sông Vàm Cỏ Tây', grade: 'III' }, [105.65, 10.95], [106.6, 10.48], 0.03),
  ])],
  ['school', collection(Array.from({ length: 160 }, (_, index) => feature(
    index + 1,
    {
      name_vi: `Trường ${LEVELS[index % 4][1]} ${NAMES[index % NAMES.length]}`, level: LEVELS[index % 4][0],
      pupil_count: 400 + index * 13, updated_at: '2026-11-20T02:30:00Z',
    },
    'Point',
    [round(105.75 + ((index * 0.618) % 1) * 0.9), round(10.55 + ((index * 0.377) % 1) * 1.05)],
  )))],
  ['new_layer', collection([feature(1, { name_vi: 'Điểm lẻ' }, 'MultiPoint', [[106.2, 11.1], [106.25, 11.12]])])],
]);
