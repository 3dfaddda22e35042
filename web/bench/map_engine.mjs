/**
 * The MapLibre map of a page, found from outside, so that the page carries nothing for measuring: the class by the names of
 * its methods in the modules that the page has loaded, the map by asking the browser for the class's instances.
 */

/** An expression that is the class with these methods, out of the page's modules. */
const classWith = (...methods) => `(async () => {
  const scripts = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => /\\/assets\\/[^/]+\\.js$/.test(new URL(name).pathname));
  for (const script of scripts.filter((name) => !/worker/.test(name))) {
    for (const made of Object.values(await import(script).catch(() => ({})))) {
      if (typeof made === 'function' && made.prototype && ${JSON.stringify(methods)}.every((name) => name in made.prototype)) return made.prototype;
    }
  }
  return null;
})()`;

// A class that was derived from it has a prototype that is an instance, too: the map itself has a style of its own.
async function instances(session, expression) {
  const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true });
  if (!result.objectId) return null;
  const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId: result.objectId });
  return objects.objectId;
}

/** Keeps the map as `window.measuredMap` in this page. */
export async function findMap(page) {
  const session = await page.context().newCDPSession(page);
  const keep = (objectId, functionDeclaration) => session.send('Runtime.callFunctionOn', { objectId, functionDeclaration, returnByValue: true });
  for (const [methods, of] of [[['triggerRepaint', 'coveringTiles'], "this.find((one) => Object.hasOwn(one, 'style'))"], [['toggle', 'showBox', 'engine'], 'this[0].map']]) {
    const found = await instances(session, classWith(...methods));
    if (!found) continue;
    await keep(found, `function () { window.measuredMap = ${of}; }`);
    if (await page.evaluate(() => typeof window.measuredMap?.coveringTiles === 'function')) return;
  }
  throw new Error('no MapLibre map was found in the page: its modules no longer give the class away');
}
