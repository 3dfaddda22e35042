/**
 * Uses the page as a person would, in headless Chromium, and keeps pictures of it.
 *
 * Usage: node test/screenshot.mjs [URL] [FOLDER]
 * Without a URL it tries the built page on the stand-in server; without a folder, pictures go to
 * target/map_page. Fails on any console error, on any request to another host, and on anything that a
 * person would miss. CHROMIUM names another browser.
 */
import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Watch, idle, launch } from './chromium.mjs';
import { axe } from './axe.browser.mjs';
import { coordinates } from './coordinates.browser.mjs';
import { area } from './area.browser.mjs';
import { drawn } from './drawn.browser.mjs';
import { live } from './live.browser.mjs';
import { HOSTILE_NAME, collections } from './mock_data.mjs';
import { startMock } from './mock_server.mjs';
import { page as pageItself } from './page.browser.mjs';
import { importing } from './import.browser.mjs';
import { paper } from './paper.browser.mjs';
import { styles } from './styles.browser.mjs';
import { quality } from './quality.browser.mjs';
import { signIn } from './sign_in.browser.mjs';

const buildResults = fileURLToPath(new URL('../../target/map_page', import.meta.url));
const [givenUrl, folder = buildResults] = process.argv.slice(2);
const mock = givenUrl ? null : await startMock();
const url = givenUrl || mock.url;

/** Sees what the page says and whom it asks. */
const seen = new Watch(url);
const watch = (page, expected) => seen.over(page, expected);
const picture = (page, name) => page.screenshot({ path: join(folder, `${name}.png`) });

async function open(browser, viewport, expected) {
  const page = await browser.newPage({ viewport, locale: 'vi-VN' });
  watch(page, expected);
  await page.goto(url);
  await idle(page);
  return page;
}

/** How many different colours a map's own pixels have, on a coarse grid: an empty map has one or two. */
async function colours(page) {
  const shot = await page.locator('.map canvas').screenshot();
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const seen = new Set();
    for (let x = 5; x < image.width; x += 9) {
      for (let y = 5; y < image.height; y += 9) seen.add(context.getImageData(x, y, 1, 1).data.join());
    }
    return seen.size;
  }, shot.toString('base64'));
}

async function layersAndLanguage(page) {
  assert.equal(await page.locator('html').getAttribute('lang'), 'vi');
  assert.ok((await page.locator('h1').innerText()).includes('Tây Ninh'));
  assert.ok((await colours(page)) > 12, 'the map shows layers');
  await picture(page, '1-whole-vi');

  const roads = page.locator('input[data-layer="road_segment"]');
  assert.ok(await roads.isChecked(), 'roads are on at first');
  const withRoads = await page.locator('.map canvas').screenshot();
  await page.locator('label[for="switch-road_segment"]').click();
  await idle(page);
  assert.ok(!(await roads.isChecked()));
  assert.ok(!page.url().includes('road_segment'), 'the link says which layers are on');
  assert.ok(!withRoads.equals(await page.locator('.map canvas').screenshot()), 'roads have left the map');
  await page.locator('label[for="switch-road_segment"]').click();
  await idle(page);

  const vietnamese = await page.locator('.layers').innerText();
  await page.locator('#language-en').click();
  await idle(page);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.ok(page.url().includes('lang=en'));
  assert.notEqual(await page.locator('.layers').innerText(), vietnamese);
  await picture(page, '2-whole-en');
}

/** Clicks on the map, here and there, until something is there to be told of. */
async function clickFeature(page) {
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  for (const [across, down] of [[0.5, 0.5], [0.55, 0.4], [0.45, 0.3], [0.6, 0.6], [0.4, 0.6], [0.55, 0.7], [0.35, 0.45]]) {
    await page.mouse.click(x + width * across, y + height * down);
    await page.locator('.panel').waitFor();
    if ((await page.locator('.panel .card').count()) > 0) break;
    await page.locator('.panel').press('Escape');
  }
  await page.locator('.panel .card').first().waitFor();
  await idle(page);
}

/** Asks what is on the map, with the pointer and with the keyboard. */
async function features(page) {
  await clickFeature(page);
  assert.ok((await page.locator('.panel .card[open] dd').count()) > 0, 'the first card shows attributes');
  await picture(page, '3-feature-en');
  await page.locator('#language-vi').click();
  await idle(page);
  assert.ok((await page.locator('.panel').innerText()).includes('Cơ quan quản lý'));
  await picture(page, '4-feature-vi');
  await page.locator('.panel').press('Escape');
  assert.ok(await page.locator('.panel').isHidden());
  await page.locator('.map canvas').press('Enter');
  await page.locator('.panel').waitFor();
  await page.locator('.panel').press('Escape');
}

