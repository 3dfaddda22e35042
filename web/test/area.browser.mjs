/** Asks about areas as a planner would: a commune, a drawing, pasted corners, a file, a link. */
import { strict as assert } from 'node:assert';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOSTILE_NAME } from './mock_data.mjs';

const title = (page) => page.locator('#area-report-title');

async function reported(page, words) {
  await title(page).waitFor();
  await page.waitForFunction((wanted) => document.querySelector('#area-report-title')?.textContent.includes(wanted), words);
}

async function units(page, { picture, idle }) {
  await page.locator('#tool-area').click();
  await page.locator('#area-unit').fill('duc hoa');
  const found = page.locator('.area-unit');
  await found.first().waitFor();
  assert.ok((await found.last().innerText()).includes('đến trước 01/07/2025'));
  await picture(page, 'area-1-units-vi');
  await found.last().click();
  await reported(page, 'Đức Hòa Thượng');
  assert.ok(page.url().includes('area=commune:27943@2025-06-30'), page.url());
  const report = page.locator('.area-report');
  assert.ok((await report.innerText()).includes('345,68 ha'));
  assert.ok((await report.innerText()).includes('Dữ liệu mẫu'));
  const told = await report.evaluate((one) => one.textContent);
  assert.ok(told.includes('Dữ liệu đến30/11/2026') && told.includes('Thay đổi gần nhất: 29/11/2026'), 'days are those of Vietnam');
  assert.equal(await page.locator('#area-layer-land_use_plan .area-chart tbody tr').count(), 3);
  await idle(page);
  await picture(page, 'area-2-report-vi');
  await page.locator('#language-en').click();
  await reported(page, 'Report: ');
  assert.ok((await report.innerText()).includes('345.68 ha'));
  await page.locator('#language-vi').click();

  // A row leads to its feature, whatever that is called.
  await page.locator('#area-layer-industrial_park > summary').click();
  const row = page.locator('#area-layer-industrial_park .area-link').first();
  assert.equal(await row.innerText(), HOSTILE_NAME);
  await row.click();
  await page.locator('.panel .card[data-layer="industrial_park"]').waitFor();
  await idle(page);
  await picture(page, 'area-3-feature-vi');
  await page.locator('.panel').press('Escape');
  assert.equal(await page.locator('.drawer img').count(), 0);

  await anotherDay(page);

  // The commune at a click.
  await page.getByRole('button', { name: 'Đưa bản đồ về vùng' }).click();
  await idle(page);
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  await page.mouse.click(x + width * 0.5, y + height * 0.5);
  await page.waitForFunction(() => !document.querySelector('#area-report-title')?.textContent.includes('Thượng'));
  assert.ok(/area=commune:27\d+@/.test(page.url()), page.url());
}

/** What was drawn stays on the map when the answer is stopped, and when it does not come. */
async function drawingIsKept(page) {
  const [ask, again] = ['.area-form .area-primary', '.area-form .area-secondary'].map((one) => page.locator(one));
  const isThere = async (why) => {
    await again.waitFor({ timeout: 5_000 }).catch(() => assert.fail(why));
    assert.ok((await page.locator('.area-how').innerText()).includes('Đã vẽ xong'), why);
  };
  await page.route('**/report*', () => {});
  await ask.click();
  await page.locator('#area-cancel').click();
  assert.ok((await page.locator('.area-status').innerText()).includes('Vùng đã chọn vẫn còn'));
  await page.waitForTimeout(300);
  await isThere('the drawing is kept when the answer is stopped');
  await page.unroute('**/report*');
  await page.route('**/report*', (route) => route.fulfill({ status: 503, body: '{}' }));
  await ask.click();
  await page.locator('.area-trouble-box').waitFor();
  await page.waitForTimeout(300);
  await isThere('the drawing is kept when the answer fails');
  await page.unroute('**/report*');
}

