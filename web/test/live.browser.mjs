/** An edit that somebody else makes appears on the open map, and nothing but its tiles is asked for. */
import assert from 'node:assert';
import { collections } from './mock_data.mjs';

const LAYER = 'school';
const ZOOM = 11;
const MIDDLE = [106.2, 11.05];

/** The tile of a zoom in which a position lies. */
function tileOf([longitude, latitude], zoom) {
  const radians = (latitude * Math.PI) / 180;
  const y = (1 - Math.asinh(Math.tan(radians)) / Math.PI) / 2;
  return [zoom, Math.floor(((longitude + 180) / 360) * 2 ** zoom), Math.floor(y * 2 ** zoom)].join('/');
}

const point = (id, coordinates) => ({
  type: 'Feature', id, properties: { name_vi: 'Trường mới', level: 'primary' }, geometry: { type: 'Point', coordinates },
});

/** The tiles of the layer that the page asks for while something is done. */
async function askedWhile(page, work, { idle, least }) {
  const asked = [];
  const note = (request) => {
    const [, tile] = new RegExp(`/tiles/${LAYER}/([0-9/]+)`).exec(request.url()) ?? [];
    if (tile) asked.push(tile);
  };
  page.on('request', note);
  const begun = Date.now();
  await work();
  while (asked.length < least && Date.now() - begun < 4000) await page.waitForTimeout(20);
  const took = Date.now() - begun;
  await idle(page);
  page.off('request', note);
  return { asked, took };
}

export async function live(page, { url, picture, idle }) {
  const before = collections.get(LAYER).features;
  const say = (what) => fetch(`${url}live`, { method: 'POST', body: JSON.stringify(what) }).then((answer) => answer.json());
  // Leaves the page first: the stream that is waited for must not be that of the page as it was opened.
  await page.goto('about:blank');
  const stream = page.waitForResponse((response) => new URL(response.url()).pathname === '/live');
  await page.goto(`${url}#map=${ZOOM + 0.5}/${MIDDLE[1]}/${MIDDLE[0]}&layers=${LAYER}&lang=vi`);
  await stream;
  await idle(page);
  const canvas = page.locator('.map canvas').first();
  const empty = await canvas.screenshot();

  const features = [...before, ...Array.from({ length: 60 }, (_, i) => point(1000 + i, [MIDDLE[0] + (i % 10) * 0.004, MIDDLE[1] + Math.floor(i / 10) * 0.004]))];
  const touched = tileOf(MIDDLE, ZOOM);
  const tiles = [touched, tileOf(MIDDLE, ZOOM - 1)];
  const edit = await askedWhile(page, () => say({ layer: LAYER, features, change: { tiles, deepest: ZOOM } }), { idle, least: 1 });
  assert.deepEqual(edit.asked, [touched], 'the touched tile is asked for again, once, and no other');
  assert.ok(edit.took < 2000, `within two seconds: ${edit.took} ms`);
  assert.ok(!empty.equals(await canvas.screenshot()), 'what is new is drawn');
  await picture(page, '60-live-edit');

  const [far, other] = [{ tiles: [tileOf([105.7, 10.5], ZOOM)], deepest: ZOOM }, { all: true }];
  const none = await askedWhile(page, () => say({ layer: LAYER, change: far }), { idle, least: 0 });
  assert.deepEqual(none.asked, [], 'a change elsewhere asks for nothing');
  const hidden = await askedWhile(page, () => say({ layer: 'road_segment', change: other }), { idle, least: 0 });
  assert.deepEqual(hidden.asked, [], 'nor one of a layer that is off');

  const again = page.waitForResponse((response) => new URL(response.url()).pathname === '/live');
  const anew = await askedWhile(page, async () => {
    await say({ end: true });
    await again;
  }, { idle, least: 2 });
  assert.ok(anew.asked.length > 1 && anew.asked.includes(touched), 'who was away takes all anew');
  assert.equal(await page.locator('.notice').count(), 0);
  await say({ layer: LAYER, features: before, change: { all: true } });
  await idle(page);
  assert.ok(empty.equals(await canvas.screenshot()), 'and what is taken away goes');
}
