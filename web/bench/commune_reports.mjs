/** From a click on a commune to its report on the screen. */
import { join } from 'node:path';
import { idle } from '../test/chromium.mjs';
import { findMap } from './map_engine.mjs';

/** Notes when the map was clicked, and when the report of `window.awaited` was on the screen: two frames after it was written. */
function noteReports() {
  window.addEventListener('click', (event) => {
    if (event.target instanceof HTMLCanvasElement) window.clickedAt = event.timeStamp;
  }, true);
  const look = () => {
    const isThere = window.awaited && document.querySelector('#area-report-title')?.textContent.includes(window.awaited);
    if (!isThere || window.reportedAt) return;
    window.reportedAt = -1;
    requestAnimationFrame(() => requestAnimationFrame(() => { window.reportedAt = performance.now(); }));
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

const inside = ([x, y], ring) => ring.reduce((within, [ax, ay], at) => {
  const [bx, by] = ring[(at + 1) % ring.length];
  return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !within : within;
}, false);

/** The middle of a ring, by its area. */
function middle(ring) {
  let [sum, x, y] = [0, 0, 0];
  ring.forEach(([ax, ay], at) => {
    const [bx, by] = ring[(at + 1) % ring.length];
    const cross = ax * by - bx * ay;
    [sum, x, y] = [sum + cross, x + (ax + bx) * cross, y + (ay + by) * cross];
  });
  return [x / (3 * sum), y / (3 * sum)];
}

/** Communes of today, each with a position that lies in it. */
export async function communes(url) {
  const day = new Date().toISOString().slice(0, 10);
  const answer = await fetch(new URL(`/collections/admin_commune/items?limit=1000&datetime=${day}&f=json`, url));
  const { features } = await answer.json();
  return features.flatMap(({ properties, geometry }) => {
    const [ring] = geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates[0];
    const at = middle(ring);
    return inside(at, ring) ? [{ name: properties.name_vi, at }] : [];
  });
}

/** Milliseconds for each of the communes, on one page. */
export async function communeReports(browser, { url, folder, watch, viewport }, chosen) {
  const page = watch.over(await browser.newPage({ viewport, locale: 'vi-VN' }));
  await page.addInitScript(noteReports);
  await page.goto(`${url}#lang=vi&tool=area`);
  await page.locator('#area-unit').waitFor();
  await idle(page);
  await findMap(page);
  const took = [];
  for (const { name, at } of chosen) {
    await page.locator('.map-buttons button').last().click();
    await idle(page);
    // What lies under the bar of tools cannot be clicked: the commune comes to the middle.
    await page.evaluate((center) => window.measuredMap.jumpTo({ center }), at);
    await idle(page);
    const box = await page.locator('.map').boundingBox();
    const { x, y } = await page.evaluate((position) => window.measuredMap.project(position), at);
    await page.evaluate((awaited) => Object.assign(window, { awaited, clickedAt: null, reportedAt: null }), name);
    await page.mouse.click(box.x + x, box.y + y);
    const done = await page.waitForFunction(() => (window.reportedAt > 0 ? window.reportedAt - window.clickedAt : null), null, { timeout: 30_000, polling: 50 });
    took.push(await done.jsonValue());
    await idle(page);
  }
  await page.screenshot({ path: join(folder, 'commune-report.png') });
  await page.close();
  return took;
}