/** The day of an open report is asked for when it has been said, not while it is being typed. */
async function anotherDay(page) {
  const day = page.locator('#area-day');
  const asked = [];
  const hear = (request) => request.url().includes('/report?') && asked.push(new URL(request.url()).searchParams.get('datetime'));
  page.on('request', hear);
  await day.fill('01/07/2025');
  await page.waitForTimeout(150);
  assert.deepEqual(asked, [], 'a day that is being typed is not asked for');
  await day.press('Enter');
  await page.waitForFunction(() => document.querySelector('.area-report')?.textContent.includes('01/07/2025'));
  assert.ok(page.url().includes('day=2025-07-01'));
  await day.fill('');
  await page.waitForTimeout(150);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'area-day', 'an empty field stays under the hand');
  assert.equal(asked.length, 1);
  await page.getByRole('button', { name: 'Sao chép liên kết' }).click();
  await page.waitForFunction(() => !location.hash.includes('day='));
  assert.deepEqual(asked, ['2025-07-01', null]);
  page.off('request', hear);
}

async function drawing(page, { picture, idle }) {
  await page.locator('#area-new').click();
  assert.ok(!page.url().includes('area=commune'));
  await page.locator('label[for="area-way-draw"]').click();
  await page.locator('#area-kind-polygon').waitFor({ state: 'attached' });
  await page.waitForTimeout(500);
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  for (const [across, down] of [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.6]]) {
    await page.mouse.move(x + width * across, y + height * down, { steps: 3 });
    await page.mouse.click(x + width * across, y + height * down);
    await page.waitForTimeout(60);
  }
  await page.locator('.area-form .area-primary').waitFor();
  await idle(page);
  await picture(page, 'area-4-drawn-vi');
  await drawingIsKept(page);
  await page.locator('.area-form .area-primary').click();
  await reported(page, 'Vùng vẽ');
  assert.ok(page.url().includes('area=POLYGON'), page.url());
  const link = page.url();
  await pastedLink(page);
  await page.reload();
  await reported(page, 'Vùng vẽ');
  assert.equal(page.url(), link, 'a link asks the same again');

  await page.locator('#area-new').click();
  await page.locator('label[for="area-kind-circle"]').click();
  await page.waitForTimeout(400);
  await page.mouse.click(x + width * 0.5, y + height * 0.5);
  await page.mouse.move(x + width * 0.6, y + height * 0.5, { steps: 4 });
  await page.mouse.click(x + width * 0.6, y + height * 0.5);
  await page.locator('#area-metres').fill('1.500');
  await page.locator('#area-metres').press('Tab');
  await page.locator('.area-form .area-primary').click();
  await reported(page, '1,5 km');
}

async function corners(page, { picture }) {
  await page.locator('#area-new').click();
  await page.locator('label[for="area-way-corners"]').click();
  const text = page.locator('#area-corners');
  await text.fill('1\t1165000,00\t554000,00\n2\t1165500,00');
  await page.locator('[data-kind="oneNumber"]').waitFor();
  assert.ok((await page.locator('.area-told').innerText()).includes('Dòng 2'));
  assert.ok((await page.locator('[data-kind="tooFew"]').innerText()).includes('3 góc'));
  await text.fill('Kinh tuyến trục: xem bản đồ\n1\t1165000\t554000\n2\t1165500\t554000\n3\t1165500\t554600');
  await page.locator('[data-kind="unreadMeridian"]').waitFor();
  assert.ok((await page.locator('[data-kind="unreadMeridian"]').innerText()).includes('Đang dùng 105°45′, múi 3°'));
  await text.fill("Kinh tuyến trục 105°30'\n1\t554000,00\t1195000,00\n2\t554000,00\t1195500,00\n3\t554600,00\t1195500,00");
  await page.locator('[data-kind="saidMeridian"]').waitFor();
  assert.ok((await page.locator('.area-understood').innerText()).includes('15 ha'));
  assert.equal(await page.locator('#area-plane').inputValue(), '9209');
  await picture(page, 'area-5-corners-vi');
  await page.locator('.area-form .area-primary').click();
  await reported(page, 'tọa độ góc');
  await page.locator('#area-new').click();
  assert.ok((await text.inputValue()).startsWith('Kinh tuyến trục'), 'what was typed is kept');
}

