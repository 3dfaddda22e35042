/** Loads a file with a bad row as a clerk would: sends it, chooses, tries, loads, takes it back. */
import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { GOOD_KEY } from './mock_paper.mjs';

const SHEET = Buffer.from('MA_KCN,TEN <b>,X,Y\nKCN01,a,560000,1170000\n');

async function signIn(page) {
  await page.locator('#tool-account').click();
  await page.locator('#account-key').fill(GOOD_KEY);
  await Promise.all([page.waitForEvent('load'), page.locator('#account-sign-in').click()]);
  await page.locator('#tool-import').waitFor();
}

/** What the browser would refuse to make for a test: a file of two gigabytes. */
async function dropHuge(page) {
  await page.locator('.import-drop').evaluate((zone) => {
    const file = new File(['x'], 'thua_dat.csv');
    Object.defineProperty(file, 'size', { value: 2 * 1024 ** 3 });
    const event = new Event('drop', { bubbles: true, cancelable: true });
    event.dataTransfer = { files: [file] };
    zone.dispatchEvent(event);
  });
  await page.waitForFunction(() => document.querySelector('#import-said').textContent.includes('diaban import'));
}

export async function importing(page, { url, picture, idle }) {
  await page.goto(`${url}#lang=vi`);
  await idle(page);
  assert.equal(await page.locator('#tool-import').count(), 0, 'who may load nothing sees no button');
  await signIn(page);
  await idle(page);
  await page.locator('#tool-import').click();
  await page.locator('.import-drop').waitFor();
  await dropHuge(page);
  assert.ok((await page.locator('#import-said').innerText()).includes('2.048 MB'));

  await page.locator('#import-file').setInputFiles({ name: 'khu công nghiệp.csv', mimeType: 'text/csv', buffer: SHEET });
  await page.locator('#import-taken-for').waitFor();
  const taken = page.locator('#import-taken-for');
  assert.ok((await taken.innerText()).includes('tệp không ghi tọa độ ở hệ nào'));
  const offered = await page.locator('#import-column-name_vi').evaluate((select) => select.textContent);
  assert.ok(offered.includes('TEN <b>  (Đức Hòa <script>)'), 'samples are shown as the text that they are');
  assert.ok(await page.locator('#import-rehearse').isDisabled(), 'a name is missing');
  await picture(page, '26-import-look-vi');
  await page.locator('#import-candidate-0').click();
  await page.waitForFunction(() => document.querySelector('.import-system')?.textContent.includes('EPSG:9210'));
  await page.locator('#import-column-name_vi').selectOption('TEN <b>');
  await page.locator('#import-rehearse').click();

  await page.locator('.import-findings').waitFor();
  assert.ok((await page.locator('.import-findings').innerText()).includes('-5 nhỏ hơn 0 <img src=x>'));
  const load = page.locator('#import-load');
  assert.ok(await load.isDisabled(), 'a wrong row keeps the file out');
  await page.locator('.import-show').click();
  await page.waitForFunction(() => location.hash.includes('10.8'));
  await picture(page, '27-import-rehearsal-vi');
  await page.locator('#import-without').check();
  const fetching = page.waitForEvent('download');
  await page.locator('#import-rehearsal a').click();
  assert.ok((await readFile(await (await fetching).path(), 'utf8')).includes('ly_do'));
  await load.click();

  await page.locator('#import-result').waitFor();
  const result = page.locator('#import-result');
  assert.ok((await result.innerText()).includes('lần 41'));
  assert.equal(await page.locator('[data-figure="fresh"] dd').innerText(), '3');
  // The tab is closed and opened again: what came of it is still there.
  await page.reload();
  await idle(page);
  await page.locator('#tool-import').waitFor();
  if ((await page.locator('#import-layer').count()) === 0) await page.locator('#tool-import').click();
  await page.locator('.import-drawer .import-second').first().click();
  await result.waitFor();
  await page.locator('#language-en').click();
  assert.ok((await result.innerText()).includes('run 41'));
  await picture(page, '28-import-loaded-en');
  await page.locator('#import-undo').click();
  await page.waitForFunction(() => document.querySelector('#import-result h3')?.textContent.includes('run 42'));
  await page.locator('#import-another').click();
  await page.locator('.import-drop').waitFor();
  await page.close();
}
