/** Coordinates at the foot of the map, among the hits of a search, and the tool that measures, used as a person would. */
import assert from 'node:assert';

/** The stand-in server knows no communes by position; one that a stranger named is told here. */
async function communes(page) {
  await page.route('**/at?*', (route) => {
    const [longitude] = new URL(route.request().url()).searchParams.get('point').split(',').map(Number);
    const features = [{ properties: { name_vi: '<b>Xã Mẫu</b>' } }];
    return route.fulfill({ json: { layers: longitude > 106.2 ? [{ layer: 'admin_commune', features }] : [] } });
  });
}

const starts = (page, word) => page.waitForFunction((text) => document.querySelector('.readout-where').textContent === text, word);

async function foot(page, { picture, idle }) {
  const said = page.locator('.readout');
  assert.match(await said.innerText(), /Giữa bản đồ:\s+11,05000° B, 106,20000° Đ\s+VN-2000/);
  assert.match(await page.locator('.readout-plane').innerText(), /^X \(Bắc\) 1\.222\.\d{3} m · Y \(Đông\) 5\d\d\.\d{3} m$/);
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  await page.mouse.move(x + width * 0.6, y + height * 0.6);
  await starts(page, 'Con trỏ:');
  const before = await page.locator('.readout-plane').innerText();
  await page.locator('#foot-zone').selectOption('9209');
  assert.notEqual(await page.locator('.readout-plane').innerText(), before, 'another zone, other numbers');
  assert.equal(await page.evaluate(() => localStorage.getItem('diaban.zone')), '9209', 'the zone is remembered');
  await page.locator('#foot-zone').selectOption('9210');
  await page.locator('.map canvas').focus();
  await page.keyboard.press('ArrowRight');
  await starts(page, 'Giữa bản đồ:');
  await idle(page);
  await picture(page, '30-coordinates-foot');
}

const arrived = (page) => page.waitForURL(/map=17\/10\.55\d*\/106\.4/);

async function search(page, { picture }) {
  const box = page.locator('.search input');
  const hits = page.locator('.hits button');
  await box.fill('570.941,13 1.166.759,41');
  await page.locator('.hits', { hasText: '<b>Xã Mẫu</b>' }).waitFor();
  assert.match(await hits.first().innerText(), /tọa độ X\s1\.166\.759,41 · Y\s570\.941,13/);
  assert.match(await hits.first().innerText(), /kinh tuyến trục 105°45′, múi 3° · hiểu là Y \(Đông\) trước/);
  assert.match(await hits.nth(1).innerText(), /105°30′.*nằm ngoài tỉnh/s);
  assert.equal(await page.locator('.hits b').count(), 0, 'a name stays text');
  await picture(page, '31-coordinates-search');
  await hits.first().click();
  await arrived(page);
  assert.ok(await page.locator('.hits').isHidden());
  await box.fill('21.0285 105.8542');
  await page.locator('.hits', { hasText: 'nằm ngoài tỉnh' }).waitFor();
  await box.fill("10°33'");
  await page.locator('.hits', { hasText: 'Xã Cũ' }).waitFor();
  await box.fill("10°33'00\"B 106°24'00\"Đ");
  await page.locator('.position-hit').waitFor();
  await box.press('Enter');
  await arrived(page);
}

async function measure(page, { picture, idle }) {
  await page.locator('#tool-measure').click();
  await page.locator('.measuring').waitFor();
  await idle(page);
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  const click = (across, down) => page.mouse.click(x + width * across, y + height * down);
  const rows = page.locator('.measure-corners tbody tr');
  for (const [across, down] of [[0.35, 0.3], [0.65, 0.35], [0.6, 0.65]]) {
    await click(across, down);
    await page.waitForTimeout(60);
  }
  assert.equal(await rows.count(), 3);
  assert.match(await page.locator('.measure-figures').innerText(), /Chiều dài đường\s+[\d.,]+ k?m\s+Chu vi.*Diện tích.*(m²|ha)/s);
  assert.ok(await page.locator('.panel').isHidden(), 'clicks are the tool’s own');
  await page.mouse.dblclick(x + width * 0.4, y + height * 0.6);
  assert.equal(await rows.count(), 4, 'a double click is one point');
  assert.ok((await page.locator('.measure').innerText()).includes('Đã kết thúc'));
  await idle(page);
  await picture(page, '33-measure');
  await page.locator('#measure-copy').click();
  await page.locator('.measure-copied:not(:empty)').waitFor();
  await page.locator('#measure-end').click();
  await page.locator('.map canvas').focus();
  await page.keyboard.press('Enter');
  assert.equal(await rows.count(), 5, 'Enter adds the middle of the map');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Backspace');
  assert.equal(await rows.count(), 3, 'Backspace takes the last one back');
  await page.locator('#language-en').click();
  assert.match(await page.locator('.measure').innerText(), /Length of the line.*Area when closed/s);
  await page.locator('input[data-layer="land_use_plan"]').evaluate((one) => one.click());
  await idle(page);
  await picture(page, '34-measure-en');
  await page.locator('#measure-clear').click();
  assert.equal(await rows.count(), 0);
  await page.locator('.drawer').press('Escape');
  assert.ok(await page.locator('.drawer').isHidden());
}

export async function coordinates(page, { url, picture, idle }) {
  const tools = { picture, idle };
  await communes(page);
  await page.goto(`${url}#map=12/11.05/106.2&lang=vi`);
  await idle(page);
  await foot(page, tools);
  await search(page, tools);
  await measure(page, tools);
}
