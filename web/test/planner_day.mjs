/**
 * A planner's day against a running server with the sample, in Vietnamese and in English: he finds a commune without
 * tone marks, switches on plans, draws an area, pastes corners from a land document, asks about a commune that is no
 * more, reads the figures, sends the link, and looks at the sheet before printing. Then somebody corrects a school while
 * he looks, and he loads a file with a bad row and takes it back.
 *
 * Usage: DIABAN_KEY=KEY node test/planner_day.mjs URL [FOLDER]
 * KEY is that of an agency that may edit schools. Pictures and sheets go to FOLDER (target/planner_day). CHROMIUM names
 * another browser. Fails on any figure that is not the server's, on any console error, and on any request to another host.
 */
import { strict as assert } from 'node:assert';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { everyDocument } from './axe.browser.mjs';
import { AxeFindings } from './axe_findings.mjs';
import { Watch, idle, launch } from './chromium.mjs';
import { pagesOf } from './paper.browser.mjs';
import { Office, editAppears, importAndUndo } from './planner_corrections.mjs';
import { sameFigures } from './report_figures.mjs';

const [url, folder = fileURLToPath(new URL('../../target/planner_day', import.meta.url))] = process.argv.slice(2);
const key = process.env.DIABAN_KEY;
if (!url || !key) throw new Error('usage: DIABAN_KEY=KEY node test/planner_day.mjs URL [FOLDER]');
const base = new URL('/', url).href;
const office = new Office(base, key);

/** An office's old laptop. */
const LAPTOP = { width: 1366, height: 768 };

const WORDS = {
  vi: {
    commune: 'Xã Đức Hòa', ended: 'đến trước 01/07/2025', reportOf: 'Báo cáo: ', drawn: 'Vùng vẽ trên bản đồ', corners: 'Vùng theo tọa độ góc',
    synthetic: 'Dữ liệu mẫu', size: '30 ha',
  },
  en: {
    commune: 'Xã Đức Hòa', ended: 'before 1 July 2025', reportOf: 'Report: ', drawn: 'Area drawn on the map', corners: 'Area by its corners',
    synthetic: 'Synthetic sample data', size: '30 ha',
  },
};
const PLANS = ['province_plan_zone', 'road_plan', 'urban_zone'];

/** As it is copied out of a land document: a number for each corner, X (north), Y (east), commas for decimals. */
const CORNERS = 'Số hiệu\tX (m)\tY (m)\n1\t1195000,00\t554000,00\n2\t1195500,00\t554000,00\n3\t1195500,00\t554600,00\n4\t1195000,00\t554600,00';

const canvas = (page) => page.locator('.map canvas').first();
const linked = (page) => new URLSearchParams(new URL(page.url()).hash.slice(1));
const settled = (text) => text.replace(/\u00a0|\u202f/g, ' ');

async function answered(path) {
  const response = await fetch(new URL(path, base), { headers: { accept: 'application/json' } });
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
}

/** One language's day on one page. */
class Day {
  figures = 0;

  constructor(page, language) {
    Object.assign(this, { page, language, words: WORDS[language], pictures: 0 });
  }

  picture(name) {
    this.pictures += 1;
    return this.page.screenshot({ path: join(folder, `${this.language}-${this.pictures}-${name}.png`) });
  }

  async reported(words) {
    await this.page.waitForFunction((part) => document.querySelector('#area-report-title')?.textContent.includes(part), words);
    await idle(this.page);
  }

  /** Holds the report on screen to what the server answers to the question in the link. */
  async readFigures() {
    const said = linked(this.page);
    const day = said.get('day');
    const asked = new URLSearchParams({ area: said.get('area'), ...(day ? { datetime: day } : {}), f: 'json' });
    const answer = await answered(`/report?${asked}`);
    const { layers, figures } = await sameFigures(this.page, answer, this.language);
    assert.ok(layers > 0, 'something is reported');
    this.figures += figures;
    return answer;
  }

  async search() {
    const { page, words } = this;
    await page.goto(`${base}#lang=${this.language}`);
    await idle(page);
    await page.locator('#search').fill('duc hoa');
    const hit = page.locator('.hits button').filter({ has: page.getByText(words.commune, { exact: true }) }).first();
    await hit.waitFor();
    await this.picture('search');
    await hit.click();
    await idle(page);
    const { hits } = await answered('/search?q=duc+hoa&limit=8');
    const [west, south, east, north] = hits.find(({ name }) => name === words.commune).bbox;
    const [zoom, latitude, longitude] = linked(page).get('map').split('/').map(Number);
    assert.ok(zoom > 9 && longitude > west && longitude < east && latitude > south && latitude < north, 'the map shows the commune');
  }

  async switchOnPlans() {
    const { page } = this;
    const before = await canvas(page).screenshot();
    for (const id of PLANS) {
      const label = page.locator(`label[for="switch-${id}"]`);
      if (!(await label.isVisible())) await page.locator('.group', { has: label }).locator('> summary').click();
      const tile = page.waitForResponse((response) => new URL(response.url()).pathname.startsWith(`/tiles/${id}/`));
      await label.click();
      assert.ok([200, 204].includes((await tile).status()), `tiles of ${id}`);
    }
    await idle(page);
    const on = linked(page).get('layers').split(',');
    assert.ok(PLANS.every((id) => on.includes(id)), 'the link says which layers are on');
    assert.ok(!before.equals(await canvas(page).screenshot()), 'the plans are on the map');
    await this.picture('plans');
  }

