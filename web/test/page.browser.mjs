/**
 * What a person meets on a bad day: names that are no names, a browser without WebGL, a server that is away, a day
 * that is none; and two days of one map, the ground around a road, and a report whose rows lead on.
 */
import { strict as assert } from 'node:assert';
import { GOOD_KEY } from './mock_paper.mjs';

const canvas = (page) => page.locator('.map canvas').first();

/** A name of ten thousand letters that would like to be HTML, and turns the text behind it round. */
const LONG_NAME = `<script>document.title = 'stolen'</script>\u202e${'Đường ống dẫn nước '.repeat(526)}`;

async function longName(page, { url, picture, idle }) {
  const answer = (body) => ({ contentType: 'application/json', body: JSON.stringify(body) });
  const named = (id) => ({
    type: 'Feature', id, geometry: { type: 'Point', coordinates: [106.2, 11.1] }, properties: { name_vi: LONG_NAME, level: 'primary', pupil_count: 7 },
  });
  const hit = { kind: 'feature', layer: 'school', id: 3, name: LONG_NAME, value: LONG_NAME, title: { vi: 'Trường', en: 'School' }, bbox: [106.2, 11.1, 106.2, 11.1] };
  await page.route('**/search?**', (route) => route.fulfill(answer({ hits: [hit] })));
  await page.route('**/collections/school/items/3*', (route) => route.fulfill(answer(named(3))));
  await page.goto(`${url}#map=11/11.1/106.2&layers=school&lang=vi`);
  await idle(page);
  await page.locator('.search input').fill('ong');
  const first = page.locator('.hits button').first();
  await first.waitFor();
  assert.equal(await first.locator('.hit-name').textContent(), LONG_NAME, 'it is a text like any other');
  assert.ok((await first.boundingBox()).height < 200, 'and does not cover the map');
  await first.click();
  const card = page.locator('.panel .card[data-layer="school"]');
  await card.locator('dd', { hasText: 'Đường ống' }).waitFor();
  await idle(page);
  assert.ok((await card.locator('h3').boundingBox()).height < 100, 'a heading has three lines');
  const whole = card.locator('dd').first();
  assert.equal(await whole.textContent(), LONG_NAME, 'the whole is there');
  assert.ok((await whole.boundingBox()).height < 220);
  assert.ok(await whole.evaluate((box) => box.scrollHeight > box.clientHeight), 'and can be scrolled to');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is pushed aside');
  assert.equal(await page.locator('main script').count(), 0);
  assert.notEqual(await page.title(), 'stolen');
  await picture(page, 'page-1-long-name-vi');
  await page.locator('.panel').press('Escape');
  for (const path of ['**/search?**', '**/collections/school/items/3*']) await page.unroute(path);
}

/** Half of what was known did not come: it is said, and comes at a second try. */
async function featureAway(page, { picture, idle, url }) {
  await page.route('**/collections/*/items/*', (route) => route.fulfill({ status: 503, body: '{}' }));
  await page.goto(`${url}#map=9.5/11.05/106.2&layers=admin_commune&lang=vi`);
  await idle(page);
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  const again = page.locator('.incomplete-retry');
  await again.waitFor();
  await picture(page, 'page-2-half-vi');
  await page.unroute('**/collections/*/items/*');
  await again.click();
  await again.waitFor({ state: 'detached' });
  await page.locator('.panel').press('Escape');
}

/** A style of an operator's in which one drawing says what no map knows: the others are drawn all the same. */
async function brokenDrawing(browser, { url, idle }) {
  const tab = await browser.newPage({ locale: 'vi-VN' });
  await tab.route('**/styles/map', async (route) => {
    const answer = await route.fetch();
    const style = await answer.json();
    style.layers.find(({ id }) => id === 'school/point').paint = { 'circle-colour': 'red' };
    await route.fulfill({ response: answer, body: JSON.stringify(style) });
  });
  const asked = new Set();
  tab.on('request', (request) => asked.add(/\/tiles\/([a-z_]+)\/\d/.exec(request.url())?.[1]));
  await tab.goto(`${url}#map=9.5/11.05/106.2&layers=admin_commune,school&lang=vi`);
  await idle(tab);
  assert.ok(asked.has('admin_commune'), 'the communes are on the map');
  assert.ok((await canvas(tab).screenshot()).length > 20_000, 'and are drawn');
  await tab.close();
}

