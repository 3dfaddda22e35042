/** What axe-core finds on a page: barriers for people who hear the page, use the keyboard, or see little. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Findings that nobody may meet. */
const GRAVE = ['serious', 'critical'];

async function found(page, parts) {
  // By the browser's own tool: no script of the page's, so its policy stays as it is.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const violations = await page.evaluate(async (selectors) => {
    const there = selectors.filter((selector) => document.querySelector(selector)?.checkVisibility());
    const context = there.length > 0 ? { include: there.map((selector) => [selector]) } : document;
    return (await window.axe.run(context, { resultTypes: ['violations'], elementRef: false })).violations;
  }, parts);
  return violations.filter(({ impact }) => GRAVE.includes(impact));
}

/** Gathers what is found over many views, so that one run tells of all. */
export class AxeFindings {
  lines = [];
  views = new Set();
  looks = 0;

  /** Looks at what the page shows now, or at those parts of it that are there; `view` names it. */
  async look(page, view, parts = []) {
    this.views.add(view);
    this.looks += 1;
    const language = await page.locator('html').getAttribute('lang');
    for (const { id, impact, help, nodes } of await found(page, parts)) {
      for (const { target, any, all, none } of nodes.slice(0, 4)) {
        const why = [...any, ...all, ...none].map(({ message }) => message).slice(0, 2).join('; ');
        this.lines.push(`${view} (${language}), ${impact}, ${id}: ${help}\n    ${target.join(' ')}\n    ${why}`);
      }
      if (nodes.length > 4) this.lines.push(`    and ${nodes.length - 4} more of ${id}`);
    }
  }
}