  async drawArea() {
    const { page } = this;
    await page.locator('#tool-area').click();
    await page.locator('label[for="area-way-draw"]').click();
    await page.locator('#area-kind-polygon').waitFor({ state: 'attached' });
    await idle(page);
    const { x, y, width, height } = await page.locator('.map').boundingBox();
    const corners = [[0.4, 0.35], [0.65, 0.4], [0.6, 0.65], [0.4, 0.6]];
    for (const [across, down] of [...corners, corners.at(-1)]) {
      await page.mouse.move(x + width * across, y + height * down, { steps: 3 });
      await page.mouse.click(x + width * across, y + height * down);
      await page.waitForTimeout(60);
    }
    await page.locator('.area-form .area-primary').click();
    await this.reported(this.words.drawn);
    assert.ok(linked(page).get('area').startsWith('POLYGON'));
    await this.readFigures();
    await this.picture('drawn');
  }

  async pasteCorners() {
    const { page, words } = this;
    await page.locator('#area-new').click();
    await page.locator('label[for="area-way-corners"]').click();
    await page.locator('#area-corners').fill(CORNERS);
    await page.locator('.area-understood').waitFor();
    assert.ok(settled(await page.locator('.area-understood').innerText()).includes(words.size), 'how large it is, before anything is asked');
    await this.picture('corners');
    await page.locator('.area-form .area-primary').click();
    await this.reported(words.corners);
    const { area } = await this.readFigures();
    assert.ok(Math.abs(area.area_ha - 30) < 1e-6, `600 m by 500 m are ${area.area_ha} ha`);
  }

  async chooseFormerCommune() {
    const { page, words } = this;
    await page.locator('#area-new').click();
    await page.locator('label[for="area-way-unit"]').click();
    await page.locator('#area-unit').fill('duc hoa thuong');
    const unit = page.locator('.area-unit', { hasText: 'Xã Đức Hòa Thượng' });
    await unit.waitFor();
    assert.ok((await unit.innerText()).includes(words.ended), 'until when it was');
    await unit.click();
    await this.reported(`${words.reportOf}Xã Đức Hòa Thượng`);
    const { area } = await this.readFigures();
    const warning = await page.locator('.area-warning').innerText();
    for (const { unit: own } of area.stands_for_it) assert.ok(warning.includes(own.name), 'whose boundary it is measured by');
    await this.picture('former-commune');
  }

  /** Somebody else opens the link. */
  async sendLink(browser) {
    const { page } = this;
    const there = await browser.newPage({ viewport: LAPTOP, locale: 'en-GB' });
    watch.over(there);
    await there.goto(page.url());
    await there.locator('#area-report-title').waitFor();
    await idle(there);
    await new Day(there, this.language).readFigures();
    assert.equal(there.url(), page.url(), 'the link stays as it is');
    const read = (which, selector) => which.locator(selector).evaluateAll((all) => all.map((one) => one.textContent));
    for (const selector of ['.area-report h3, .area-report dd, .area-report td, .area-report li', 'h1', '.group-title']) {
      assert.deepEqual(await read(there, selector), await read(page, selector), `the same ${selector}`);
    }
    const on = (which) => which.locator('input[data-layer]:checked').evaluateAll((all) => all.map((one) => one.dataset.layer));
    assert.deepEqual(await on(there), await on(page));
    await there.screenshot({ path: join(folder, `${this.language}-link.png`) });
    await there.close();
  }

  async printPreview() {
    const { page, words } = this;
    await page.locator('#tool-print').click();
    await page.locator('#print-title').fill('Quy hoạch xã Đức Hòa');
    await page.locator('#print-scale').selectOption('25000');
    await page.waitForFunction(() => {
      const preview = document.querySelector('.print-preview');
      return !preview.hasAttribute('aria-busy') && preview.textContent.includes('1:25\u00a0000');
    }, null, { timeout: 60_000 });
    const sheet = await page.locator('.print-preview').textContent();
    for (const part of ['Quy hoạch xã Đức Hòa', words.synthetic]) assert.ok(sheet.includes(part), `the sheet says ${part}`);
    await this.picture('print');
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    assert.deepEqual(pagesOf(pdf), [[297, 210]], 'one page of A4');
    await writeFile(join(folder, `${this.language}-sheet.pdf`), pdf);
    await page.locator('#tool-print').click();
  }
}

async function wholeDay(browser, language) {
  const page = watch.over(await browser.newPage({ viewport: LAPTOP, locale: language === 'vi' ? 'vi-VN' : 'en-GB' }));
  const day = new Day(page, language);
  await day.search();
  await day.switchOnPlans();
  await day.drawArea();
  await day.pasteCorners();
  await day.chooseFormerCommune();
  await day.sendLink(browser);
  await day.printPreview();
  await editAppears(page, { office, base, language });
  await day.picture('edit');
  await importAndUndo(page, { office, picture: (name) => day.picture(name) });
  await page.close();
  return day.figures;
}

/** What the server shows as pages, for whoever follows a link out of the map. */
async function documents(browser) {
  const page = watch.over(await browser.newPage({ viewport: LAPTOP }));
  const findings = new AxeFindings();
  await everyDocument(page, base, findings);
  assert.deepEqual(findings.lines, [], `serious or critical findings of axe-core:\n${findings.lines.join('\n')}`);
  await page.close();
}

const watch = new Watch(base);
await mkdir(folder, { recursive: true });
const browser = await launch();
try {
  const figures = [await wholeDay(browser, 'vi'), await wholeDay(browser, 'en')];
  await documents(browser);
  assert.deepEqual(watch.complaints, [], 'no console error');
  assert.deepEqual(watch.strangers, [], 'no request to another host');
  console.log(`planner's day: ${figures.join(' and ')} figures of reports as the server has them; pictures in ${folder}`);
} finally {
  await browser.close();
}
