/** The page opened for the first time: a browser of its own each time, with nothing kept. */
import { get } from 'node:http';
import { join } from 'node:path';
import { launch } from '../test/chromium.mjs';
import { Traffic } from './traffic.mjs';

/** How long nothing more may happen, until the map counts as drawn. */
const QUIET_MS = 1_500;

/** Notes when the map says that all is drawn, and when that has come onto the screen: two frames later. */
function noteDrawn() {
  window.drawnAt = [];
  const note = () => {
    if (document.documentElement.dataset.map !== 'idle') {
      window.drawnAt.push(null);
      return;
    }
    requestAnimationFrame(() => requestAnimationFrame(() => window.drawnAt.push(performance.now())));
  };
  new MutationObserver(note).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-map'] });
}

/** Milliseconds from the request for the page until the map is drawn for good, bytes of code, tiles, hosts. */
export async function firstView({ url, folder, watch, viewport }) {
  const browser = await launch();
  try {
    const page = watch.over(await browser.newPage({ viewport, locale: 'vi-VN' }));
    const traffic = new Traffic(page);
    await page.addInitScript(noteDrawn);
    // What the browser does when it has just started is not the page's.
    await page.waitForTimeout(1_500);
    await page.goto(url, { waitUntil: 'commit' });
    const drawn = await page.waitForFunction((quiet) => {
      const last = window.drawnAt?.at(-1);
      return last && performance.now() - last > quiet && performance.getEntriesByType('paint').length > 0 ? last : null;
    }, QUIET_MS, { timeout: 60_000, polling: 250 });
    const tookMs = await drawn.jsonValue();
    await page.screenshot({ path: join(folder, 'first-view.png') });
    const [code, tiles] = [await traffic.code(), await traffic.tiles()];
    // The browser does not tell of a worker's own script how much came: it is asked for once more.
    for (const one of code) if (one.body === 0 && one.path.includes('worker')) one.bytes += await sent(one.url);
    if (tiles.length === 0) throw new Error('the first view has no tile');
    return { tookMs, code, tiles, hosts: traffic.hosts };
  } finally {
    await browser.close();
  }
}

/** Bytes of an answer's body as it is sent to a browser. */
const sent = (url) => new Promise((resolve, reject) => {
  get(url, { headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } }, (answer) => {
    let bytes = 0;
    answer.on('data', (piece) => { bytes += piece.length; });
    answer.on('end', () => (answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url}: ${answer.statusCode}`))));
  }).on('error', reject);
});

/** All files that the page loads in the course of time, whichever tools are opened. */
export async function wholeCode(url, paths) {
  const bytes = await Promise.all(paths.map((path) => sent(new URL(path, url))));
  return bytes.reduce((sum, one) => sum + one, 0);
}
