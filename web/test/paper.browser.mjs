/** Prints a sheet, takes files away, signs in with a key and out again, as a person would. */
import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { collections } from './mock_data.mjs';
import { AGENCY, EXPIRED_KEY, GOOD_KEY } from './mock_paper.mjs';

/** Sizes of a PDF's pages, in millimetres. */
export function pagesOf(pdf) {
  let text = pdf.toString('latin1');
  // Objects may be packed into compressed streams.
  for (const [, packed] of text.matchAll(/\/ObjStm[^]*?stream\r?\n([^]*?)endstream/g)) {
    text += inflateSync(Buffer.from(packed, 'latin1'), { finishFlush: 2 }).toString('latin1');
  }
  return [...text.matchAll(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/g)].map(([, w, h]) => [w, h].map((pt) => Math.round((pt * 25.4) / 72)));
}

async function preview(page) {
  await page.locator('.print-preview .sheet').waitFor();
  await page.waitForFunction(
    () => !document.querySelector('.print-preview').hasAttribute('aria-busy') && document.querySelector('#print-status').textContent !== '',
  );
}

/** How many different colours the sheet's map has: an empty one has one or two. */
const coloursOnSheet = (page, sheet) =>
  page.locator(`${sheet} .sheet-map img`).evaluate(async (image) => {
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const seen = new Set();
    for (let x = 5; x < canvas.width; x += 23) {
      for (let y = 5; y < canvas.height; y += 23) seen.add(context.getImageData(x, y, 1, 1).data.join());
    }
    return { colours: seen.size, width: image.naturalWidth };
  });

async function print(page, { picture, url, idle }) {
  // The window of the browser would stand in the way; the sheet stays laid out until it has been looked at.
  await page.evaluate(() => {
    window.print = () => document.documentElement.setAttribute('data-printed', '');
  });
  await page.goto(`${url}#map=11/11.05/106.2&lang=vi`);
  await idle(page);
  await page.locator('#tool-print').click();
  await page.locator('#print-title').waitFor();
  assert.ok(await page.locator('.print-outline').isVisible(), 'the map shows the frame');
  await page.locator('#print-title').fill('Quy hoạch <b>xã</b> Đức Hòa');
  await page.locator('#print-scale').selectOption('100000');
  await page.locator('#print-paper').selectOption({ label: 'A4 dọc' });
  await page.waitForFunction(() => document.querySelector('.print-preview .sheet[data-turn="portrait"]'));
  await preview(page);
  await picture(page, '20-print-vi');
  await page.locator('#print-start').click();
  await page.waitForSelector('html[data-printed]', { timeout: 120_000, state: 'attached' });

  const sheet = page.locator('.print-sheet .sheet');
  const said = await sheet.evaluate((node) => node.textContent);
  for (const part of ['<b>xã</b>', '1:100\u00a0000', 'Dữ liệu mẫu tổng hợp', 'Chú giải', 'Số liệu đến', '° B, ', 'MapLibre']) {
    assert.ok(said.includes(part), `the sheet says ${part}`);
  }
  const { colours, width } = await coloursOnSheet(page, '.print-sheet');
  assert.ok(colours > 8, 'the map is on the sheet');
  assert.equal(width, Math.round((190 / 25.4) * 200), '200 dots to the inch');
  await page.emulateMedia({ media: 'print' });
  await picture(page, '27-sheet-vi');
  await page.emulateMedia({ media: null });
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  assert.deepEqual(pagesOf(pdf), [[210, 297]], 'one page of A4, and nothing else of the page');

  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  await page.locator('#print-paper').selectOption({ label: 'A3 ngang' });
  await page.locator('#language-en').click();
  await page.waitForFunction(() => document.querySelector('.print-preview .sheet[data-paper="a3"]'));
  await preview(page);
  await picture(page, '21-print-en');
  assert.deepEqual(pagesOf(await page.pdf({ preferCSSPageSize: true })), [[420, 297]], 'the browser’s own command prints the sheet');
  await page.locator('#print-title').press('Escape');
  await page.locator('#language-vi').click();
  assert.equal(await page.locator('.print-outline, .print-sheet, .print-canvas').count(), 0, 'nothing is left of it');
}

async function download(page, { picture, url, idle }) {
  await page.goto(`${url}#map=11/11.05/106.2&lang=vi`);
  await idle(page);
  await page.locator('#tool-download').click();
  await page.locator('#download-layer').selectOption('school');
  const whole = collections.get('school').features.length;
  await page.waitForFunction((count) => document.querySelector('.download-number').textContent.includes(count), String(whole));
  await page.locator('#download-form-geojson').check();
  await picture(page, '22-download-vi');
  const [taken] = await Promise.all([page.waitForEvent('download'), page.locator('#download-start').click()]);
  assert.equal(taken.suggestedFilename(), 'school.geojson');
  assert.equal(JSON.parse(await readFile(await taken.path(), 'utf8')).features.length, whole);
  await page.waitForFunction(() => document.querySelector('#download-answer').textContent.includes('school.geojson'));

  await page.locator('#download-part-view').check();
  await page.waitForFunction((count) => !document.querySelector('.download-number').textContent.includes(count), String(whole));
  await page.locator('#download-form-csv').check();
  const asked = page.waitForRequest(/\/download\?/);
  await page.locator('#download-start').click();
  assert.match((await asked).url(), /bbox=.*f=csv&geometry=lonlat/);

  await page.route('**/download?*', (route) =>
    route.fulfill({ status: 429, headers: { 'retry-after': '7' }, contentType: 'application/problem+json', body: '{"detail":"too many"}' }));
  await page.waitForFunction(() => document.querySelector('#download-start').textContent === 'Tải tệp');
  await page.locator('#download-start').click();
  await page.waitForFunction(() => document.querySelector('#download-answer.wrong')?.textContent.includes('7 giây'));
  await picture(page, '23-download-refused-vi');
  await page.unroute('**/download?*');
}