/** A name that would like to be HTML is shown as the text that it is. */
async function hostileName(page) {
  const [[west, south], , [east, north]] = collections.get('industrial_park').features[0].geometry.coordinates[0][0];
  await page.goto(`${url}#map=13/${(south + north) / 2}/${(west + east) / 2}&lang=vi`);
  await idle(page);
  const box = await page.locator('.map').boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  const card = page.locator('.panel .card[data-layer="industrial_park"]');
  await card.waitFor();
  assert.equal(await card.locator('h3').innerText(), HOSTILE_NAME);
  assert.equal(await page.locator('.panel img').count(), 0);
  assert.notEqual(await page.title(), '1');
  await page.locator('.panel').press('Escape');
}

async function closer(page) {
  for (const [name, hash] of [
    ['5-near', 'map=10.5/11.05/106.2'], ['6-nearer', 'map=13/11.05/106.2'], ['7-street', 'map=15.5/11.05/106.2'],
  ]) {
    await page.goto(`${url}#${hash}&lang=vi`);
    await idle(page);
    await picture(page, name);
  }
}

/** Every layer, one after the other, can be put on the map. */
async function everyLayer(page) {
  await page.goto(`${url}#map=9.5/11.05/106.2&lang=vi`);
  const ids = await page.locator('input[data-layer]').evaluateAll((boxes) => boxes.map((box) => box.dataset.layer));
  assert.ok(ids.length > 0);
  await page.goto(`${url}#map=9.5/11.05/106.2&layers=${ids.join(',')}&lang=vi`);
  await idle(page);
  assert.equal(await page.locator('input[data-layer]:checked').count(), ids.length);
  await picture(page, '8-every-layer');
  return ids.length;
}

/** The page says in which form its tiles come, and shows the same map from the other one. */
async function tileForms(browser) {
  const page = await open(browser, { width: 1280, height: 720 });
  const asked = [];
  page.on('response', (response) => {
    if (/\/tiles\/[^/]+\/\d+\//.test(response.url())) asked.push(response);
  });
  const summary = page.locator('.technical summary');
  assert.ok((await summary.innerText()).includes('MVT'), 'MVT at first');
  await summary.click();
  await picture(page, '15-technical-vi');
  await page.locator('#tile-form-mlt').check();
  await idle(page);
  assert.ok((await summary.innerText()).includes('MLT'));
  assert.ok(page.url().includes('tiles=mlt'), 'the link says the form');
  const types = new Set(await Promise.all(asked.filter((one) => one.status() === 200).map((one) => one.headerValue('content-type'))));
  assert.deepEqual([...types], ['application/vnd.maplibre-tile']);
  assert.equal(await page.locator('.notice').count(), 0);
  await summary.click();
  await idle(page);
  assert.ok((await colours(page)) > 12, 'the map shows layers');
  await page.locator('#language-en').click();
  await summary.click();
  assert.ok((await page.locator('.technical').innerText()).includes('Form of the vector tiles'));
  await picture(page, '16-technical-en');
  await page.reload();
  await idle(page);
  assert.ok((await summary.innerText()).includes('MLT'), 'the form is kept by the link');
  await summary.click();
  await page.locator('#tile-form-mvt').check();
  await idle(page);
  assert.ok(!page.url().includes('tiles='));
  await page.close();
}

/** Enter chooses of what its own text finds, and of nothing where one has typed on before the answer came. */
async function enterOfEarlierText(page, box) {
  await page.locator('.panel').press('Escape');
  await box.fill('onerror');
  await page.locator('.hits button').first().waitFor();
  await page.route('**/search?*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await box.fill('nowhere');
  await box.press('Enter');
  await box.pressSequentially(' at all', { delay: 20 });
  await page.waitForTimeout(1_500);
  await page.unroute('**/search?*');
  assert.ok(await page.locator('.hits').isVisible(), 'what the later text finds is listed');
  assert.ok(await page.locator('.panel').isHidden(), 'nothing was chosen of what an earlier text had found');
}

/** A feature is found by its name; a hit without a place cannot be chosen; a hostile name stays text. */
async function search(browser) {
  const page = await open(browser, { width: 1280, height: 720 });
  const box = page.locator('.search input');
  assert.equal(await box.getAttribute('aria-label'), 'Tìm tên, mã hoặc tọa độ');
  await box.fill('src=x');
  const hits = page.locator('.hits button');
  await hits.first().waitFor();
  assert.equal(await hits.first().locator('.hit-name').innerText(), HOSTILE_NAME);
  assert.ok(await hits.last().isDisabled());
  assert.ok((await hits.last().innerText()).includes('đến trước 01/07/2025'));
  await picture(page, '17-search-vi');
  await box.press('Escape');
  assert.ok(await page.locator('.hits').isHidden());
  await box.fill('onerror');
  await box.press('Enter');
  const card = page.locator('.panel .card[data-layer="industrial_park"]');
  await card.waitFor();
  await idle(page);
  assert.equal(await card.locator('h3').innerText(), HOSTILE_NAME);
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  await picture(page, '18-found-vi');
  await enterOfEarlierText(page, box);
  await box.fill(' — ');
  await page.waitForTimeout(300);
  assert.ok(await page.locator('.hits').isHidden(), 'nothing is asked where nothing is said');
  await page.close();
}

async function phone(browser) {
  const page = await open(browser, { width: 390, height: 800 });
  await picture(page, '9-phone');
  await page.locator('.open-list').click();
  await picture(page, '10-phone-layers');
  await page.locator('.layers-close').click();
  await clickFeature(page);
  await picture(page, '11-phone-feature');
  await page.close();
}

/** A dead server is told in plain words, and the page goes on when the server is back. */
async function serverAway(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: 'en-GB' });
  watch(page, /net::ERR_FAILED/);
  await page.route('**/catalog', (route) => route.abort());
  await page.goto(`${url}#lang=en`);
  await page.locator('.notice[data-kind="start"]').waitFor();
  await picture(page, '12-server-away');
  await page.unroute('**/catalog');
  await page.locator('.notice button').first().click();
  await idle(page);
  assert.equal(await page.locator('.notice').count(), 0);
  await page.close();
}