async function days(page, { picture, idle, url }) {
  await page.goto(`${url}#map=9.5/11.05/106.2&layers=admin_commune,land_use_plan&lang=vi&tool=compare`);
  const left = page.locator('#compare-day-left');
  await left.waitFor();
  await idle(page);
  const before = await canvas(page).screenshot();
  await left.fill('31/06/2025');
  await left.press('Tab');
  assert.ok((await page.locator('#compare-day-left-trouble').innerText()).includes('Không có ngày này'));
  assert.ok(!page.url().includes('cmpd='), 'what is no day asks for nothing');
  const asked = page.waitForRequest((request) => /tiles\/admin_commune\/.*filter=.*valid_from/.test(decodeURIComponent(request.url())));
  await left.fill('30/6/2025');
  await left.press('Tab');
  await asked;
  await idle(page);
  assert.equal(await left.inputValue(), '30/06/2025');
  assert.equal(await page.locator('.swipe-left').innerText(), '30/06/2025', 'the bar says which day is where');
  assert.ok(page.url().includes('cmpd=2025-06-30,'), page.url());
  assert.ok(!before.equals(await canvas(page).screenshot()), 'communes that came later are not there');
  assert.ok((await page.locator('.compare').innerText()).includes('ngày nào cũng như nhau: Quy hoạch sử dụng đất'));
  await picture(page, 'page-3-two-days-vi');
  await page.reload();
  await left.waitFor();
  assert.equal(await left.inputValue(), '30/06/2025', 'the link brings back the day');
  await page.locator('#language-en').click();
  assert.equal(await left.inputValue(), '30/06/2025', 'and it is written alike in English');
  await page.locator('#language-vi').click();
  await page.locator('#tool-compare').click();
  await idle(page);
  assert.ok(!page.url().includes('cmpd='));
}

/** What lies around a road that is clicked; the groups of the report lead on. */
async function around(page, { picture, idle, url }) {
  await page.goto(`${url}#map=9.5/11.05/106.2&layers=admin_commune&lang=vi&tool=area`);
  await page.locator('label[for="area-way-feature"]').click();
  await idle(page);
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.locator('#area-around').waitFor();
  await page.locator('#area-around').fill('-5');
  await page.locator('.area-form .area-primary').click();
  assert.ok(await page.locator('#area-around-trouble').isVisible(), 'no distance is less than none');
  await page.locator('#area-around').fill('1.500');
  await picture(page, 'page-4-around-vi');
  await page.locator('.area-form .area-primary').click();
  await page.locator('#area-report-title', { hasText: '1,5 km' }).waitFor();
  assert.match(decodeURIComponent(page.url()), /area=buffer:1500:feature:admin_commune\/\d+/);

  const group = page.locator('#area-layer-land_use_plan .area-chart button').first();
  await group.click();
  await page.locator('.layers li', { has: page.locator('#switch-land_use_plan') }).locator('.filtered-mark').waitFor();
  assert.match(decodeURIComponent(page.url()), /flt=\{"land_use_plan":\["and",\["land_use_code","anyOf","LUC"\]\]\}/);
  assert.ok((await page.locator('.area-status').innerText()).includes('Bỏ') || (await page.locator('.area-status').innerText()).includes('bỏ lọc'));
  await idle(page);
  await picture(page, 'page-5-group-vi');
}

/** A click on another commune while a commune's report is read asks for that one; how long it takes is measured. */
async function nextCommune(page, { idle, url }) {
  await page.goto(`${url}#map=9.5/11.05/106.2&layers=admin_commune&lang=vi&tool=area&area=commune:27014@2025-08-01`);
  await page.locator('#area-report-title').waitFor();
  await idle(page);
  const first = await page.locator('#area-report-title').innerText();
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  await page.mouse.click(x + width * 0.3, y + height * 0.4);
  await page.waitForFunction((last) => ![null, last].includes(document.querySelector('#area-report-title')?.innerText ?? null), first);
  await page.waitForFunction(() => performance.getEntriesByName('diaban:click-to-report').length > 0);
  const [{ duration }] = await page.evaluate(() => performance.getEntriesByName('diaban:click-to-report').map((one) => one.toJSON()));
  assert.ok(duration > 0 && duration < 2_000, `${duration} ms`);
  assert.ok(await page.locator('.panel').isHidden(), 'the click is the report’s');
}

/** Without WebGL there is no map, and everything else. */
async function noMap(browser, { url, picture }) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: 'vi-VN' });
  await page.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  await page.goto(url);
  await page.locator('.notice[data-kind="webgl"]').waitFor();
  await page.locator('.notice .icon-button').click();
  await page.locator('#tool-area').click();
  await page.locator('#area-unit').fill('duc hoa');
  await page.locator('.area-unit').first().click();
  await page.locator('.area-report').waitFor();
  assert.ok((await page.locator('.area-report').innerText()).includes('345,68 ha'), 'a report needs no map');
  await page.locator('#tool-filter').click();
  await page.locator('#filter-layer').selectOption('school');
  await page.locator('#filter-value-0-0').fill('Tân');
  await page.locator('#filter-apply').click();
  await page.locator('.filter-table tbody tr').first().waitFor();
  await page.locator('.search input').fill('Phước');
  await page.locator('.hits button').first().click();
  await page.locator('.panel .card').first().waitFor();
  await picture(page, 'page-6-no-map-vi');
  await page.close();
}

