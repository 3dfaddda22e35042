/** Arranges the layers, filters one, and compares two maps, as a person would on the stand-in server. */
import { strict as assert } from 'node:assert';

const canvas = (page) => page.locator('.map canvas').first();

async function arrange(page, { picture, idle }) {
  await page.locator('#tool-drawn').click();
  const rows = page.locator('.drawn-row');
  await rows.first().waitFor();
  const order = () => rows.evaluateAll((all) => all.map((row) => row.dataset.layer));
  const before = await order();
  assert.ok(before.length > 3, 'the layers that are on are listed');
  assert.ok(before.indexOf('school') < before.indexOf('road_segment'), 'in the order in which they are drawn');
  assert.ok(await page.locator(`#drawn-up-${before[0]}`).isDisabled());
  await picture(page, '20-drawn-vi');

  const first = await canvas(page).screenshot();
  for (let at = before.indexOf('land_use_plan'); at > 0; at -= 1) await page.locator('#drawn-up-land_use_plan').press('Enter');
  await idle(page);
  assert.equal((await order())[0], 'land_use_plan');
  assert.ok(page.url().includes('ord=land_use_plan,'), 'the link says the order');
  assert.ok((await page.locator('.drawn-said').innerText()).includes('vị trí 1'), 'and a screen reader hears it');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'drawn-down-land_use_plan', 'the focus is kept');
  const covered = await canvas(page).screenshot();
  assert.ok(!first.equals(covered), 'the plan lies over the roads');

  await page.locator('#drawn-opacity-land_use_plan').fill('30');
  await idle(page);
  assert.ok(page.url().includes('op=land_use_plan:30'));
  assert.ok(!covered.equals(await canvas(page).screenshot()), 'what it covered shines through');
  await page.reload();
  await rows.first().waitFor();
  assert.equal((await order())[0], 'land_use_plan', 'the link brings back the order');
  assert.equal(await page.locator('#drawn-opacity-land_use_plan').inputValue(), '30', 'and the opacity');

  await page.locator('.drawn-row[data-layer="school"] .drawn-grip').dragTo(page.locator('.drawn-row').last());
  assert.equal((await order()).at(-1), 'school', 'a row can be dragged');
  await page.locator('.drawn-foot button').click();
  assert.deepEqual(await order(), before);
  assert.ok(!/[&#](ord|op)=/.test(page.url()));
  await page.locator('#drawn-off-school').click();
  assert.ok(!(await page.locator('input[data-layer="school"]').isChecked()));
  await page.locator('label[for="switch-school"]').click();
  assert.deepEqual(await order(), before);
}

/** What is typed while an earlier filter is counted stays; choosing the layer again tells of what is on the map, and asks nothing else. */
async function typedWhileCounting(page) {
  const from = page.locator('#filter-value-0-1');
  const saidIn = () => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('flt');
  await from.fill('1.200');
  let answer = () => {};
  const held = new Promise((resolve) => (answer = resolve));
  await page.route('**/items?*filter=*', async (route) => {
    await held;
    await route.continue();
  });
  await page.locator('#filter-apply').click();
  await from.fill('1.500');
  answer();
  await page.waitForFunction(() => document.querySelector('.filter-words')?.textContent.includes('từ 1.200 trở lên'));
  await page.unroute('**/items?*filter=*');
  assert.equal(await from.inputValue(), '1.500', 'what was typed since is there');
  assert.ok(saidIn().includes('"1200"'), saidIn());
  await page.locator('#filter-layer').selectOption('road_segment');
  await page.locator('#filter-layer').selectOption('school');
  await page.waitForFunction(() => document.querySelector('.filter-words')?.textContent.includes('từ 1.200 trở lên'));
  assert.equal(await from.inputValue(), '1.500');
  assert.ok(saidIn().includes('"1200"'), saidIn());
  await from.fill('1.000');
  await page.locator('#filter-apply').click();
  await page.locator('.filter-count', { hasText: '28' }).waitFor();
}

async function filter(page, { picture, idle }) {
  await page.locator('#tool-filter').click();
  await page.locator('#filter-layer').selectOption('school');
  await page.locator('#filter-attribute-0').selectOption('level');
  await page.locator('#filter-apply').click();
  assert.equal(await page.locator('.filter-condition .filter-flaw').innerText(), 'Hãy chọn ít nhất một giá trị.');
  const whole = await canvas(page).screenshot();
  await page.locator('.filter-codes label', { hasText: 'Tiểu học' }).click();
  await page.locator('#filter-apply').click();
  await page.locator('.filter-count').waitFor();
  assert.equal(await page.locator('.filter-count').innerText(), '40 đối tượng khớp.');
  assert.equal(await page.locator('.filter-table tbody tr').count(), 20);
  const mark = page.locator('.layers li', { has: page.locator('#switch-school') }).locator('.filtered-mark');
  assert.ok(await mark.isVisible(), 'the list says that the layer is filtered');
  await idle(page);
  assert.ok(!whole.equals(await canvas(page).screenshot()), 'the map shows those only');

  await page.getByRole('button', { name: 'Thêm điều kiện' }).click();
  await page.locator('#filter-attribute-1').selectOption('pupil_count');
  await page.locator('#filter-value-0-1').fill('1.000');
  await page.locator('#filter-apply').click();
  await page.locator('.filter-count', { hasText: '28' }).waitFor();
  assert.ok((await page.locator('.filter-words').innerText()).includes('Số học sinh từ 1.000 trở lên'));
  assert.ok((await page.locator('.filter-downloads a').first().getAttribute('href')).includes('filter='));
  await typedWhileCounting(page);
  await page.reload();
  await page.locator('.filter-count', { hasText: '28' }).waitFor();
  await page.locator('#language-en').click();
  assert.equal(await page.locator('.filter-count').innerText(), '28 features match.');
  assert.equal(await page.locator('.filter-condition').last().locator('input').first().inputValue(), '1,000');
  await picture(page, '21-filter-en');
  await page.locator('#language-vi').click();
  await page.locator('.filter-show').first().click();
  await page.locator('.panel .card[data-layer="school"]').waitFor();
  await page.locator('.panel').press('Escape');
}

/** What nobody should have to know: tone marks, quotes, and what the server thinks of it. */
async function awkwardFilters(page, { picture }) {
  await page.locator('#filter-layer').selectOption('industrial_park');
  for (const [typed, count] of [['phuoc ly', '1 đối tượng khớp.'], ["x' OR 'a'='a", 'Không có đối tượng nào khớp.'], ['100%_\\', 'Không có đối tượng nào khớp.']]) {
    await page.locator('#filter-value-0-0').fill(typed);
    await page.locator('#filter-apply').click();
    await page.locator('.filter-count', { hasText: count }).waitFor();
  }
  await page.route('**/items?**', (route) => route.fulfill({ status: 413, body: '{}' }));
  await page.locator('#filter-apply').click();
  await page.locator('.filter-status .filter-flaw').waitFor();
  assert.ok((await page.locator('.filter-status').innerText()).includes('Bộ lọc quá dài'));
  await page.unroute('**/items?**');
  await picture(page, '22-filter-refused-vi');
  await page.locator('#filter-clear').click();
  await page.locator('.filter-active .icon-button').click();
  assert.equal(await page.locator('.filtered-mark:visible').count(), 0);
  assert.ok(!page.url().includes('flt='));
}

/** A link that says how strongly a layer is drawn says it of both sides. */
async function pastedArrangement(page, idle) {
  await idle(page);
  const [{ x, y, width }, bar] = [await page.locator('.map').first().boundingBox(), await page.locator('.swipe-bar').boundingBox()];
  const left = Math.max(bar.x + 60, x + width * 0.45);
  const right = () => page.screenshot({ clip: { x: left, y: y + 120, width: 150, height: 300 } });
  const before = await right();
  await page.evaluate(() => (location.hash = `${location.hash.slice(1)}&op=road_segment:10,admin_commune:10,industrial_park:10,school:10`));
  await idle(page);
  assert.ok(!before.equals(await right()), 'the right side is drawn as the link says');
  await page.evaluate(() => (location.hash = location.hash.slice(1).replace(/&op=[^&]*/, '')));
  await idle(page);
}

async function compare(page, { picture, idle }) {
  await page.locator('.map-buttons button').last().click();
  await idle(page);
  await page.locator('#tool-compare').click();
  const bar = page.locator('.swipe-bar');
  await bar.waitFor();
  await idle(page);
  const same = await canvas(page).screenshot();
  await page.locator('#compare-right-land_use_plan').click();
  await idle(page);
  assert.ok(!same.equals(await canvas(page).screenshot()), 'the right side shows other layers');
  await picture(page, '23-compare-vi');
  await bar.press('ArrowLeft');
  assert.equal(await bar.getAttribute('aria-valuenow'), '48');
  assert.ok(page.url().includes('cmp=48:'), 'the link says it');
  const { x, y, height } = await bar.boundingBox();
  await page.mouse.move(x + 22, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x - 120, y + height / 2, { steps: 4 });
  await page.mouse.up();
  assert.ok(Number(await bar.getAttribute('aria-valuenow')) < 40, 'the bar can be dragged');
  await page.mouse.move(x + 200, y + height / 2);
  await page.reload();
  await page.locator('#compare-right-road_segment').waitFor();
  assert.ok(!(await page.locator('#compare-right-land_use_plan').isChecked()), 'the link brings back both sides');
  await pastedArrangement(page, idle);
  await page.locator('#tool-compare').click();
  assert.equal(await page.locator('canvas').count(), 1, 'the second map is gone');
  assert.ok(!page.url().includes('cmp='));
  assert.equal(await page.locator('.notice').count(), 0);
}

export async function drawn(page, tools) {
  await arrange(page, tools);
  await filter(page, tools);
  await awkwardFilters(page, tools);
  await compare(page, tools);
  await page.close();
}
