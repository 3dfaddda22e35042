/** Themes and the dark look, as a person uses them. */
import { strict as assert } from 'node:assert';
import { collections } from './mock_data.mjs';

/** Texts on the page whose contrast to what lies behind them is less than 4.5 to 1 (WCAG 2.2, 1.4.3). */
function faintTexts(page) {
  return page.evaluate(() => {
    const parts = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => {
      const [red, green, blue] = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const [r, g, b, a = 1] = parts(getComputedStyle(at).backgroundColor);
        if (a > 0.5) return [r, g, b];
      }
      return [255, 255, 255];
    };
    const faint = [];
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
      if (!own || element.closest('.sheet, option, :disabled') || !element.checkVisibility({ opacityProperty: true })) continue;
      const [one, other] = [light(parts(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
      const ratio = (one + 0.05) / (other + 0.05);
      if (ratio < 4.5) faint.push(`${element.className || element.tagName}: ${ratio.toFixed(1)} ${element.textContent.trim().slice(0, 30)}`);
    }
    return faint;
  });
}

const look = (page) => page.locator('html').getAttribute('data-look');

/** How light the map is, 0 to 1. */
async function lightness(page) {
  const shot = await page.locator('.map canvas').first().screenshot();
  return page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1, 1];
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / 765;
  }, shot.toString('base64'));
}

/** How many pixels in the middle of the map are nearly of a colour: as large a square as a sign has. */
async function pixelsOf(page, [red, green, blue]) {
  const { x, y, width, height } = await page.locator('.map').boundingBox();
  const clip = { x: Math.round(x + width / 2) - 8, y: Math.round(y + height / 2) - 8, width: 16, height: 16 };
  const shot = await page.screenshot({ clip });
  return page.evaluate(async ({ data, wanted }) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const context = document.createElement('canvas').getContext('2d');
    [context.canvas.width, context.canvas.height] = [image.width, image.height];
    context.drawImage(image, 0, 0);
    const { data: pixels } = context.getImageData(0, 0, image.width, image.height);
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      if (wanted.every((part, channel) => Math.abs(pixels[at + channel] - part) < 25)) count += 1;
    }
    return count;
  }, { data: shot.toString('base64'), wanted: [red, green, blue] });
}

const WHITE = [255, 255, 255];
const RED = [225, 0, 0];

/** Signs stand on the discs of schools: of ours, which the page draws, and of an operator's, which the server has. */
async function signs(browser, { url, picture, idle }) {
  const [longitude, latitude] = collections.get('school').features[0].geometry.coordinates;
  const address = `${url}#map=17/${latitude}/${longitude}&layers=school&lang=vi`;
  const open = async (prepare = async () => {}) => {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 }, locale: 'vi-VN', colorScheme: 'light' });
    await prepare(page);
    await page.goto(address);
    await idle(page);
    return page;
  };
  // The disc without its sign, for what is white in it by itself.
  const bare = await open((page) => page.addInitScript(() => {
    CanvasRenderingContext2D.prototype.fill = () => {};
  }));
  const withoutSign = await pixelsOf(bare, WHITE);
  await bare.close();
  const ours = await open();
  const withSign = await pixelsOf(ours, WHITE);
  await picture(ours, 'styles-3-sign');
  assert.ok(withSign > withoutSign + 15, `a school has its sign: ${withSign} white pixels, and ${withoutSign} without it`);
  const square = await ours.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d');
    [context.canvas.width, context.canvas.height] = [40, 24];
    context.fillStyle = 'rgb(225 0 0)';
    context.fillRect(10, 0, 24, 24);
    return context.canvas.toDataURL().split(',')[1];
  });
  await ours.close();

  const asked = [];
  const theirs = await open(async (page) => {
    page.on('request', (request) => request.url().includes('/sprites/') && asked.push(request.url()));
    await page.route('**/styles/map*', async (route) => {
      const answer = await route.fetch();
      const style = await answer.json();
      style.layers.find(({ id }) => id === 'school/icon').layout['icon-image'] = 'tower';
      await route.fulfill({ response: answer, json: style });
    });
    const index = { tower: { x: 10, y: 0, width: 24, height: 24, pixelRatio: 2 } };
    await page.route('**/sprites/diaban@2x.json', (route) => route.fulfill({ json: index }));
    await page.route('**/sprites/diaban@2x.png', (route) => route.fulfill({ contentType: 'image/png', body: Buffer.from(square, 'base64') }));
  });
  assert.ok((await pixelsOf(theirs, RED)) > 60, 'a sign that the page does not know comes from the server');
  assert.equal(asked.length, 2, 'and is asked for once');
  await theirs.close();
}

export async function styles(page, { url, picture, idle }) {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.evaluate(() => localStorage.removeItem('diaban.look'));
  await page.goto(`${url}#lang=vi`);
  await page.reload();
  await idle(page);
  assert.equal(await look(page), 'light');
  assert.ok((await lightness(page)) > 0.6, 'by day the map is light');

  // The system says it is night: the page follows, as nobody has chosen.
  await page.emulateMedia({ colorScheme: 'dark' });
  await idle(page);
  assert.equal(await look(page), 'dark');
  assert.ok((await lightness(page)) < 0.45, 'the map is dark, too');
  assert.deepEqual(await faintTexts(page), []);

  // He chooses; that is kept, whatever the system says.
  await page.locator('#look-switch').click();
  assert.equal(await look(page), 'light');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'look-switch', 'the focus stays on the switch');
  await page.reload();
  await idle(page);
  assert.equal(await look(page), 'light');
  assert.ok((await lightness(page)) > 0.6, 'by day it is as before');
  await page.locator('#look-switch').click();
  for (const tool of await page.locator('.tool-button').all()) {
    await tool.click();
    await page.waitForTimeout(150);
    assert.deepEqual(await faintTexts(page), [], await tool.innerText());
    await tool.click();
  }
  await picture(page, 'styles-1-dark');

  // A theme switches layers, legend and link; the link brings it back.
  await page.locator('#theme').focus();
  await page.locator('#theme').selectOption('transport');
  await idle(page);
  assert.ok(page.url().includes('theme=transport'));
  assert.ok(await page.locator('input[data-layer="road_segment"]').isChecked());
  assert.ok(!(await page.locator('input[data-layer="school"]').isChecked()));
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'theme', 'the focus stays on the choice');
  const link = page.url();
  await page.locator('#theme').selectOption('society');
  await idle(page);
  assert.ok(await page.locator('input[data-layer="school"]').isChecked());
  assert.ok((await page.locator('.layers .swatch path').count()) > 0, 'the legend shows signs');
  assert.ok(await page.locator('label[for="switch-school"]').isVisible(), 'what the theme is about lies open');
  await picture(page, 'styles-2-society');
  await page.goto(link);
  await idle(page);
  assert.equal(await page.locator('#theme').inputValue(), 'transport');
  assert.ok(!(await page.locator('input[data-layer="school"]').isChecked()));
  await page.locator('#theme').selectOption('');
  await idle(page);
  assert.ok(!page.url().includes('theme='));
  await page.locator('#look-switch').click();
  await page.evaluate(() => localStorage.removeItem('diaban.look'));
  await page.emulateMedia({ colorScheme: null });
  await signs(page.context().browser(), { url, picture, idle });
}