/** A file that is corrected on the disk must be chosen again, and can be. */
async function correctedFile(page) {
  const path = join(await mkdtemp(join(tmpdir(), 'area-')), 'sua.geojson');
  await writeFile(path, '{"type":"Polygon"}');
  await page.route('**/report*', (route) => route.fulfill({ status: 503, body: '{}' }));
  await page.locator('#area-file').setInputFiles(path);
  await page.locator('.area-trouble-box', { hasText: 'bận' }).waitFor();
  await page.unroute('**/report*');
  assert.equal(await page.locator('#area-file').inputValue(), '', 'the same name can be chosen again');
  await page.waitForTimeout(1_100);
  await writeFile(path, '{"type":"Polygon","corrected":true}');
  await page.locator('.area-form .area-primary').click();
  await page.locator('.area-trouble-box', { hasText: 'Tệp đã thay đổi' }).waitFor();
  assert.equal(await page.locator('.area-trouble-box button').count(), 0);
  await page.locator('#area-file').setInputFiles(path);
  await reported(page, 'sua.geojson');
  await page.locator('#area-new').click();
}

/** A link that somebody pastes is followed where it asks of the same area for another day, or for other layers. */
async function pastedLink(page) {
  const said = (change) => page.evaluate((values) => {
    const hash = new URLSearchParams(location.hash.slice(1));
    for (const [key, value] of Object.entries(values)) value === null ? hash.delete(key) : hash.set(key, value);
    location.hash = String(hash);
  }, change);
  await said({ day: '2025-08-01' });
  await page.waitForFunction(() => document.querySelector('.area-report')?.textContent.includes('01/08/2025'));
  assert.equal(await page.locator('#area-day').inputValue(), '01/08/2025');
  await said({ day: null, only: '1' });
  await page.waitForFunction(() => document.querySelector('#area-only')?.checked && document.querySelector('.area-report')?.textContent.includes('30/11/2026'));
  await said({ only: null });
  await page.waitForFunction(() => document.querySelector('#area-only')?.checked === false);
}

async function file(page, { picture }) {
  await page.locator('label[for="area-way-file"]').click();
  await correctedFile(page);
  await page.locator('#area-file').setInputFiles({ name: 'lon.geojson', mimeType: 'application/json', buffer: Buffer.alloc(9 * 1024 * 1024, 32) });
  await page.locator('.area-way .area-trouble').waitFor();
  assert.ok((await page.locator('.area-way .area-trouble').innerText()).includes('9 MB'));
  await page.locator('#area-file').setInputFiles({ name: 'vung.geojson', mimeType: 'application/json', buffer: Buffer.from('{"type":"Polygon"}') });
  await reported(page, 'vung.geojson');
  assert.ok(page.url().includes('area=corners:9210:'), 'the ground of a file has a link');
  await page.locator('#tool-area').click();
  await page.locator('.drawer').waitFor({ state: 'hidden' });
  await page.locator('#tool-area').click();
  await reported(page, 'vung.geojson');
  assert.ok(page.url().includes('area=corners:9210:'), 'and has it again when the report is opened again');
  await page.locator('label[for="area-only"]').click();
  await reported(page, 'vung.geojson');
  assert.ok(page.url().includes('only=1'));
  await picture(page, 'area-6-file-vi');
  await page.route('**/report*', (route) => route.fulfill({ status: 503, body: '{}' }));
  await page.locator('label[for="area-only"]').click();
  await page.locator('.area-trouble-box').waitFor();
  assert.ok((await page.locator('.area-trouble-box').innerText()).includes('bận'), 'a busy server is told in plain words');
  await page.unroute('**/report*');
  await page.route('**/report*', () => {});
  await page.locator('.area-form .area-primary').click();
  await page.locator('.area-wait .area-hint').filter({ hasText: 'giây' }).waitFor();
  await picture(page, 'area-7-waiting-vi');
  await page.locator('#area-cancel').click();
  assert.ok((await page.locator('.area-status').innerText()).includes('Đã dừng'));
  await page.unroute('**/report*');
  await page.locator('.drawer .panel-header button').click();
  assert.ok(!page.url().includes('area='));
  assert.ok(await page.locator('.drawer').isHidden());
}

/** All of it; `tools` are `url`, `picture` and `idle`. */
export async function area(page, tools) {
  await page.goto(`${tools.url}#map=9.5/11.05/106.2&layers=admin_commune,industrial_park&lang=vi`);
  await tools.idle(page);
  await units(page, tools);
  await drawing(page, tools);
  await corners(page, tools);
  await file(page, tools);
}