/** A phone, a small window, a laptop, and a wall screen. */
const SIZES = [[390, 800], [700, 500], [1366, 768], [3840, 2160]];

/** What lies on the map beside the bar of tools. */
const BESIDE = ['.search input', '.open-list', '.map-buttons', '.map-foot', '.maplibregl-ctrl-scale', '.panel', '.drawer', '.layers'];

/** Buttons of tools that cannot be pressed: out of the map, under or over something else. Each is brought into sight first, as the keyboard does. */
function unreachable(page) {
  return page.evaluate((beside) => {
    const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
    const shown = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 0;
    const things = beside.flatMap((selector) => [...document.querySelectorAll(selector)].filter(shown).map((one) => [selector, one]));
    const buttons = [...document.querySelectorAll('.tool-button')];
    const map = document.querySelector('.map-frame').getBoundingClientRect();
    return buttons.flatMap((button) => {
      button.focus();
      const box = button.getBoundingClientRect();
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      const [top] = document.elementsFromPoint(x, y);
      const inside = box.left >= map.left && box.right <= map.right && box.top >= map.top && box.bottom <= map.bottom;
      return [
        ...(inside ? [] : [`${button.id} is out of the map`]),
        ...(button.contains(top) ? [] : [`${button.id} lies under ${top?.className || top?.tagName}`]),
        ...things.filter(([, one]) => meet(box, one.getBoundingClientRect())).map(([selector]) => `${button.id} meets ${selector}`),
        ...buttons.filter((other) => other !== button && meet(box, other.getBoundingClientRect())).map((other) => `${button.id} meets ${other.id}`),
      ];
    });
  }, BESIDE);
}

/** The bar of tools can be used on every screen, with the pointer and with the keyboard, and whatever is open beside it. */
export async function sizes(browser, { url, picture, idle }) {
  for (const [width, height] of SIZES) {
    // Without a graphics card the map of a wall takes its time: it is drawn more coarsely, and laid out as it is.
    const isWall = width > 2000;
    const page = await browser.newPage({ viewport: { width, height }, locale: 'vi-VN', deviceScaleFactor: isWall ? 0.5 : 1 });
    // All tools there are.
    await page.addInitScript((key) => location.protocol === 'about:' || sessionStorage.setItem('diaban.key', key), GOOD_KEY);
    for (const language of ['vi', 'en']) {
      await page.goto('about:blank');
      await page.goto(`${url}#map=9.5/11.05/106.2&layers=admin_commune&lang=${language}`);
      await page.locator('#tool-import').waitFor();
      await idle(page);
      const at = `${width} x ${height}, ${language}`;
      assert.deepEqual(await unreachable(page), [], at);
      await picture(page, `page-7-size-${width}-${language}`);
      if (width > 800) await page.locator('.layers-close').click();
      assert.deepEqual(await unreachable(page), [], `${at}, the list is closed`);

      const ids = await page.locator('.tool-button').evaluateAll((all) => all.map(({ id }) => id));
      assert.equal(ids.length, 10);
      await page.locator(`#${ids[0]}`).focus();
      await page.keyboard.press('ArrowDown');
      assert.equal(await page.evaluate(() => document.activeElement.id), ids[1], 'arrows lead from button to button');
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await page.locator('.drawer').waitFor();
      await page.waitForTimeout(150);
      assert.deepEqual(await unreachable(page), [], `${at}, a tool is open`);
      await picture(page, `page-8-size-${width}-tool-${language}`);
      await page.locator(`#${ids.at(-1)}`).click();
      const { x, y, width: wide, height: high } = await page.locator('.map').boundingBox();
      await page.mouse.click(x + wide * 0.6, y + high * 0.55);
      await page.locator('.panel').waitFor();
      await idle(page);
      assert.deepEqual(await unreachable(page), [], `${at}, the panel is open`);
    }
    await page.close();
  }
}

/** A tool whose code does not come says so, in whichever language is chosen, and comes at a second try. */
async function toolAway(page, { url, idle }) {
  for (const [tool, there] of [['download', '#download-layer'], ['quality', '.quality-layer'], ['print', '#print-start'], ['area', '#area-unit']]) {
    await page.goto(`${url}#map=9.5/11.05/106.2&layers=school&lang=en`);
    await page.reload();
    await idle(page);
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.locator(`#tool-${tool}`).click();
    const trouble = page.locator('.drawer [role="alert"]');
    await trouble.locator('button').waitFor();
    assert.ok((await trouble.innerText()).includes('Reload the page'), await trouble.innerText());
    await page.locator('#language-vi').click();
    assert.ok((await trouble.innerText()).includes('Tải lại trang'), await trouble.innerText());
    await page.unroute('**/assets/*.js');
    await trouble.locator('button').click();
    await page.locator(there).first().waitFor();
  }
}

