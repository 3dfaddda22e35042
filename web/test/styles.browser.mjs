/** Themes and the dark look, as a person uses them. */
import { strict as assert } from 'node:assert';

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
}
