/**
 * The label sheet: every Vietnamese letter in each font of the server, as `/glyphs` has it, laid over the same letter
 * as the browser draws it of the font's own file. None is missing, each is the one that it says it is. Then MapLibre
 * writes all of them on a map with these glyphs, and marks it with icons of `/sprites`.
 *
 * Usage: node test/glyphs.browser.mjs URL FOLDER, of a running server and of pictures; `tests/glyphs.rs` does so.
 * CHROMIUM names another browser.
 */
import { strict as assert } from 'node:assert';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
// What MapLibre itself reads glyphs with.
import { PbfReader } from 'pbf';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const fonts = join(here, '../../styles/fonts');
const maplibre = join(here, '../node_modules/maplibre-gl/dist');
const [url, folder] = process.argv.slice(2);

const STYLES = ['Regular', 'Bold', 'Italic'];
const TONES = ['', '\u0300', '\u0309', '\u0303', '\u0301', '\u0323'];
const small = [
  ...[...'aăâeêioôơuưy'].flatMap((vowel) => TONES.map((tone) => (vowel + tone).normalize('NFC'))), 'đ',
].filter((letter) => !/[a-z]/.test(letter));
/** The 134 letters that are Latin ones with marks. */
const LETTERS = [...small, ...small.map((letter) => letter.toUpperCase())];
/** Beside them on the sheet: letters and signs of addresses, areas and prices. */
const OTHERS = [...'ABCXYZabcxyz0123456789m²³₫%/()–,.'];

/** Samples of a letter around its box; FreeType's ascender of Noto Sans at 24 pixels; what is inside (clients agree). */
const [BORDER, ASCENDER, INSIDE] = [3, 26, 191.25];
/** How much a letter and its own drawing must share; what falls short is the roundness of marks two samples thick. */
const OVERLAP_MIN = 0.6;

function readGlyphs(body) {
  const glyph = (tag, into, pbf) => {
    if (tag === 2) into.bitmap = [...pbf.readBytes()];
    else if (tag === 5 || tag === 6) into[tag === 5 ? 'left' : 'top'] = pbf.readSVarint();
    else into[{ 1: 'id', 3: 'width', 4: 'height', 7: 'advance' }[tag]] = pbf.readVarint();
  };
  const stack = (tag, into, pbf) => {
    if (tag === 1) into.name = pbf.readString();
    if (tag === 3) into.glyphs.push(pbf.readMessage(glyph, {}));
  };
  return new PbfReader(body).readFields((tag, into, pbf) => {
    if (tag === 1) pbf.readMessage(stack, into);
  }, { name: '', glyphs: [] });
}

/** Glyphs of these letters, by letter, of a font. */
async function glyphsOf(font, letters) {
  const found = new Map();
  for (const first of new Set(letters.map((letter) => letter.codePointAt(0) & ~255))) {
    const answer = await fetch(`${url}/glyphs/${encodeURIComponent(font)}/${first}-${first + 255}.pbf`);
    assert.equal(answer.status, 200);
    const { name, glyphs } = readGlyphs(new Uint8Array(await answer.arrayBuffer()));
    assert.equal(name, font);
    for (const one of glyphs) found.set(String.fromCodePoint(one.id), one);
  }
  return found;
}

/**
 * In the page: for each letter of `drawn` (a letter and the glyph that stands for it) how much it shares with the
 * browser's drawing of each of `letters`. It is the product of what three bands share: above small letters, beside
 * them, and below the line, because a mark is little of a letter and all that tells it from another.
 */
