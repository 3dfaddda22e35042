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

/** A file that is changed before it is sent: the server is not to blame. */
async function changed(page) {
  await page.locator('.import-drop').evaluate((zone) => {
    const file = new File(['x'], 'thua_dat.csv');
    file.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) });
    const event = new Event('drop', { bubbles: true, cancelable: true });
    event.dataTransfer = { files: [file] };
    zone.dispatchEvent(event);
  });
  await page.waitForFunction(() => document.querySelector('#import-said').textContent.includes('Tệp thua_dat.csv đã thay đổi'));
}

/** A file that is taken in and then comes to nothing: why, in the language of the page, and a way on that the keyboard finds. */
async function broken(page, { picture }) {
  const send = (name) => page.locator('#import-file').setInputFiles({ name, mimeType: 'application/zip', buffer: SHEET });
  await page.locator('#import-file').focus();
  await send('bom.zip');
  const told = page.locator('#import-taken-for');
  await told.waitFor();
  const words = await told.innerText();
  assert.ok(words.includes('Không đọc được tệp bom.zip. Chưa có gì thay đổi.'), words);
  assert.ok(words.includes('khi giải nén lớn hơn 4096 MB') && words.includes('Hãy sửa tệp'), words);
  assert.equal(await told.locator('select, input').count(), 0, 'there is nothing to choose of it');
  assert.equal(await page.locator('#import-look-again').count(), 0, 'the same bytes are the same again');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '2. Tệp được hiểu là', 'the focus is where it goes on');
  await picture(page, '25-import-broken-vi');
  await page.locator('#language-en').click();
  assert.ok((await told.innerText()).includes('The file bom.zip cannot be read. Nothing has changed.'));
  await page.locator('#language-vi').click();
  await page.locator('#import-another').focus();
  await page.keyboard.press('Enter');
  await page.locator('.import-drop').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'import-layer');

  // Its beginning is well, its middle is not: said beside the button that found it.
  await send('cụt.csv');
  await page.locator('#import-candidate-0').click();
  await page.waitForFunction(() => document.querySelector('.import-system')?.textContent.includes('EPSG:9210'));
  await page.locator('#import-column-name_vi').selectOption('TEN <b>');
  await page.locator('#import-rehearse').focus();
  await page.keyboard.press('Enter');
  const cut = page.locator('#import-rehearsal .import-trouble');
  await cut.waitFor();
  assert.ok((await cut.innerText()).includes('sau dòng 3: no end <b>'));
  assert.equal(await told.locator('.import-trouble').count(), 0, 'it is said once');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'import-rehearse', 'the focus is back on the button');
  await page.locator('#import-other').click();
  await page.locator('.import-drop').waitFor();
}

/** A column is for one attribute: the one that it is taken from is seen to be without, and two that are given it are told of. */
async function oneColumnTwice(page) {
  const [code, name] = [page.locator('#import-column-park_id'), page.locator('#import-column-name_vi')];
  await name.selectOption('MA_KCN');
  assert.equal(await code.inputValue(), '', 'the code has lost its column');
  const steps = page.locator('#import-rehearsal');
  assert.ok((await steps.innerText()).includes('Hãy chọn cột cho: Mã khu'), await steps.innerText());
  await code.selectOption('MA_KCN');
  assert.ok((await steps.innerText()).includes('Cột MA_KCN đang được chọn cho: Tên khu, Mã khu.'), await steps.innerText());
  assert.ok(await page.locator('#import-rehearse').isDisabled());
  await name.selectOption('');
}

/** Who types one value for all rows and presses the button at once is understood at the first press. */
async function pressedAtOnce(page) {
  await page.locator('#import-column-area_ha').selectOption({ label: 'Một giá trị cho mọi dòng…' });
  await page.locator('#import-constant-area_ha').pressSequentially('5');
  const asked = page.waitForRequest((request) => request.url().endsWith('/rehearsal'), { timeout: 5_000 });
  const { x, y, width, height } = await page.locator('#import-rehearse').boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.waitForTimeout(120);
  await page.mouse.up();
  assert.deepEqual((await asked).postDataJSON().set, { area_ha: '5' });
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
  await page.route('**/imports?name=*', (route) => route.abort());
  await changed(page);
  await page.unroute('**/imports?name=*');
  await broken(page, { picture });

  await page.locator('#import-file').setInputFiles({ name: 'khu công nghiệp.csv', mimeType: 'text/csv', buffer: SHEET });
  await page.locator('#import-taken-for').waitFor();
  const taken = page.locator('#import-taken-for');
  assert.ok((await taken.innerText()).includes('tệp không ghi tọa độ ở hệ nào'));
  const offered = await page.locator('#import-column-name_vi').evaluate((select) => select.textContent);
  assert.ok(offered.includes('TEN <b>  (Đức Hòa <script>)'), 'samples are shown as the text that they are');
  assert.ok(await page.locator('#import-rehearse').isDisabled(), 'a name is missing');
  await picture(page, '26-import-look-vi');
  await oneColumnTwice(page);
  await page.locator('#import-candidate-0').click();
  await page.waitForFunction(() => document.querySelector('.import-system')?.textContent.includes('EPSG:9210'));
  await page.locator('#import-column-name_vi').selectOption('TEN <b>');
  await page.locator('#import-rehearse').scrollIntoViewIfNeeded();
  await pressedAtOnce(page);

  await page.locator('.import-findings').waitFor();
  assert.ok((await page.locator('.import-findings').innerText()).includes('-5 nhỏ hơn 0 <img src=x>'));
  const load = page.locator('#import-load');
  assert.ok(await load.isDisabled(), 'a wrong row keeps the file out');
  await page.locator('.import-show').click();
  await page.waitForFunction(() => location.hash.includes('10.8'));
  await picture(page, '27-import-rehearsal-vi');
  // Another language is no other choice; a page that is opened anew has forgotten what was chosen.
  await page.locator('#language-en').click();
  assert.equal(await page.locator('#import-loading .import-trouble').count(), 0);
  await page.locator('#language-vi').click();
  await page.reload();
  await idle(page);
  await page.locator('.import-drawer .import-second', { hasText: 'khu công nghiệp.csv' }).first().click();
  await page.locator('#import-loading .import-trouble', { hasText: 'không còn các lựa chọn' }).waitFor();
  assert.ok(await load.isDisabled());
  await page.locator('#import-column-name_vi').selectOption('TEN <b>');
  await page.locator('#import-rehearse').click();
  await page.locator('#import-loading .import-trouble').waitFor({ state: 'detached' });
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
  await page.locator('.import-drawer .import-second', { hasText: 'khu công nghiệp.csv' }).first().click();
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
