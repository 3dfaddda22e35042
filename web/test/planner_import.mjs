/**
 * A step of the planner's day that waits for the page's import: a sheet with a bad row is tried, loaded without that row,
 * and taken back. `planner_day.mjs` does not call it yet.
 */
import { strict as assert } from 'node:assert';

/** The second school has no name, which none may lack. */
const SHEET = [
  'MA_TRUONG,TEN,CAP_HOC,lon,lat',
  '79000101,Trường Mầm non Thử Một,Mầm non,106.41,10.54',
  '79000102,,Tiểu học,106.42,10.54',
  '79000103,Trường Tiểu học Thử Ba,Tiểu học,106.43,10.54',
].join('\n');

/** On `page`, by a `key` that may load schools; `count` asks the server how many there are. */
export async function importAndUndo(page, { key, count, picture }) {
  const before = await count();
  await page.locator('#tool-account').click();
  await page.locator('#account-key').fill(key);
  await Promise.all([page.waitForEvent('load'), page.locator('#account-sign-in').click()]);
  await page.locator('#tool-import').click();
  await page.locator('#import-layer').selectOption('school');
  await page.locator('#import-file').setInputFiles({ name: 'truong.csv', mimeType: 'text/csv', buffer: Buffer.from(SHEET) });
  await page.locator('#import-taken-for').waitFor();
  await page.locator('#import-rehearse').click();
  await page.locator('.import-findings').waitFor();
  await picture('import-bad-row');
  assert.ok(await page.locator('#import-load').isDisabled(), 'a bad row keeps the file out');
  assert.equal(await count(), before, 'nothing was loaded by trying');
  await page.locator('#import-without').check();
  await page.locator('#import-load').click();
  await page.locator('#import-result').waitFor();
  assert.equal(await count(), before + 2, 'the others are loaded');
  await picture('import-loaded');
  await page.locator('#import-undo').click();
  await page.waitForFunction((all) => fetch('/collections/school/items?limit=1&f=json').then((answer) => answer.json()).then((read) => read.numberMatched === all), before);
}
