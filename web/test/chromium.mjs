/** A headless Chromium to use the page in, and what all who use it there have to know. */
import { chromium } from 'playwright-core';

/** Headless, silent towards the network; a processor draws the map, as on a machine without a graphics card. */
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--enable-unsafe-swiftshader', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--lang=vi',
];

/** CHROMIUM names another browser. */
export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });

/** Waits until the map has begun what was asked of it, and has drawn everything. */
export async function idle(page) {
  await page.waitForTimeout(200);
  await page.waitForFunction(() => document.documentElement.dataset.map === 'idle', null, { timeout: 60_000 });
  await page.waitForTimeout(200);
}

/** Hears what pages complain of, and whom they ask beside `url`. */
export class Watch {
  complaints = [];
  strangers = [];

  constructor(url) {
    this.host = new URL(url).host;
  }

  /** `expected` are complaints that the steps on this page bring about themselves. */
  over(page, expected = /^$/) {
    page.on('console', (message) => {
      if (message.type() === 'error' && !expected.test(message.text())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('request', (request) => {
      const asked = new URL(request.url());
      if (/^https?:$/.test(asked.protocol) && asked.host !== this.host) this.strangers.push(request.url());
    });
    return page;
  }
}