/** What the map shows of a filtered layer is what matches; it is said, and can be left out. */
async function downloadFiltered(page, { url, idle }) {
  const whole = collections.get('school').features.length;
  const filter = encodeURIComponent(JSON.stringify({ school: ['and', ['level', 'anyOf', 'primary']] }));
  // A page of its own, not a step from one to the next.
  await page.goto('about:blank');
  await page.goto(`${url}#map=9.5/11.05/106.2&layers=school&flt=${filter}&lang=vi`);
  await idle(page);
  await page.locator('#tool-download').click();
  const number = (count) => page.waitForFunction((text) => document.querySelector('.download-number')?.textContent.includes(text), String(count));
  await number(whole);
  assert.equal(await page.locator('#download-filter').count(), 0, 'the whole layer is the whole layer');
  await page.locator('#download-part-view').check();
  await number(40);
  assert.ok((await page.locator('.download label', { has: page.locator('#download-filter') }).innerText()).includes('Cấp học là Tiểu học'));
  await page.locator('#download-form-csv').check();
  const asked = page.waitForRequest(/\/download\?/);
  await page.locator('#download-start').click();
  assert.match(new URL((await asked).url()).searchParams.get('filter'), /level.*primary/);
  await page.locator('#download-filter').uncheck();
  await page.waitForFunction(() => !document.querySelector('.download-number').textContent.includes('40'));
}

/** The map's foot says that data are old, and that a layer is not shown whole; and no more when both are over. */
async function remarks(page, { picture, idle }) {
  const tiles = '**/tiles/road_segment/*/*/*';
  const roads = page.locator('label[for="switch-road_segment"]');
  await page.route(tiles, async (route) => {
    const response = await route.fetch();
    const said = { 'diaban-dropped': 'road_segment=3/9', 'diaban-data-as-of': '2026-11-30T01:00:00Z' };
    await route.fulfill({ response, headers: { ...response.headers(), ...said } });
  });
  await roads.click();
  await roads.click();
  const foot = (part) => page.waitForFunction((text) => document.querySelector('.map-remarks').innerText.includes(text), part);
  await foot('Chưa hiện hết: Đường bộ');
  await foot('Số liệu đến 08:00, 30/11/2026');
  await picture(page, '28-remarks-vi');
  await page.unroute(tiles);
  await roads.click();
  await roads.click();
  await page.waitForFunction(() => document.querySelector('.map-remarks').innerText === '');
  await idle(page);
}

async function account(page, { picture, idle }) {
  await page.locator('#tool-account').click();
  const type = async (key) => {
    await page.locator('#account-key').fill(key);
    await page.locator('#account-key').press('Enter');
  };
  const answered = (part) => page.waitForFunction((text) => document.querySelector('#account-answer.wrong')?.textContent.includes(text), part);
  await type('khóa của tôi');
  await answered('không dấu');
  await type('diaban_123');
  await answered('64 ký tự');
  await type(EXPIRED_KEY);
  await answered('01/11/2026');
  await picture(page, '24-account-vi');

  const withKey = page.waitForRequest((request) => /\/tiles\/.*\/\d+\//.test(request.url()) && request.headers()['x-api-key'] === GOOD_KEY);
  await type(` ${GOOD_KEY}\n`);
  await withKey;
  await page.locator('.signed-in').waitFor();
  await idle(page);
  assert.ok((await page.locator('.signed-in').innerText()).includes(AGENCY));
  await picture(page, '25-signed-in-vi');

  const gone = { status: 401, contentType: 'application/problem+json', body: '{"detail":"this API key, number 12, was revoked on 2026-11-30; ask for a new one"}' };
  await page.route(/\/(tiles|catalog|collections)/, (route) => route.fulfill(gone));
  await page.locator('.map-buttons button').first().click();
  const notice = page.locator('.notice[data-kind="session"]');
  await notice.waitFor();
  assert.ok((await notice.innerText()).includes('thu hồi ngày 30/11/2026'));
  await picture(page, '26-session-lost-vi');
  await page.unroute(/\/(tiles|catalog|collections)/);
  await notice.locator('button').first().click();
  await page.waitForFunction(() => !document.querySelector('.signed-in') && document.querySelector('#tool-account'));
  await idle(page);
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'the key is forgotten');
}

export async function paper(page, tools) {
  await print(page, tools);
  await download(page, tools);
  await remarks(page, tools);
  await account(page, tools);
  await downloadFiltered(page, tools);
  await page.close();
}