async function tilesFail(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: 'vi-VN' });
  watch(page, /status of 503/);
  await page.route('**/tiles/road_segment/*/*/*', (route) => route.fulfill({ status: 503, body: '' }));
  await page.goto(url);
  await page.locator('.notice[data-kind="tiles"]').waitFor();
  await idle(page);
  await picture(page, '13-tiles-failed');
  await page.unroute('**/tiles/road_segment/*/*/*');
  await page.locator('.notice button').first().click();
  await idle(page);
  assert.equal(await page.locator('.notice').count(), 0);
  await page.close();
}

/** Without WebGL the page says so, and what else there is stays usable. */
async function webglMissing(browser) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: 'vi-VN' });
  watch(page);
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  await page.goto(url);
  await page.locator('.notice[data-kind="webgl"]').waitFor();
  assert.ok((await page.locator('input[data-layer]').count()) > 0);
  await picture(page, '14-no-webgl');
  await page.close();
}

/** The server dies while the map is in use. */
async function serverDies(browser) {
  const page = await open(browser, { width: 1280, height: 720 }, /net::ERR_FAILED/);
  await page.route('**/tiles/**', (route) => route.abort());
  await page.locator('.map-buttons button').first().click();
  await page.locator('.notice[data-kind="away"]').waitFor();
  await page.unroute('**/tiles/**');
  await page.locator('.notice button').first().click();
  await idle(page);
  assert.equal(await page.locator('.notice').count(), 0);
  assert.ok((await colours(page)) > 12, 'the map is whole again');
  await page.close();
}

if (mock && !existsSync(new URL('../dist/assets', import.meta.url))) {
  console.error('The page has not been built yet: npm run build');
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const browser = await launch();
try {
  const page = await open(browser, { width: 1440, height: 900 });
  await layersAndLanguage(page);
  await features(page);
  if (mock) await hostileName(page);
  await closer(page);
  const layers = await everyLayer(page);
  await page.close();
  await tileForms(browser);
  if (mock) await search(browser);
  if (mock) await coordinates(await open(browser, { width: 1280, height: 720 }), { url, picture, idle });
  if (mock) await area(await open(browser, { width: 1440, height: 900 }, /status of 503|net::ERR_UPLOAD_FILE_CHANGED/), { url, picture, idle });
  if (mock) await drawn(await open(browser, { width: 1100, height: 650 }, /status of 413/), { url, picture, idle });
  if (mock) await styles(await open(browser, { width: 1440, height: 900 }), { url, picture, idle });
  if (mock) await paper(await open(browser, { width: 1280, height: 800 }, /status of (401|429)/), { url, picture, idle });
  if (mock) await live(await open(browser, { width: 1280, height: 720 }), { url, picture, idle });
  if (mock) await quality(await open(browser, { width: 1366, height: 768 }, /status of 503/), { url, picture, idle });
  if (mock) await signIn(await open(browser, { width: 800, height: 600 }), { url, picture, idle });
  if (mock) await pageItself(await open(browser, { width: 1280, height: 800 }, /status of 503|net::ERR_FAILED/), { url, picture, idle });
  if (mock) await importing(await open(browser, { width: 1280, height: 900 }, /net::ERR_FAILED/), { url, picture, idle });
  if (mock) await axe(await open(browser, { width: 1280, height: 800 }, /net::ERR_FAILED/), { url, picture, idle });
  await phone(browser);
  await serverAway(browser);
  await tilesFail(browser);
  await serverDies(browser);
  await webglMissing(browser);
  assert.deepEqual(seen.complaints, [], 'no console error');
  assert.deepEqual(seen.strangers, [], 'no request to another host');
  console.log(`map page: ${layers} layers shown, no console error, no request to another host; pictures in ${folder}`);
} finally {
  await browser.close();
  mock?.stop();
}
