/**
 * The figures of a report on screen beside those of the server's JSON. What is written is read back as a person of
 * that language reads it, so nothing of how the page writes numbers is taken for granted here.
 */
import { strict as assert } from 'node:assert';

/** Groups that stand alone in a chart before the rest becomes one. */
const BARS_MAX = 15;

/** The number that a text begins with or holds, and what stands behind it: `1.234,5 ha` is 1234.5 and `ha` in Vietnamese. */
export function figure(text, language) {
  const found = /(<\s*)?([\d.,]+)\s*([^\d.,]*)$/.exec(text.trim());
  assert.ok(found, `a figure: ${text}`);
  const [, below, digits, unit] = found;
  const [groups, decimal] = language === 'vi' ? [/\./g, ','] : [/,/g, '.'];
  return { value: Number(digits.replace(groups, '').replace(decimal, '.')), unit: unit.trim(), below: below !== undefined };
}

/** How far a figure may lie from what it is written of, by what is promised: a square metre, ten metres of a long road. */
function within({ value, unit }) {
  if (unit === 'ha') return value < 100 ? 0.000051 : 0.0051;
  return { m: 0.051, km: 0.0051, '%': 0.051 }[unit] ?? 0.0051;
}

function same(text, expected, language, about) {
  const written = figure(text, language);
  if (written.below) {
    assert.ok(expected > 0 && expected < written.value, `${about}: ${text} for ${expected}`);
    return;
  }
  const scaled = written.unit === 'km' ? expected / 1000 : expected;
  assert.ok(Math.abs(written.value - scaled) <= within(written), `${about}: ${text} for ${scaled}`);
}

const measureOf = (amounts) => (amounts.area_ha > 0 ? 'area_ha' : amounts.length_m > 0 ? 'length_m' : 'count');
const sum = (all, of) => all.reduce((whole, one) => whole + (one[of] ?? 0), 0);

/** What the page shows of a report: every text of its tables, all parts opened. */
function shown(page) {
  return page.locator('.area-report').evaluate((report) => {
    const texts = (within, selector) => [...within.querySelectorAll(selector)].map((one) => one.textContent);
    const rows = (within, selector) => [...within.querySelectorAll(selector)].map((row) => [...row.children].map((cell) => cell.textContent));
    const parts = [...report.querySelectorAll('.area-layer')].map((part) => ({
      layer: part.id.replace('area-layer-', ''), title: part.querySelector('h4').textContent, total: part.querySelector('summary .count').textContent,
      sums: texts(part, '.area-facts dd'), caption: part.querySelector('.area-chart caption')?.textContent ?? '',
      bars: rows(part, '.area-chart tbody tr'), features: rows(part, '.area-wide tbody tr'),
    }));
    return { size: report.querySelector('.area-size').textContent, overview: rows(report, 'section > .area-table tbody tr'), parts };
  });
}

function compareBars({ bars, caption }, { groups, total }, language, about) {
  const measure = measureOf(total);
  const sorted = [...groups].sort((a, b) => (b[measure] ?? 0) - (a[measure] ?? 0));
  const alone = sorted.length > BARS_MAX + 1 ? sorted.slice(0, BARS_MAX) : sorted;
  const rest = sorted.slice(alone.length);
  assert.equal(bars.length, alone.length + (rest.length > 0 ? 1 : 0), `${about}: groups`);
  const whole = sum(sorted, measure);
  const amounts = [...alone.map((one) => [one[measure] ?? 0, one.count]), ...(rest.length > 0 ? [[sum(rest, measure), sum(rest, 'count')]] : [])];
  for (const [at, [amount, count]] of amounts.entries()) {
    const [name, written, share, counted] = bars[at];
    same(written, amount, language, `${about}, ${name}`);
    same(share, whole > 0 ? (amount / whole) * 100 : 0, language, `${about}, share of ${name}`);
    if (measure !== 'count') assert.equal(figure(counted, language).value, count, `${about}, number of ${name}`);
    for (const value of Object.values(alone[at]?.by ?? {})) {
      if (typeof value === 'object' && value?.code) assert.ok(`${name} ${caption}`.includes(value[language]), `${about}: ${value[language]} in ${name}`);
    }
  }
}

function comparePart(part, layer, language) {
  const about = layer.layer;
  const { total } = layer;
  assert.equal(part.title, layer.title[language]);
  same(part.total, total[measureOf(total)], language, about);
  const sums = Object.values(total.values ?? {}).filter((one) => one.count !== 0).map((one) => one.sum ?? one.mean).filter((one) => one !== undefined && one !== null);
  assert.equal(part.sums.length, sums.length, `${about}: sums`);
  sums.forEach((expected, at) => same(part.sums[at], expected, language, `${about}, sum ${at}`));
  compareBars(part, { groups: layer.groups ?? [], total }, language, about);
  const features = layer.features ?? [];
  assert.equal(part.features.length, features.length, `${about}: features`);
  for (const [at, one] of features.entries()) {
    const amount = one.area_ha ?? one.length_m;
    if (amount === undefined || amount === null) continue;
    same(part.features[at].at(-2), amount, language, `${about}, feature ${one.id}`);
    same(part.features[at].at(-1), (one.share ?? 1) * 100, language, `${about}, share of feature ${one.id}`);
  }
}

/** Holds every figure of the report on screen to the server's answer; how many layers and figures those were. */
export async function sameFigures(page, answer, language) {
  await page.locator('.area-report .area-layer').evaluateAll((parts) => parts.forEach((part) => { part.open = true; }));
  await page.waitForFunction(() => [...document.querySelectorAll('.area-layer')].every((part) => part.childElementCount > 1 || !part.open));
  const report = await shown(page);
  const told = answer.layers.filter((one) => one.total.count > 0);
  same(report.size, answer.area.area_ha, language, 'the area');
  assert.deepEqual(report.overview.map(([title]) => title), told.map(({ title }) => title[language]), 'the layers, in the order of the answer');
  for (const [at, layer] of told.entries()) {
    const [title, amount, share] = report.overview[at];
    same(amount, layer.total[measureOf(layer.total)], language, title);
    if (measureOf(layer.total) === 'area_ha') same(share, Math.min(100, (layer.total.area_ha / answer.area.area_ha) * 100) , language, `share of ${title}`);
    assert.equal(report.parts[at].layer, layer.layer);
    comparePart(report.parts[at], layer, language);
  }
  const figures = 1 + told.length * 2 + report.parts.reduce((all, { sums, bars, features }) => all + sums.length + bars.length * 3 + features.length * 2, 0);
  return { layers: told.length, figures };
}
