/**
 * A stand-in for the server: the built page, a small made-up catalog and its tiles, so that the page can
 * be worked on and tried without a database. Usage: node test/mock_server.mjs [PORT]
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GeoJSONVT } from '@maplibre/geojson-vt';
import { fromGeojsonVt } from '@maplibre/vt-pbf';
import { areaAnswer } from './area_mock.mjs';
import * as mockData from './mock_data.mjs';
import { answerLive } from './live_mock.mjs';
import { filteredItems, filteredLayer } from './mock_filter.mjs';
import { answerImport } from './mock_import.mjs';
import { answerPaper } from './mock_paper.mjs';
import { qualityAnswer } from './quality_mock.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '../dist');
const styles = join(here, '../../styles');

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** The policy that the real server sends (tests/answer_headers.rs holds the two together). */
export const POLICY =
  "default-src 'self'; script-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; " +
  "style-src 'self' 'unsafe-inline'; connect-src 'self'; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'self'";

const json = (body, status = 200) => ({ status, type: 'application/json', body: JSON.stringify(body) });
const missing = () => json({ status: 404, title: 'Not Found' }, 404);

async function file(folder, path) {
  const inside = normalize(join(folder, path));
  if (!inside.startsWith(folder)) return missing();
  try {
    return { status: 200, type: TYPES[extname(inside)] ?? 'application/octet-stream', body: await readFile(inside) };
  } catch {
    return missing();
  }
}

/** The geometry of a cut feature, in the nesting of GeoJSON, rings not closed. */
function geometryOf({ type, geometry }) {
  if (type === 1) return { type: 'MultiPoint', coordinates: geometry };
  if (type === 2) return { type: 'MultiLineString', coordinates: geometry };
  const polygons = [];
  for (const closed of geometry) {
    const ring = closed.slice(0, -1);
    const area = ring.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = ring[(i + 1) % ring.length];
      return sum + x * nextY - nextX * y;
    }, 0);
    if (area > 0 || polygons.length === 0) polygons.push([ring]);
    else polygons.at(-1).push(ring);
  }
  return { type: 'MultiPolygon', coordinates: polygons };
}

/** The encoder of MapLibre tiles. Its files name each other as bundlers do, not as Node does. */
async function loadEncoder() {
  const { build } = await import('esbuild');
  const contents = "export { encodeTile } from '@maplibre/mlt'";
  const { outputFiles } = await build({ stdin: { contents, resolveDir: here }, bundle: true, format: 'esm', write: false });
  const { encodeTile } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  return encodeTile;
}
let encoder = null;

async function mapLibreTile(layer, { features }) {
  encoder ??= loadEncoder();
  const encodeTile = await encoder;
  const cut = features.map((one) => ({ id: one.id, geometry: geometryOf(one), properties: one.tags ?? {} }));
  return Buffer.from(encodeTile([{ name: layer, extent: 4096, features: cut }]));
}

/** The answers over a catalog and its feature collections. */
class Mock {
  constructor({ catalog, collections }) {
    this.catalog = catalog;
    this.collections = collections;
    this.indexes = new Map();
  }

  index(layer) {
    if (!this.indexes.has(layer) && this.collections.has(layer)) {
      const options = { maxZoom: 16, indexMaxZoom: 6, tolerance: 3, buffer: 64 };
      this.indexes.set(layer, new GeoJSONVT(this.collections.get(layer), options));
    }
    return this.indexes.get(layer);
  }

  async tile(form, layer, z, x, y) {
    const index = this.index(layer);
    if (!index) return missing();
    const cut = index.getTile(Number(z), Number(x), Number(y));
    if (!cut) return { status: 204 };
    if (form === 'mlt') return { status: 200, type: 'application/vnd.maplibre-tile', body: await mapLibreTile(layer, cut) };
    return {
      status: 200, type: 'application/vnd.mapbox-vector-tile',
      body: Buffer.from(fromGeojsonVt({ [layer]: cut }, { version: 2, extent: 4096 })),
    };
  }

  tileJson(form, layer, origin) {
    const known = this.catalog.layers.find((one) => one.id === layer);
    if (!known) return missing();
    return json({
      tilejson: '3.0.0', encoding: form,
      tiles: [`${origin}/tiles/${layer}/{z}/{x}/{y}${form === 'mlt' ? '?f=mlt' : ''}`], minzoom: known.minzoom, maxzoom: known.maxzoom,
      bounds: known.extent, vector_layers: [{ id: layer, fields: {} }],
    });
  }

  item(layer, id) {
    const feature = this.collections.get(layer)?.features.find((one) => String(one.id) === id);
    return feature ? json(feature) : missing();
  }

  /** Features of a layer whose name holds what was typed, and one unit without a boundary. */
  search(typed) {
    const hits = [...this.collections].flatMap(([layer, { features }]) => {
      const { title, label } = this.catalog.layers.find((one) => one.id === layer) ?? {};
      const named = features.filter((one) => label && String(one.properties[label]).includes(typed));
      return named.map(({ id, properties, geometry }) => {
        const numbers = geometry.coordinates.flat(Infinity);
        const [x, y] = [numbers.filter((_, i) => i % 2 === 0), numbers.filter((_, i) => i % 2 === 1)];
        const bbox = [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
        return { kind: 'feature', layer, id, name: properties[label], value: properties[label], title, bbox };
      });
    });
    const unit = { kind: 'unit', name: 'Xã Cũ', title: { vi: 'Xã', en: 'Commune' }, valid_to: '2025-07-01', bbox: null };
    return json({ hits: [...hits.slice(0, 7), unit] });
  }

  async answer(path, form, origin, typed) {
    if (path === '/search') return this.search(typed);
    if (path === '/') return file(dist, 'index.html');
    if (path === '/catalog') return json(this.catalog);
    if (path === '/sign-in') return json({ providers: [] });
    const [, first, ...rest] = path.split('/').map(decodeURIComponent);
    if (first === 'tiles') return rest.length === 4 ? this.tile(form, ...rest) : this.tileJson(form, rest[0], origin);
    if (first === 'collections') return this.item(rest[0], rest[2]);
    if (first === 'styles') return file(styles, `${rest[0]}.json`);
    return file(dist, path.slice(1));
  }
}

/** Listens on this machine only; `data` has a `catalog` and a map of `collections`. */
export function startMock(port = 0, data = mockData) {
  const mock = new Mock(data);
  const server = createServer((request, response) => {
    if (answerLive(request, response, mock)) return;
    const origin = `http://${request.headers.host}`;
    const { pathname, searchParams } = new URL(request.url, origin);
    const shown = filteredLayer(mock, pathname, searchParams, (part) => new Mock(part));
    const filtered = searchParams.has('filter') ? filteredItems(mock, pathname, searchParams) : null;
    const answered = filtered ?? areaAnswer(pathname, searchParams, request.method) ?? qualityAnswer(pathname, searchParams) ?? answerImport(request) ?? answerPaper(request, data) ??
      filteredItems(mock, pathname, searchParams) ??
      shown.answer(pathname, searchParams.get('f') ?? 'mvt', origin, searchParams.get('q'));
    Promise.resolve(answered).then(({ status, type, body, headers }) => {
      response.writeHead(status, { ...(type ? { 'content-type': type } : {}), 'content-security-policy': POLICY, ...headers });
      response.end(body);
    });
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () =>
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, stop: () => { server.close(); server.closeAllConnections?.(); } }),
    );
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startMock(Number(process.argv[2] ?? 8080));
  console.log(url);
}
