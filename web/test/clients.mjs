/**
 * Opens the examples of docs/clients in headless Chromium, as a reader does who has put that folder on a web server
 * of his own, and tells as JSON what is to be seen of each.
 *
 * Usage: node test/clients.mjs FOLDER NAME=VALUE...
 * Constants of the examples (SERVER, KEY, LAYER ...) become what is said. FOLDER is where pictures go. The libraries
 * are those of node_modules. CHROMIUM names another browser.
 */
import { strict as assert } from 'node:assert';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const EXAMPLES = ['maplibre', 'openlayers', 'leaflet'];
/** Colours of the examples, red, green and blue: of the layer, and of the features of the box. */
const COLOURS = { areas: [0xc2, 0x41, 0x0c], points: [0x1d, 0x4e, 0xd8] };
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.png': 'image/png' };
const BROWSER_ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
  '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage',
];

const [folder, ...settings] = process.argv.slice(2);
const constants = settings.map((setting) => /^(\w+)=(.*)$/.exec(setting).slice(1));
const server = new URL(constants.find(([name]) => name === 'SERVER')[1]).host;

/** The example as a reader changes it: other values of its constants, all else as it stands. */
function changed(example) {
  return constants.reduce((text, [name, value]) => {
    const line = new RegExp(`^const ${name} = (["']).*?\\1;`, 'm');
    assert.match(text, line, `the example has a constant ${name}`);
    return text.replace(line, () => `const ${name} = ${JSON.stringify(value)};`);
  }, example);
}

/** docs/clients and node_modules on an address of their own. */
async function readersServer() {
  const place = (path) => new URL(path, import.meta.url);
  const listening = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://reader').pathname));
    const file = path.startsWith('/node_modules/') ? place(`..${path}`) : place(`../../docs/clients${path}`);
    try {
      const bytes = await readFile(file);
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.end(extname(path) === '.html' ? changed(bytes.toString()) : bytes);
    } catch (error) {
      response.statusCode = path === '/favicon.ico' ? 204 : 404;
      response.end(String(error));
    }
  });
  await new Promise((ready) => listening.listen(0, '127.0.0.1', ready));
  return listening;
}

/** How many pixels of a picture have each of the colours. */
function counted(eye, picture) {
  return eye.evaluate(async ([data, colours]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data: pixels } = context.getImageData(0, 0, image.width, image.height);
    const counts = Object.fromEntries(Object.keys(colours).map((name) => [name, 0]));
    for (let at = 0; at < pixels.length; at += 4) {
      for (const [name, colour] of Object.entries(colours)) {
        if (colour.every((wanted, i) => Math.abs(pixels[at + i] - wanted) <= 2)) counts[name] += 1;
      }
    }
    return counts;
  }, [picture.toString('base64'), COLOURS]);
}

async function seen(browser, eye, origin, name) {
  const page = await browser.newPage({ viewport: { width: 800, height: 600 }, locale: 'vi-VN' });
  const [complaints, strangers, asked] = [[], [], []];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  // Of workers, too.
  page.context().on('request', (request) => {
    const url = new URL(request.url());
    if (request.method() === 'OPTIONS') return;
    if (url.host === server) asked.push({ path: url.pathname + url.search, key: request.headers()['x-api-key'] ?? null });
    else if (/^https?:$/.test(url.protocol) && url.host !== new URL(origin).host) strangers.push(request.url());
  });
  await page.goto(`${origin}/${name}.html`);
  await page.waitForFunction(() => document.getElementById('told').textContent !== '', null, { timeout: 30_000 });
  let picture = await page.screenshot();
  for (let same = 0, looks = 0; same < 3 && looks < 60; looks += 1) {
    await page.waitForTimeout(300);
    const next = await page.screenshot();
    same = next.equals(picture) ? same + 1 : 0;
    picture = next;
  }
  await page.screenshot({ path: join(folder, `${name}.png`) });
  const [told, text] = [await page.locator('#told').innerText(), await page.locator('#map').innerText()];
  await page.close();
  return { name, told, text, ...(await counted(eye, picture)), complaints, strangers, asked };
}

await mkdir(folder, { recursive: true });
const listening = await readersServer();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: BROWSER_ARGUMENTS,
});
try {
  const eye = await browser.newPage();
  const all = [];
  for (const name of EXAMPLES) all.push(await seen(browser, eye, `http://127.0.0.1:${listening.address().port}`, name));
  console.log(JSON.stringify(all));
} finally {
  await browser.close();
  listening.close();
}
