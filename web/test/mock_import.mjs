/** The stand-in's answers about files that are sent: one table of parks in TCVN3 with a bad row, in the forms of the real ones. */

/** The layer that whoever has a key may load files into. */
const LAYER = 'industrial_park';
export const BYTES_MAX = 256 << 20;

export const withImport = (layers) => layers.map((one) => (one.id === LAYER ? { ...one, import: true } : one));

const json = (body, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(body) });
const files = new Map();

const TCVN3 = { encoding: 'tcvn3', title: 'TCVN3 (ABC)', title_vi: 'TCVN3 (ABC)', share: 1, words: 9, samples: [], decomposed: false, capitals: false };

function look({ name, wishes }) {
  const column = (title, more) => ({ name: title, attribute: null, position: false, made_up: false, samples: [], text: null, ...more });
  const attribute = (title, vi, en, mandatory) => ({ name: title, title: { vi, en }, mandatory, missing: mandatory && title === 'name_vi' });
  const asked = {
    kind: 'system', reason: `${name}: the file does not say which system its coordinates are in (no CRS)\nWhich central meridian?`,
    reason_vi: `${name}: tệp không ghi tọa độ ở hệ nào (không có CRS)\nKinh tuyến trục nào?`,
    choices: [{ crs: 'EPSG:9210', swap_xy: false, name: 'VN-2000 / TM-3 105-45', evidence: '5 of 5 rows lie in the province', evidence_vi: '5 trên 5 dòng nằm trong tỉnh' }],
  };
  const system = { crs: 'EPSG:9210', name: 'VN-2000 / TM-3 105-45', from: 'request', evidence: '5 of 5 rows lie in the province', evidence_vi: '5 trên 5 dòng nằm trong tỉnh' };
  return {
    format: 'CSV', sublayer: 'sent', rows: 5, heading_row: 1, files: [name], notes: [], notes_vi: [],
    columns: [
      column('MA_KCN', { attribute: 'park_id', samples: ['KCN01', 'KCN02'] }),
      column('TEN <b>', { samples: ['Đức Hòa <script>', 'Hựu Thạnh'], text: TCVN3 }),
      column('X', { position: true, samples: ['560000'] }), column('Y', { position: true, samples: ['1170000'] }),
    ],
    attributes: [attribute('park_id', 'Mã khu', 'Park code', true), attribute('name_vi', 'Tên khu', 'Name', true), attribute('area_ha', 'Diện tích', 'Area', false)],
    parts: ['x', 'y', 'lon', 'lat', 'easting', 'northing', 'wkt'],
    system: wishes.crs ? system : null, troubles: wishes.crs ? [] : [asked],
  };
}

function report(file, loads) {
  const left = file.wishes.max_refused === '1';
  const finding = {
    row: 4, key: 'KCN03', attribute: 'area_ha', column: 'DT', severity: 'error', rule: 'domain', value: '-5',
    reason: '-5 is less than 0 <img src=x>', reason_vi: '-5 nhỏ hơn 0 <img src=x>', repair: null, repair_vi: null, kept: null, place: [106.36, 10.8],
  };
  return {
    layer: LAYER, mode: file.wishes.mode ?? 'merge', outcome: loads ? (left ? 'loaded' : 'refused') : left ? 'rehearsed' : 'refused', run: loads && left ? 41 : null,
    rows: { read: 5, refused: 1, refused_at_most: left ? 1 : 0, new: loads || left ? 3 : 0, changed: loads || left ? 1 : 0, unchanged: 0, gone: 12 },
    commune_code_put_in: 0, notes: [], notes_vi: [], area_m2: null, length_m: null, errors: 1, warnings: 0, repaired: 0,
    findings: [finding], findings_left_out: 0,
  };
}

/** What comes of a file that grows beyond bounds, and of one that is cut short in its middle. */
const trouble = (reason, reason_vi) => ({ trouble: { kind: 'file', reason, reason_vi, choices: null } });
const grown = ({ name }) => trouble(
  `${name}: holds more than 4096 MB when unpacked; split it, or load it with the command diaban import`,
  `${name}: khi giải nén lớn hơn 4096 MB; hãy chia nhỏ, hoặc nạp bằng lệnh diaban import`,
);
const cutShort = ({ name }) => trouble(`${name}: the file is cut short or damaged after row 3: no end <b>`, `${name}: tệp bị cắt cụt hoặc hỏng sau dòng 3: no end <b>`);

const STEPS = {
  look: (file) => ({ look: file.name.endsWith('.zip') ? grown(file) : look(file), rehearsal: undefined }),
  rehearsal: (file) => ({ rehearsal: file.name.startsWith('cụt') ? cutShort(file) : report(file, false), load: undefined, undo: undefined }),
  load: (file) => ({ load: report(file, true), run: file.wishes.max_refused === '1' ? 41 : null }),
  undo: () => ({ undo: { layer: LAYER, run: 42, removed: 3, changed_back: 1, brought_back: 0 }, run: null }),
};

function told(file) {
  const { id, name, bytes, run, step, done } = file;
  return { id, layer: LAYER, name, bytes, run: run ?? null, working: step ? { step, phase: 'reading', rows: 2, of: 5 } : null, ...(step ? {} : done) };
}

/** Each step is under way the first time that it is asked for, and done the second time. */
function asked(file) {
  if (file.step) {
    file.polls += 1;
    if (file.polls > 1) {
      const { run = file.run, ...came } = STEPS[file.step](file);
      [file.run, file.step] = [run, null];
      Object.assign(file.done, came);
    }
  }
  return json(told(file));
}

function body(request) {
  return new Promise((resolve) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => resolve(Buffer.concat(pieces)));
  });
}

async function begun(file, step, request) {
  const sent = (await body(request)).toString();
  if (step !== 'undo') file.wishes = JSON.parse(sent || '{}');
  [file.step, file.polls] = [step, 0];
  return json(told(file), 202);
}

async function received(request, name) {
  const bytes = (await body(request)).length;
  const file = { id: `f${files.size + 1}`, name, bytes, wishes: {}, done: {}, step: 'look', polls: 0 };
  files.set(file.id, file);
  return json(told(file), 201);
}

/** The answer, or null where it is about something else. */
export function answerImport(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://stand-in');
  const [, first, layer, what, id, part] = pathname.split('/');
  if (first !== 'collections' || what !== 'imports') return null;
  if (!request.headers['x-api-key'] || layer !== LAYER) return json({ layer, allowed: false, reason: 'no' });
  if (id === undefined && request.method === 'POST') return received(request, searchParams.get('name'));
  if (id === undefined) {
    const systems = [{ crs: 'EPSG:9210', name: 'VN-2000 / TM-3 105-45' }, { crs: 'EPSG:4326', name: 'WGS 84' }];
    const encodings = [{ name: 'utf-8', title: 'Unicode' }, { name: 'tcvn3', title: 'TCVN3 (ABC)' }];
    return json({ layer, allowed: true, bytes_max: BYTES_MAX, systems, encodings, imports: [...files.values()].map(told) });
  }
  const file = files.get(id);
  if (!file) return json({ status: 404, detail: 'there is no import' }, 404);
  if (request.method === 'DELETE') return files.delete(id) && { status: 204 };
  if (request.method === 'POST') return begun(file, part, request);
  if (part === 'refused') return { status: 200, type: 'application/octet-stream', body: 'MA_KCN,ly_do\nKCN03,-5\n', headers: { 'content-disposition': 'attachment; filename="khu.refused.csv"' } };
  return asked(file);
}
