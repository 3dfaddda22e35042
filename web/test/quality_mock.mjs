/** The stand-in's answers about quality: made up, in the forms of the real ones. */
import { HOSTILE_NAME, catalog, collections } from './mock_data.mjs';

const words = (vi, en) => ({ vi, en });
const WORDS = { dung: words('Đúng', 'Right'), du: words('Đủ', 'Complete'), sach: words('Sạch', 'Clean'), song: words('Sống', 'Alive') };

/** Codes of the agencies of the catalog, by their English names. */
const CODES = {
  'Department of Construction': 'soxaydung', 'Department of Home Affairs': 'sonv', 'Department of Education and Training': 'sogddt',
  'Department of Agriculture and Environment': 'sonnmt', 'Economic Zone Authority': 'bqlkkt',
};

const MEASURES = [
  ['in_province', 'dung', 'Nằm trong tỉnh', 'Inside the province', 1],
  ['attribute_fill', 'du', 'Thuộc tính bắt buộc có giá trị', 'Mandatory attributes filled', 0.95],
  ['text_consistency', 'sach', 'Chữ Unicode dựng sẵn, không lỗi font', 'Text whole and in Unicode NFC', 0.999],
  ['currency', 'song', 'Cập nhật trong chu kỳ', 'Updated within the cycle', 0.9],
];

/** Scores of each check, the oldest first, in the order of the words; below 0: not known, and at most so much. */
const CHECKS = {
  school: [[1, 0.97, 0.62, 1], [1, 0.96, 0.71, -0.9], [0.975, 0.94, 0.78, -0.8]],
  road_segment: [[0.99, 1, 1, 0.8], [0.99, 1, 1, 0.8]],
  land_use_plan: [[-1, 1, 1, -1]],
  industrial_park: [[1, 1, 1, 0.9], [1, 1, 1, 1]],
  admin_commune: [[1, 1, 1, 1]],
};
const DAYS = ['2026-06-30T08:00:00+07:00', '2026-09-15T08:00:00+07:00', '2026-11-28T21:30:00+07:00'];
const byWord = (of) => Object.fromEntries(Object.keys(WORDS).map((word, at) => [word, of(at)]));
const FOUND = { school: { in_province: 4, text_consistency: 812 }, road_segment: { in_province: 1 } };
const KEPT = { school: { in_province: 4, text_consistency: 70 }, road_segment: { in_province: 1 } };

function layer({ id, title, agency }) {
  const checks = CHECKS[id] ?? [];
  const last = checks.at(-1);
  const trend = checks.map((scores, at) => ({
    checked_at: DAYS[DAYS.length - checks.length + at], passes: null, ...byWord((word) => (scores[word] < 0 ? null : scores[word])),
    at_most: byWord((word) => (scores[word] < 0 ? -scores[word] : null)),
  }));
  const code = CODES[agency.en];
  const told = { layer: id, title, agency: code, in_charge: { code, ...agency }, cycle_days: 180, trend: trend.reverse(), checked_at: null, passes: null, measures: [] };
  if (!last) {
    const all = Object.entries(WORDS).map(([word, name]) => ({ word, title: name, score: null }));
    return { ...told, withheld: false, words: all, notes: [words('Lớp chưa được kiểm tra.', 'The layer has not been checked.')] };
  }
  const verdicts = last.map((score) => (Math.abs(score) < 1 ? false : score < 0 ? null : true));
  const all = Object.entries(WORDS).map(([word, name], at) => ({
    word, title: name, score: last[at] < 0 ? null : last[at], at_most: last[at] < 0 ? -last[at] : null, passes: verdicts[at],
    measures: 2, known_measures: last[at] < 0 ? 1 : 2,
    ...(last[at] < 0 ? { unknown: words('mới biết 1 trong 2 chỉ tiêu; chưa biết: Lần kiểm tra phục vụ thành công', '1 of 2 measures known; unknown: Successful delivery checks') } : {}),
  }));
  const measures = MEASURES.map(([measure, word, vi, en, pass], at) => ({
    measure, word, title: words(vi, en), iso_19157: 'x', pass, better: 'higher', value: Math.abs(last[at]) * pass, score: Math.abs(last[at]),
    passes: Math.abs(last[at]) >= 1, findings: FOUND[id]?.[measure] ?? 0, counted: words('155 trong 160 đối tượng', '155 of 160 features'),
  }));
  const passes = verdicts.includes(false) ? false : verdicts.includes(null) ? null : true;
  return { ...told, checked_at: trend[0].checked_at, passes, count: collections.get(id).features.length, words: all, measures };
}

function findings(id) {
  const features = Object.entries(KEPT[id] ?? {}).flatMap(([measure, many]) =>
    Array.from({ length: many }, (_, at) => {
      const { geometry, id: feature } = collections.get(id).features[at % collections.get(id).features.length];
      const [, , vi, en] = MEASURES.find(([name]) => name === measure);
      const text = at === 2 ? words(`tên ${HOSTILE_NAME} `.repeat(20), 'a stranger’s name') : words(`“Truong ${at}” không phải Unicode dựng sẵn`, `“Truong ${at}” is not in Unicode NFC`);
      return {
        type: 'Feature', geometry: measure === 'in_province' && at === 3 ? null : { type: 'Point', coordinates: geometry.coordinates.flat(Infinity).slice(0, 2) },
        properties: { measure, title: words(vi, en), feature, attribute: measure === 'text_consistency' ? 'name_vi' : null, text },
      };
    }));
  return { type: 'FeatureCollection', numberMatched: features.length, numberReturned: features.length, limit_of_each_measure: 500, links: [], features };
}

const HALF_YEAR = '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Báo cáo dữ liệu 6 tháng</title></head><body><h1>Báo cáo dữ liệu 6 tháng</h1></body></html>';

/** The answer to an address of this part of the server; null where it is none. */
export function qualityAnswer(path, parameters) {
  const json = (body, type = 'application/json') => ({ status: 200, type, body: JSON.stringify(body) });
  if (path === '/quality') return json({ layers: catalog.layers.map(layer), synthetic: true });
  if (path === '/quality/half-year') {
    if (parameters.get('f') === 'html') return { status: 200, type: 'text/html; charset=utf-8', body: HALF_YEAR };
    const name = `bao-cao-${parameters.get('half')}.xlsx`;
    return { status: 200, type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', body: 'PK', headers: { 'content-disposition': `attachment; filename="${name}"` } };
  }
  const found = /^\/collections\/([^/]+)\/quality\/findings$/.exec(path);
  return found ? json(findings(found[1]), 'application/geo+json') : null;
}
