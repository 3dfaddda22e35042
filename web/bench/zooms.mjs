/** Pans and zooms through z8-z18 with all layers of a theme on, and looks at every frame for tiles that are not there. */
import { join } from 'node:path';
import { idle } from '../test/chromium.mjs';
import { findMap } from './map_engine.mjs';
import { Traffic } from './traffic.mjs';

/** How long one waits for a map that does not come to rest. */
const PATIENCE_MS = 20_000;

/**
 * Watches `window.measuredMap`: `lastMove` tells of the last movement, in milliseconds after its end, when every tile in
 * sight was covered by itself or by a coarser one that stands in for it, and when all was drawn as it should be.
 */
function watchMoves() {
  const map = window.measuredMap;
  const covers = (one, { z, x, y }) => {
    const up = z - one.z;
    return up >= 0 && one.x === x >> up && one.y === y >> up;
  };
  const blanks = () => Object.entries(map.style.tileManagers).reduce((sum, [, manager]) => {
    const source = manager.getSource();
    if (source.type !== 'vector') return sum;
    const { tileSize, minzoom, maxzoom, roundZoom, reparseOverscaled } = source;
    const wanted = map.coveringTiles({ tileSize, minzoom, maxzoom, roundZoom, reparseOverscaled }).filter((id) => !source.hasTile || source.hasTile(id));
    const drawn = manager.getVisibleCoordinates().map(({ canonical }) => canonical);
    const isBlank = ({ canonical }) => {
      if (drawn.some((one) => covers(one, canonical))) return false;
      const parts = drawn.filter((one) => covers(canonical, one)).reduce((all, one) => all + 4 ** (canonical.z - one.z), 0);
      return parts < 1;
    };
    return { blank: sum.blank + wanted.filter(isBlank).length, wanted: sum.wanted + wanted.length };
  }, { blank: 0, wanted: 0 });

  let move = null;
  map.on('movestart', () => { move = window.lastMove = null; });
  map.on('moveend', () => {
    move = window.lastMove = { end: performance.now(), zoom: map.getZoom(), coveredMs: null, wholeMs: null, wanted: 0, blankAt300: null };
  });
  map.on('render', () => {
    if (!move || move.wholeMs !== null) return;
    const after = performance.now() - move.end;
    const { blank, wanted } = blanks();
    // What a frame shows stays on the screen until the next one.
    if (after <= 300 || move.blankAt300 === null) move.blankAt300 = blank;
    move.wanted = wanted;
    if (blank > 0) move.coveredMs = null;
    else move.coveredMs ??= after;
  });
  map.on('idle', () => { if (move) move.wholeMs ??= performance.now() - move.end; });
}

async function moved(page, does) {
  await page.evaluate(() => { window.lastMove = null; });
  await does();
  const done = await page.waitForFunction(() => (window.lastMove?.wholeMs != null ? window.lastMove : null), null, { timeout: PATIENCE_MS, polling: 50 })
    .catch(() => page.evaluateHandle(() => window.lastMove ?? { coveredMs: null, wholeMs: null, wanted: 0, blankAt300: 1 }));
  return done.jsonValue();
}

/** Drags the map by a third of what is in sight; it lies still when it is let go. */
async function drag(page, [fromX, fromY], [toX, toY]) {
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  await page.mouse.move(x + width * fromX, y + height * fromY);
  await page.mouse.down();
  await page.mouse.move(x + width * toX, y + height * toY, { steps: 8 });
  await page.waitForTimeout(150);
  await page.mouse.up();
}

/** From a place, and back to it. */
const AWAY = [[0.7, 0.4], [0.4, 0.6]];

async function throughZooms(page, url, theme, [longitude, latitude]) {
  await page.goto(`${url}#map=8/${latitude}/${longitude}&layers=${theme.layers.join(',')}&lang=vi`);
  await idle(page);
  const moves = [];
  for (let zoom = 8; zoom <= 18; zoom += 1) {
    if (zoom > 8) moves.push(await moved(page, () => page.locator('.map-buttons button').first().click()));
    moves.push(await moved(page, () => drag(page, ...AWAY)));
    moves.push(await moved(page, () => drag(page, ...[...AWAY].reverse())));
  }
  return moves.map((move) => ({ ...move, theme: theme.id }));
}

/** One round over all themes about a place: each movement, and each tile that was sent. */
export async function zooms(browser, { url, folder, watch, viewport }, themes, place) {
  const page = watch.over(await browser.newPage({ viewport, locale: 'vi-VN' }));
  const traffic = new Traffic(page);
  await page.goto(`${url}#map=8/${place[1]}/${place[0]}&layers=&lang=vi`);
  await idle(page);
  await findMap(page);
  await page.evaluate(watchMoves);
  const moves = [];
  for (const theme of themes) {
    moves.push(...(await throughZooms(page, url, theme, place)));
    await page.screenshot({ path: join(folder, `zooms-${theme.id}.png`) });
  }
  const tiles = await traffic.tiles();
  await page.close();
  return { moves, tiles };
}
