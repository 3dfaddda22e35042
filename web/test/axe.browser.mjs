/** Every view of the page, in both languages, under axe-core: nothing serious or critical may be found. */
import { strict as assert } from 'node:assert';
import { AxeFindings } from './axe_findings.mjs';

/** What is done in a tool, beyond opening it, and how each of its states is called. */
const WITHIN = {
  async area(page, look) {
    await page.locator('#area-unit').fill('duc hoa');
    await page.locator('.area-unit').first().waitFor();
    await look('units');
    for (const way of ['draw', 'corners', 'file']) {
      await page.locator(`label[for="area-way-${way}"]`).click();
      if (way === 'corners') {
        await page.locator('#area-corners').fill('1\t1165000,00\t554000,00\n2\t1165500,00');
        await page.locator('.area-told .area-trouble').waitFor();
      }
      await look(way);
    }
    await page.locator('label[for="area-way-corners"]').click();
    await page.locator('#area-corners').fill('1\t1195000,00\t554000,00\n2\t1195500,00\t554000,00\n3\t1195500,00\t554600,00');
    await page.locator('.area-form .area-primary').click();
    await page.locator('#area-report-title').waitFor();
    await page.locator('.area-layer').evaluateAll((parts) => parts.forEach((part) => { part.open = true; }));
    await look('report');
    await page.locator('#area-new').click();
  },
  async filter(page, look) {
    await page.locator('#filter-layer').selectOption('school');
    await page.locator('#filter-attribute-0').selectOption('level');
    await page.locator('#filter-apply').click();
    await look('flaw');
    await page.locator('.filter-codes label').nth(1).click();
    await page.locator('#filter-apply').click();
    await page.locator('.filter-count').waitFor();
    await look('matches');
    await page.locator('#filter-clear').click();
  },
  async print(page, look) {
    await page.locator('.print-preview .sheet').waitFor({ timeout: 60_000 });
    await page.waitForFunction(() => !document.querySelector('.print-preview').hasAttribute('aria-busy'), null, { timeout: 60_000 });
    await look('preview');
  },
  async download(page, look) {
    await page.locator('#download-layer').selectOption('school');
    await look('layer');
  },
  async account(page, look) {
    await page.locator('#account-key').fill('khóa của tôi');
    await page.locator('#account-key').press('Enter');
    await page.locator('#account-answer.wrong').waitFor();
    await look('refused');
  },
};

/** Looks at a view in both languages, whole or at `parts` of it: the rest stands there as it stood before. */
function looker(page, findings, idle) {
  return async (view, ...parts) => {
    await idle(page);
    for (const language of ['en', 'vi']) {
      await page.locator(`#language-${language}`).click();
      await page.waitForTimeout(80);
      await findings.look(page, view, parts);
    }
  };
}

async function tools(page, look) {
  const ids = await page.locator('.tool-button').evaluateAll((all) => all.map(({ id }) => id));
  assert.ok(ids.length > 0);
  for (const id of ids) {
    const name = id.replace('tool-', '');
    await page.locator(`#${id}`).click();
    await look(name, '.map-frame', '.drawer');
    await WITHIN[name]?.(page, (state) => look(`${name}, ${state}`, '.drawer'));
    await page.locator(`#${id}`).click();
  }
}

/** All views of the map page at `url`; what was found is in `findings`. */
export async function everyView(page, { url, idle }, findings) {
  const look = looker(page, findings, idle);
  await page.goto(`${url}#map=10/11.05/106.2&lang=vi`);
  await idle(page);
  await look('map');
  await page.locator('#search').fill('duc hoa');
  await page.locator('.hits button, .hits .empty').first().waitFor();
  await look('search', '.search');
  await page.locator('#search').press('Escape');
  await page.locator('.map canvas').first().press('Enter');
  await page.locator('.panel .card').first().waitFor();
  await look('feature', '.panel');
  await page.locator('.panel').press('Escape');
  await page.locator('.technical summary').click();
  await look('technical', '.map-foot');
  await page.locator('.technical summary').click();
  await tools(page, look);
  await page.setViewportSize({ width: 390, height: 800 });
  await look('phone');
  await page.route('**/tiles/**', (route) => route.abort());
  await page.locator('.map-buttons button').first().click();
  await page.locator('.notice').first().waitFor();
  await look('server away', '.notices');
  await page.unroute('**/tiles/**');
}

export async function axe(page, tools) {
  const findings = new AxeFindings();
  await everyView(page, tools, findings);
  assert.deepEqual(findings.lines, [], `serious or critical findings of axe-core:\n${findings.lines.join('\n')}`);
  console.log(`axe-core: ${findings.views.size} views in vi and en, nothing serious or critical`);
  await page.close();
}

/** Pages of single documents, which the server makes of the JSON that others read. */
const DOCUMENTS = [
  '/api', '/collections', '/collections/school', '/collections/school/items', '/collections/school/queryables', '/collections/school/statistics',
  '/report?area=commune:27937@2026-01-01', '/units?q=duc+hoa', '/search?q=duc+hoa', '/at?point=106.4,10.88', '/quality', '/conformance',
];

/** Looks at them, as the server at `url` shows them. */
export async function everyDocument(page, url, findings) {
  for (const path of DOCUMENTS) {
    for (const language of ['vi', 'en']) {
      const address = new URL(path, url);
      address.searchParams.set('lang', language);
      address.searchParams.set('f', 'html');
      const answer = await page.goto(address.href);
      assert.ok(answer.ok() && answer.headers()['content-type']?.startsWith('text/html'), `${path} is a page`);
      await findings.look(page, path);
    }
  }
}