async function overlaps({ family, letters, drawn, ascender, border, inside }) {
  await document.fonts.load(`24px "${family}"`);
  // The browser draws larger than 256 pixels by the outline itself, so that nothing is moved onto its pixels.
  const [scale, fine, left, line, width, height] = [4, 16, 8, 36, 40, 48];
  const bands = [[0, line - 14], [line - 14, line], [line, height]];
  const [across, down] = [width * scale, height * scale];
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width * fine, height * fine];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const own = (letter) => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.font = `${24 * fine}px "${family}"`;
    context.fillText(letter, left * fine, line * fine);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const middle = (place) => Math.floor((place + 0.5) * (fine / scale));
    return Uint8Array.from({ length: across * down }, (_, at) => {
      const pixel = middle(Math.floor(at / across)) * canvas.width + middle(at % across);
      return data[pixel * 4 + 3] >= 128 ? 1 : 0;
    });
  };
  /** The field between its samples, as a graphics card reads it. */
  const field = (glyph) => {
    const columns = glyph.width + 2 * border;
    const rows = glyph.height + 2 * border;
    const sample = (x, y) => (x < 0 || y < 0 || x >= columns || y >= rows ? 0 : glyph.bitmap[y * columns + x]);
    const [west, north] = [left + glyph.left - border, line - (glyph.top + ascender) - border];
    return Uint8Array.from({ length: across * down }, (_, at) => {
      const [x, y] = [((at % across) + 0.5) / scale - west - 0.5, (Math.floor(at / across) + 0.5) / scale - north - 0.5];
      const [column, row] = [Math.floor(x), Math.floor(y)];
      const [right, below] = [x - column, y - row];
      const upper = sample(column, row) * (1 - right) + sample(column + 1, row) * right;
      const lower = sample(column, row + 1) * (1 - right) + sample(column + 1, row + 1) * right;
      return upper * (1 - below) + lower * below >= inside ? 1 : 0;
    });
  };
  const share = (one, other, [from, to]) => {
    let [both, either] = [0, 0];
    for (let at = from * scale * across; at < to * scale * across; at += 1) {
      both += one[at] & other[at];
      either += one[at] | other[at];
    }
    // Where a letter barely reaches into a band, it is told by the others.
    return either < 3 * scale * scale ? 1 : both / either;
  };
  const wanted = letters.map(own);
  return drawn.map((glyph) => {
    const mask = field(glyph);
    return wanted.map((letter) => bands.reduce((all, band) => all * share(mask, letter, band), 1));
  });
}

/** What is wrong with the glyphs that stand for letters: none, no ink, or more like another letter. */
async function faults(page, family, letters, glyphOf) {
  const told = letters.filter((letter) => !glyphOf(letter)?.bitmap).map((letter) => `${letter}: missing`);
  const there = letters.filter((letter) => glyphOf(letter)?.bitmap);
  const shares = await page.evaluate(overlaps, {
    family, letters, drawn: there.map(glyphOf), ascender: ASCENDER, border: BORDER, inside: INSIDE,
  });
  const [own, others] = [[], []];
  there.forEach((letter, row) => {
    const place = letters.indexOf(letter);
    const share = shares[row][place];
    const strangers = shares[row].filter((_, column) => column !== place);
    own.push(share);
    others.push([Math.max(...strangers), letter, letters[shares[row].indexOf(Math.max(...strangers))]]);
    if (share < OVERLAP_MIN) told.push(`${letter}: ${share.toFixed(3)} of its own`);
    else if (share <= Math.max(...strangers)) told.push(`${letter}: more like another`);
  });
  return { told, least: Math.min(...own), mean: own.reduce((a, b) => a + b, 0) / own.length, nearest: others.reduce((a, b) => (b[0] > a[0] ? b : a), [0, '', '']) };
}

/** Every letter on its own place of a map, written by MapLibre with the server's glyphs and marked with its icons. */
function sheetStyle(letters, icons) {
  const columns = 24;
  // Degrees, of which one is 182 pixels at zoom 7.
  const place = (number, row) => [(number % columns) * 0.26 - 3, 2.35 - (Math.floor(number / columns) + row) * 0.195];
  const point = (coordinates, properties) => ({ type: 'Feature', properties, geometry: { type: 'Point', coordinates } });
  const rows = Math.ceil(letters.length / columns);
  const features = STYLES.flatMap((style, block) =>
    letters.map((text, number) => point(place(number, block * rows), { text, style })));
  const marks = icons.map((icon, number) => point(place(number, rows * STYLES.length + 0.3), { icon }));
  const text = (style) => ({
    id: style, type: 'symbol', source: 'letters', filter: ['==', ['get', 'style'], style],
    layout: { 'text-field': ['get', 'text'], 'text-font': [`Noto Sans ${style}`], 'text-size': 22, 'text-allow-overlap': true },
    paint: { 'text-color': '#123', 'text-halo-color': '#fff', 'text-halo-width': 1.5 },
  });
  return {
    version: 8, glyphs: `${url}/glyphs/{fontstack}/{range}.pbf`, sprite: `${url}/sprites/diaban`,
    sources: {
      letters: { type: 'geojson', data: { type: 'FeatureCollection', features } },
      marks: { type: 'geojson', data: { type: 'FeatureCollection', features: marks } },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': '#e8efe9' } }, ...STYLES.map(text),
      { id: 'discs', type: 'circle', source: 'marks', paint: { 'circle-color': '#7a5c99', 'circle-radius': 11 } },
      {
        id: 'marks', type: 'symbol', source: 'marks', layout: { 'icon-image': ['get', 'icon'], 'icon-allow-overlap': true },
        paint: { 'icon-color': '#b3261e', 'icon-halo-color': '#fff', 'icon-halo-width': 1 },
      },
    ],
  };
}

