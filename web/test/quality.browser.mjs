/** Reads how good the layers are, goes from a finding to the map and back, takes the half-year report, as a person would. */
import { strict as assert } from 'node:assert';
import { GOOD_KEY } from './mock_paper.mjs';

const titles = (page) => page.locator('.quality-layers .quality-open').allInnerTexts();
const centre = (page) => page.evaluate(() => /map=[\d.]+\/([\d.]+)\/([\d.]+)/.exec(location.hash)?.slice(1).map(Number));

async function overview(page, { picture }) {
  await page.route('**/quality?*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"detail":"gone"}' }));
  await page.locator('#tool-quality').click();
  await page.locator('.quality-trouble', { hasText: 'cơ sở dữ liệu' }).waitFor();
  await page.unroute('**/quality?*');
  await page.locator('.quality-drawer button', { hasText: 'Thử lại' }).click();
  await page.locator('.quality-layers').waitFor();
  assert.deepEqual((await titles(page)).slice(0, 2), ['Cơ sở giáo dục', 'Đường bộ hiện trạng'], 'the worst first');
  assert.equal((await titles(page)).at(-1), 'Khu công nghiệp');
  const school = page.locator('.quality-layer', { hasText: 'Cơ sở giáo dục' });
  const said = await school.locator('.quality-words').innerText();
  for (const part of ['97,5%', '94%', '78%', '≤ 80%', 'Chưa đạt, tốt lên so với lần trước', 'Chưa đạt, kém đi so với lần trước']) {
    assert.ok((await school.locator('.quality-words').textContent()).includes(part), `${part} in ${said}`);
  }
  assert.ok((await page.locator('.quality-summary').innerText()).includes('7 lớp: 2 chưa đạt, 2 chưa kiểm tra, 1 chưa đủ số liệu, 2 đạt'));
  assert.ok((await page.locator('.quality-command code').first().innerText()).includes('diaban check'), 'what to do is said');
  await picture(page, '60-quality-vi');
  await page.locator('#quality-agency').selectOption('soxaydung');
  assert.equal((await titles(page)).length, 3, 'the agency’s own list');
  assert.match(page.url(), /qa=soxaydung/);
  await page.locator('#quality-agency').selectOption('all');
  const [report] = await Promise.all([page.waitForEvent('popup'), page.locator('#quality-half-page').click()]);
  await report.locator('h1', { hasText: 'Báo cáo dữ liệu 6 tháng' }).waitFor();
  await report.close();
}

async function findings(page, { picture, idle }) {
  await page.locator('#quality-of-school').press('Enter');
  await page.locator('.quality-findings tbody tr').first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cơ sở giáo dục', 'the focus is on the layer');
  assert.equal(await page.locator('.quality-findings tbody tr').count(), 50);
  assert.ok((await page.locator('.quality-findings').innerText()).includes('giữ 74 trong 816'));
  assert.equal(await page.locator('.quality-findings img').count(), 0, 'a hostile text is a text');
  await picture(page, '61-quality-layer-vi');

  await page.locator('#quality-measure').selectOption('text_consistency');
  const row = page.locator('.quality-findings tbody tr').nth(6);
  await row.locator('button').click();
  await idle(page);
  const [latitude, longitude] = await centre(page);
  assert.ok(Math.abs(longitude - (105.75 + ((6 * 0.618) % 1) * 0.9)) < 0.001 && Math.abs(latitude - (10.55 + ((6 * 0.377) % 1) * 1.05)) < 0.001, 'the map has gone there');
  assert.ok((await page.locator('.quality-chosen').innerText()).includes('phát hiện 7 trong 70'));
  await picture(page, '62-quality-finding-vi');
  await page.locator('#quality-next').click();
  await page.locator('#quality-next').press('Enter');
  assert.equal(await page.locator('tr[aria-current] button').innerText(), 'Đối tượng 9');
  await idle(page);
  // Of all measures again, nothing is chosen; a dot on the map is pressed, and its row is.
  await page.locator('#quality-measure').selectOption('');
  assert.equal(await page.locator('tr[aria-current]').count(), 0);
  await idle(page);
  const { x, y, width, height } = await page.locator('.map canvas').boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.waitForFunction(() => document.querySelector('tr[aria-current] button')?.textContent === 'Đối tượng 9');
  assert.equal(await page.locator('.panel-open').count(), 0, 'the dot’s row, and nothing else');
  await page.locator('.quality-chosen button', { hasText: 'Thông tin đối tượng' }).click();
  await page.locator('.panel-open').waitFor();
  await picture(page, '63-quality-feature-vi');
}

/** The link brings the layer back; an agency that comes with its key finds its own list. */
async function ownList(page, { url, picture, idle }) {
  const link = page.url();
  await page.locator('#language-en').click();
  await page.locator('#quality-back', { hasText: 'All layers' }).waitFor();
  await picture(page, '64-quality-layer-en');
  await page.evaluate((key) => sessionStorage.setItem('diaban.key', key), GOOD_KEY);
  await page.route('**/quality?*', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"detail":"gone"}' }));
  await page.goto(`${url}?own${new URL(link).hash.replace(/&qa=[^&]*/, '')}`);
  await page.locator('.quality-trouble').waitFor();
  await page.unroute('**/quality?*');
  await page.locator('.quality-drawer [role=alert] button').click();
  await page.locator('.quality-findings tbody tr').first().waitFor();
  await page.locator('#quality-back').click();
  assert.equal(await page.locator('#quality-agency option').first().innerText(), 'Sở Xây dựng – cơ quan của bạn (3 lớp)');
  assert.deepEqual((await titles(page)).length, 3, 'its own list first');
  await page.locator('#quality-of-road_segment').press('Enter');
  await page.locator('#quality-back').press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'quality-of-road_segment', 'back where one was');
  const [taken] = await Promise.all([page.waitForEvent('download'), page.locator('#quality-half-sheet').click()]);
  assert.match(taken.suggestedFilename(), /^bao-cao-20\d\d-H[12]\.xlsx$/);
  await page.setViewportSize({ width: 390, height: 780 });
  await idle(page);
  await picture(page, '65-quality-phone-vi');
  await page.evaluate(() => sessionStorage.clear());
}

export async function quality(page, tools) {
  await overview(page, tools);
  await findings(page, tools);
  await ownList(page, tools);
  await page.close();
}
