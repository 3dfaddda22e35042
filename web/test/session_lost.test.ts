import { afterEach, expect, it, vi } from 'vitest';
import { ask } from '../src/api';
import { callerKey } from '../src/caller_key';
import { askUnits } from '../src/tools/area/asking';
import { fetchMatches } from '../src/tools/filter/matches';
import { layer } from './fixture';

afterEach(() => {
  vi.unstubAllGlobals();
  callerKey.forget();
});

const GONE = 'this API key, number 12, expired on 2026-11-01; ask for a new one';
const told: Array<string | null> = [];
callerKey.onRefused((detail) => told.push(detail));

// Whatever asks: a key that is no longer taken is told of to the page, which offers a way on.
it.each<[string, () => Promise<unknown>]>([
  ['the page', () => ask('/catalog')],
  ['the area tool', () => askUnits('duc hoa', null, new AbortController().signal)],
  ['the filter', () => fetchMatches(layer('school', {}), 'TRUE', [])],
])('%s hears that the session is lost', async (_, asked) => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ detail: GONE }), { status: 401 })));
  callerKey.take('diaban_0');
  told.length = 0;
  await expect(asked()).rejects.toThrow();
  expect(told).toEqual([GONE]);
});