async function onAMap(page, letters) {
  const asked = [];
  page.on('response', (response) => {
    if (/\/(glyphs|sprites)\//.test(response.url())) asked.push([decodeURI(new URL(response.url()).pathname), response.status()]);
  });
  const icons = Object.keys(await (await fetch(`${url}/sprites/diaban.json`)).json());
  await page.goto(`${url}/label-sheet/map.html`);
  await page.waitForFunction(() => 'MapLibre' in window);
  await page.evaluate((style) => new Promise((resolve) => {
    const map = new window.MapLibre.Map({ container: 'map', style, center: [0, 0], zoom: 7, attributionControl: false, fadeDuration: 0 });
    map.once('idle', resolve);
  }), sheetStyle(letters, icons));
  await page.screenshot({ path: join(folder, 'label-sheet.png') });
  const ranges = asked.filter(([path]) => path.startsWith('/glyphs/'));
  for (const [path, status] of asked) assert.equal(status, 200, path);
  for (const style of STYLES) {
    assert.ok(ranges.some(([path]) => path === `/glyphs/Noto Sans ${style}/7680-7935.pbf`), `${style} was asked for`);
  }
  assert.ok(asked.some(([path]) => /^\/sprites\/diaban(@2x)?\.png$/.test(path)), 'icons were asked for');
  return icons.length;
}

const HTML = `<!doctype html><meta charset="utf-8"><title>Label sheet</title><style>
  ${STYLES.map((style) => `@font-face { font-family: "Sheet ${style}"; src: url("NotoSans-${style}.ttf"); }`).join('\n')}
  body { margin: 0 } #map { width: 1200px; height: 900px }</style><div id="map"></div>
  <script type="module">import * as MapLibre from './maplibre-gl.mjs';
    MapLibre.setWorkerUrl(new URL('./maplibre-gl-worker.mjs', import.meta.url).href); window.MapLibre = MapLibre;</script>`;

/** The sheet's own files, beside the server's. */
async function fulfil(route) {
  const name = new URL(route.request().url()).pathname.split('/').pop();
  if (name.endsWith('.html')) return route.fulfill({ contentType: 'text/html', body: HTML });
  const [from, contentType] = name.endsWith('.ttf') ? [fonts, 'font/ttf'] : [maplibre, 'text/javascript'];
  return route.fulfill({ contentType, body: await readFile(join(from, name)) });
}

await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless=new', '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
    '--disable-background-networking', '--disable-dev-shm-usage', '--font-render-hinting=none',
  ],
});
try {
  assert.equal(LETTERS.length, 134);
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  const [complaints, strangers] = [[], []];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(url)) strangers.push(request.url());
  });
  await page.route('**/label-sheet/*', fulfil);
  await page.goto(`${url}/label-sheet/sheet.html`);
  const letters = [...LETTERS, ...OTHERS];
  const told = [];
  for (const style of STYLES) {
    const glyphs = await glyphsOf(`Noto Sans ${style}`, letters);
    const sheet = await faults(page, `Sheet ${style}`, letters, (letter) => glyphs.get(letter));
    console.log(`${style}: least ${sheet.least.toFixed(3)}, mean ${sheet.mean.toFixed(3)} shared, with another letter at most ${sheet.nearest[0].toFixed(3)} (${sheet.nearest[1]} and ${sheet.nearest[2]})`);
    told.push(...sheet.told.map((fault) => `${style}: ${fault}`));
    // Letters that change places, and one that is not there, are told of.
    for (const [one, other] of [['ẫ', 'ẩ'], ['ờ', 'ở'], ['Đ', 'D'], ['ị', 'ỉ'], ['ê', 'é']]) {
      const swapped = (letter) => glyphs.get({ [one]: other, [other]: one }[letter] ?? letter);
      const few = await faults(page, `Sheet ${style}`, [one, other], swapped);
      assert.equal(few.told.length, 2, `${style}: ${one} and ${other} changed places`);
    }
    assert.deepEqual((await faults(page, `Sheet ${style}`, ['ữ'], () => undefined)).told, ['ữ: missing']);
  }
  const icons = await onAMap(page, letters);
  assert.deepEqual(told, [], 'every letter is there and its own');
  assert.deepEqual(complaints, [], 'no complaint of the browser or of MapLibre');
  assert.deepEqual(strangers, [], 'no request to another host');
  console.log(`label sheet: ${LETTERS.length} letters in ${STYLES.length} fonts, none missing, each its own; ${icons} icons; picture in ${folder}`);
} finally {
  await browser.close();
}
