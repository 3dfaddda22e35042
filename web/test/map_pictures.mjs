/**
 * Pictures of each theme of the map for docs/maps, by day and in the dark, in front of a server with the sample.
 *
 * Usage: node test/map_pictures.mjs URL [FOLDER]. CHROMIUM names another browser.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const docs = fileURLToPath(new URL('../../docs/maps', import.meta.url));
const [url, folder = docs] = process.argv.slice(2);
if (!url) {
  console.error('Usage: node test/map_pictures.mjs URL [FOLDER]');
  process.exit(1);
}

/** The whole province, a town and the villages around it, and the middle of that town. */
const PLACES = { z8: '8.4/11.02/106.2', z12: '12/10.54/106.42', z16: '16/10.5308/106.43' };
const SIZE = { width: 1200, height: 760 };

/** A picture in WebP: the browser itself makes it. */
async function asWebp(page, png) {
  const address = await page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.7);
  }, png.toString('base64'));
  return Buffer.from(address.split(',')[1], 'base64');
}

const styles = await (await fetch(`${url}/styles/map`)).json();
const themes = [null, ...styles.metadata['diaban:themes'].map(({ id }) => id)];
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--enable-unsafe-swiftshader', '--disable-dev-shm-usage'],
});
for (const colorScheme of ['light', 'dark']) {
  const context = await browser.newContext({ viewport: SIZE, locale: 'vi-VN', colorScheme });
  const [page, blank] = [await context.newPage(), await context.newPage()];
  for (const theme of themes) {
    for (const [zoom, place] of Object.entries(PLACES)) {
      // Another document first: a change behind `#` alone would be followed by the page that is there.
      await page.goto('about:blank');
      await page.goto(`${url}/#map=${place}&lang=vi${theme ? `&theme=${theme}` : ''}`);
      await page.waitForTimeout(400);
      await page.waitForFunction(() => document.documentElement.dataset.map === 'idle', null, { timeout: 60_000 });
      await page.waitForTimeout(300);
      const picture = await asWebp(blank, await page.screenshot());
      await writeFile(join(folder, `${theme ?? 'map'}-${zoom}-${colorScheme}.webp`), picture);
      console.log(`${theme ?? 'map'}-${zoom}-${colorScheme}: ${Math.round(picture.length / 1000)} KB`);
    }
  }
  await context.close();
}
await browser.close();
