/**
 * Measures the page before a running server, in headless Chromium, and writes the table of what was asked of it.
 *
 * Usage: node bench/run.mjs URL [FOLDER]      bench/web starts a server for it
 * ROUNDS is how often each is measured (3), THEMES which are moved over (all). CHROMIUM names another browser. Pictures go to FOLDER. Ends with 1 where a
 * figure is missed.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { everyDocument, everyView } from '../test/axe.browser.mjs';
import { AxeFindings } from '../test/axe_findings.mjs';
import { Watch, idle, launch } from '../test/chromium.mjs';
import { communeReports, communes } from './commune_reports.mjs';
import { firstView, wholeCode } from './first_view.mjs';
import { kb, median, ms, verdictOf, worst } from './numbers.mjs';
import { zooms } from './zooms.mjs';

const [url, folder = fileURLToPath(new URL('../../target/web_bench', import.meta.url))] = process.argv.slice(2);
if (!url) throw new Error('usage: node bench/run.mjs URL [FOLDER]');
const rounds = Number(process.env.ROUNDS ?? 3);
const wantedThemes = process.env.THEMES?.split(' ') ?? null;
const base = new URL('/', url).href;
const run = { url: base, folder, watch: new Watch(base), viewport: { width: 1366, height: 768 } };
const rows = [];
const told = (text) => process.stderr.write(`${text}\n`);
const row = (work, figure, limit, verdict) => {
  rows.push({ work, figure, limit, verdict });
  told(`${work}: ${figure}: ${verdict}`);
};
const upTo = (figure, limit) => verdictOf([figure], limit);

/** Longitude and latitude of places with much on them: Long An, Đức Hòa, Tây Ninh. */
const PLACES = [[106.41, 10.54], [106.4, 10.88], [106.1, 11.3]];
const COMMUNES = 10;

async function firstViews() {
  const views = [];
  for (let round = 0; round < Math.max(5, rounds); round += 1) views.push(await firstView(run));
  const took = views.map(({ tookMs }) => tookMs);
  row('first view, empty cache, 2 cores: until the map is drawn', ms(took), '2 000 ms', verdictOf(took, 2_000));
  const code = views.map((one) => one.code.reduce((sum, { bytes }) => sum + bytes, 0));
  const assets = await readdir(fileURLToPath(new URL('../dist/assets', import.meta.url)));
  const files = assets.filter((name) => !name.endsWith('.gz')).map((name) => `/assets/${name}`);
  const whole = await wholeCode(base, ['/', ...files]).catch(() => null);
  const all = whole === null ? '' : `; with all that tools load later ${kb(whole)}`;
  row('page code as it is sent for it, MapLibre included', `${kb(worst(code))} in ${views[0].code.length} files${all}`, '500 KB', upTo(worst(code), 500_000));
  told([...views[0].code].sort((a, b) => b.bytes - a.bytes).map(({ path, bytes }) => `${path} ${kb(bytes)}`).join('\n'));
  const tiles = views[0].tiles;
  told(`first view: ${tiles.length} tiles, ${kb(tiles.reduce((sum, { bytes }) => sum + bytes, 0))}`);
}

async function throughZooms(browser) {
  const catalog = await (await fetch(new URL('/catalog', base))).json();
  const themes = catalog.groups
    .map(({ id }) => ({ id, layers: catalog.layers.filter(({ group }) => group === id).map((layer) => layer.id) }))
    .filter(({ id, layers }) => layers.length > 0 && (wantedThemes === null || wantedThemes.includes(id)));
  const moves = [];
  const tiles = [];
  for (let round = 0; round < rounds; round += 1) {
    const one = await zooms(browser, run, themes, PLACES[round % PLACES.length]);
    moves.push(...one.moves);
    tiles.push(...one.tiles);
    told(`zooms, round ${round + 1}: ${one.moves.length} movements, ${one.tiles.length} tiles`);
  }
  const late = moves.filter(({ coveredMs }) => coveredMs === null || coveredMs > 300);
  const covered = moves.map(({ coveredMs }) => coveredMs ?? Infinity);
  const whole = moves.map(({ wholeMs }) => wholeMs ?? Infinity);
  for (const theme of themes) {
    const own = moves.filter((move) => move.theme === theme.id);
    told(`${theme.id}: covered ${ms(own.map(({ coveredMs }) => coveredMs ?? Infinity))}; all drawn ${ms(own.map(({ wholeMs }) => wholeMs ?? Infinity))}`);
  }
  for (const { theme, zoom, coveredMs, wholeMs, blankAt300, wanted } of late) told(`late: ${theme} z${zoom}: covered ${coveredMs} ms, whole ${wholeMs} ms, blank ${blankAt300} of ${wanted}`);
  const blank = late.reduce((sum, one) => sum + (one.blankAt300 ?? 0), 0);
  const wanted = moves.reduce((sum, one) => sum + one.wanted, 0);
  row(
    `pan and zoom z8-z18 over ${themes.length} themes: tiles blank 300 ms after a movement`,
    `${blank} of ${wanted}, after ${late.length} of ${moves.length} movements; covered after ${ms(covered)}; drawn in full ${ms(whole)}`, '0', upTo(late.length, 0),
  );
  const sizes = tiles.map(({ bytes }) => bytes);
  const large = tiles.find(({ bytes }) => bytes === worst(sizes));
  row('the largest tile as it is sent', `${kb(worst(sizes))} (${large.path}), median ${kb(median(sizes))} of ${sizes.length}`, '500 KB', upTo(worst(sizes), 500_000));
}

async function reports(browser) {
  const all = await communes(base);
  const took = [];
  for (let round = 0; round < rounds; round += 1) {
    const step = all.length / COMMUNES;
    const chosen = Array.from({ length: COMMUNES }, (_, at) => all[Math.floor((at + round / rounds) * step)]);
    took.push(...(await communeReports(browser, run, chosen)));
  }
  row('from a click on a commune to the report on screen', ms(took), '500 ms', verdictOf(took, 500));
}

async function views(browser) {
  const findings = new AxeFindings();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'vi-VN' });
  await everyView(page, { url: base, idle }, findings);
  await page.setViewportSize({ width: 1280, height: 800 });
  await everyDocument(page, base, findings);
  await page.close();
  findings.lines.forEach(told);
  const { looks, lines } = findings;
  row('axe-core on each view, vi and en: serious or critical findings', `${lines.length} in ${looks} looks at ${findings.views.size} views`, '0', upTo(lines.length, 0));
}

await mkdir(folder, { recursive: true });
await firstViews();
const browser = await launch();
try {
  await throughZooms(browser);
  await reports(browser);
  await views(browser);
} finally {
  await browser.close();
}
const { strangers, complaints } = run.watch;
row('requests to another host, in all of this', String(strangers.length), '0', upTo(strangers.length, 0));
row('console errors, in all of this', String(complaints.length), '0', upTo(complaints.length, 0));
[...new Set(complaints)].forEach(told);
console.log('| work | measured | asked | |\n| --- | --- | --- | --- |');
for (const { work, figure, limit, verdict } of rows) console.log(`| ${work} | ${figure} | ${limit} | ${verdict} |`);
process.exitCode = rows.some(({ verdict }) => verdict === 'short') ? 1 : 0;
