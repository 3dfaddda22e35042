/** Signs in at a provider of identity and out again, as a person would, and meets what can go wrong on the way. */
import { strict as assert } from 'node:assert';
import { PERSON_AGENCY, startSignIn } from './sign_in_mock.mjs';

const kept = (page) => page.evaluate(() => Object.keys(sessionStorage).sort());

async function begin(page) {
  if (await page.locator('#drawer').isHidden()) await page.locator('#tool-account').click();
  await page.locator('#account-provider-0').click();
}

/** `page` is another one of the same browser. */
export async function signIn(other, { url: stand, picture, idle }) {
  const { url, issuer, taken, stop } = await startSignIn(new URL('/', stand).href);
  const page = await other.context().browser().newPage({ viewport: { width: 1280, height: 800 }, locale: 'vi-VN' });
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 40[01]/.test(message.text())) errors.push(message.text());
  });
  try {
    await page.goto(`${url}#map=11/11.05/106.2&layers=school&lang=en`);
    await idle(page);
    issuer.next.denies = true;
    await begin(page);
    await page.locator('.notice[data-kind="sign-in"]').waitFor();
    assert.match(await page.locator('.notice').innerText(), /You are not signed in: you stopped at 127\.0\.0\.1/);
    assert.ok(page.url().includes('#map=11/11.05/106.2&layers=school'), 'the view is kept');
    assert.ok(!page.url().includes('state='), 'nothing of the answer stays in the address');
    assert.deepEqual(await kept(page), []);

    issuer.next = { seconds: 600, denies: false, nonce: 'of-another-sign-in' };
    await idle(page);
    await begin(page);
    await page.locator('.notice', { hasText: 'belongs to no sign-in' }).waitFor();
    assert.deepEqual(await kept(page), [], 'a token of another sign-in is not taken');

    issuer.next = { seconds: 600, denies: false, nonce: null };
    await idle(page);
    await picture(page, 'sign-in-1-en');
    await begin(page);
    await page.locator('.signed-in').waitFor();
    assert.ok((await page.locator('.signed-in').innerText()).includes(PERSON_AGENCY));
    assert.deepEqual(await kept(page), ['diaban.key', 'diaban.session'], 'kept in this tab');
    assert.equal(await page.evaluate(() => document.cookie + Object.keys(localStorage).filter((name) => name !== 'diaban.language').join()), '');
    await idle(page);
    assert.ok(page.url().includes('layers=school'), 'the link brings back the view');
    if (await page.locator('#drawer').isHidden()) await page.locator('#tool-account').click();
    assert.match(await page.locator('.account-until').innerText(), /until \d\d:\d\d/);
    await picture(page, 'sign-in-2-en');
    await page.goto(`${url}?code=stolen&state=forged#lang=en`);
    await page.locator('.notice[data-kind="sign-in"]').waitFor();
    // An answer that nobody asked for changes nothing.
    await page.locator('.signed-in').waitFor();
    await idle(page);

    // The server takes it no longer: why, and a way on.
    taken.refuses = true;
    await page.locator('.map-buttons button').first().click();
    const notice = page.locator('.notice[data-kind="session"]');
    await notice.waitFor();
    assert.match(await notice.innerText(), /no longer taken/);
    taken.refuses = false;
    issuer.next.seconds = 8;
    await notice.locator('button').first().click();
    await page.locator('.signed-in').waitFor();
    await notice.filter({ hasText: 'Your sign-in ended at' }).waitFor({ timeout: 15_000 });
    await picture(page, 'sign-in-3-ended-en');
    if (await page.locator('#drawer').isHidden()) await page.locator('#tool-account').click();
    const out = page.waitForRequest((request) => request.url().startsWith(`${issuer.url}/logout`));
    await page.locator('#account-sign-out').click();
    await out;
    await page.waitForURL(`${url}**`);
    await page.locator('#tool-account').waitFor();
    assert.deepEqual(await kept(page), [], 'nobody who comes after finds anybody signed in');
    assert.deepEqual(errors, []);
  } finally {
    await page.close();
    stop();
  }
}