/** Who goes down the hits with the keyboard and chooses one is on the map then; what was typed last does not come back over it. */
async function searchByKeyboard(page, { url, idle }) {
  await page.goto(`${url}#map=9.5/11.05/106.2&layers=school&lang=vi`);
  await page.reload();
  await idle(page);
  const box = page.locator('.search input');
  await box.fill('10.95, 106.3');
  await page.locator('.hits button').first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('.hits').isHidden());
  assert.ok(await page.evaluate(() => document.activeElement?.matches('.map canvas')), 'the keyboard goes on with the map');

  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await page.route('**/search?**', async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest('**/search?**');
  await box.fill('Phước');
  await asked;
  await box.press('Escape');
  const came = page.waitForResponse('**/search?**');
  answer();
  await came;
  await page.waitForTimeout(200);
  assert.ok(await page.locator('.hits').isHidden(), 'nobody waits for that any more');
  await page.unroute('**/search?**');
}

/** All of it; `tools` are `url`, `picture` and `idle`. */
/** Who closes the list of layers, or opens it, goes on with the keyboard from there. */
async function listByKeyboard(page, { url, idle }) {
  // A page of its own, not a step from one to the next.
  await page.goto('about:blank');
  await page.goto(`${url}#map=9.5/11.05/106.2&lang=vi`);
  await idle(page);
  const held = () => page.evaluate(() => document.activeElement?.closest('.layers, .open-list')?.className ?? '');
  await page.locator('.layers-close').focus();
  await page.keyboard.press('Enter');
  assert.match(await held(), /open-list/, 'the list is closed, and the button that opens it has the focus');
  await page.keyboard.press('Enter');
  assert.match(await held(), /layers/, 'the list is open, and has the focus');
}

/** A link that is pasted says whether the map from elsewhere is shown. */
async function baseMapOfLink(page, { url, idle }) {
  const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await page.route('**/base/*/*/*', (route) => route.fulfill({ contentType: 'image/png', body: pixel }));
  await page.route('**/styles/*', async (route) => {
    const response = await route.fetch();
    const style = await response.json();
    style.sources.base_map = { type: 'raster', tiles: [`${new URL('/', url)}base/{z}/{x}/{y}.png`], tileSize: 256, attribution: 'X' };
    style.layers.splice(1, 0, { id: 'base_map', type: 'raster', source: 'base_map' });
    await route.fulfill({ response, json: style });
  });
  // A page of its own, not a step from one to the next.
  await page.goto('about:blank');
  await page.goto(`${url}#map=9.5/11.05/106.2&lang=vi`);
  await idle(page);
  const box = page.locator('#base-map');
  assert.ok(await box.isChecked());
  await page.evaluate(() => (location.hash = `${location.hash.slice(1)}&base=0`));
  await page.waitForFunction(() => !document.querySelector('#base-map').checked);
  await page.evaluate(() => (location.hash = location.hash.slice(1).replace('&base=0', '')));
  await page.waitForFunction(() => document.querySelector('#base-map').checked);
  await page.unroute('**/styles/*');
}

/** A link is followed, though a map that came to rest just then wrote over it. */
async function linkWhileMoving(page, { url, idle }) {
  // A page of its own, not a step from one to the next.
  await page.goto('about:blank');
  await page.goto(`${url}#map=9.5/11.05/106.2&lang=vi`);
  await idle(page);
  await page.evaluate(() => {
    const before = location.href;
    location.hash = 'map=9.5/11.05/106.2&layers=school&lang=en';
    history.replaceState(null, '', before);
  });
  await page.waitForFunction(() => document.documentElement.lang === 'en');
  assert.equal(await page.locator('input[data-layer]:checked').count(), 1);
}

export async function page(tab, tools) {
  await longName(tab, tools);
  await featureAway(tab, tools);
  await days(tab, tools);
  await around(tab, tools);
  await nextCommune(tab, tools);
  await brokenDrawing(tab.context().browser(), tools);
  await noMap(tab.context().browser(), tools);
  await sizes(tab.context().browser(), tools);
  await toolAway(tab, tools);
  await searchByKeyboard(tab, tools);
  await listByKeyboard(tab, tools);
  await baseMapOfLink(tab, tools);
  await linkWhileMoving(tab, tools);
  await tab.close();
}
