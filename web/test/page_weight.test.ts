/** What the page weighs on the wire: what a first view loads, and all there is. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

/** Bytes, compressed, MapLibre included. */
const FIRST_VIEW_MAX = 500_000;
const dist = new URL('../dist/', import.meta.url);
const assets = new URL('assets/', dist);

const text = (name: string): string => readFileSync(new URL(name, assets), 'utf8');

/** Other files that a script names where it is loaded: not those that it may load later. */
function loadedWith(name: string): string[] {
  if (!name.endsWith('.js')) return [];
  return [...text(name).matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([\w.-]+\.js)["']/g)].flatMap((found) => found[1] ?? []);
}

/** The files of a first view: what the page names, MapLibre's worker, and what both load with them. */
function firstView(): Set<string> {
  const page = readFileSync(new URL('index.html', dist), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\/assets\/([^"]+)"/g)].flatMap((found) => found[1] ?? []);
  const all = new Set([...named, ...readdirSync(assets).filter((name) => /^tile_worker.*\.js$/.test(name))]);
  for (const name of all) for (const other of loadedWith(name)) all.add(other);
  return all;
}

const weight = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, assets)), { level: 6 }).length, 0);

test.skipIf(!existsSync(dist))('a first view loads under 500 KB of code, MapLibre and its worker included', () => {
  const first = firstView();
  const scripts = [...first].filter((name) => name.endsWith('.js'));
  expect(scripts.some((name) => name.startsWith('tile_worker'))).toBe(true);
  expect(scripts.length).toBeGreaterThan(2);
  const whole = readdirSync(assets).filter((name) => !name.endsWith('.gz'));
  console.log(`first view ${weight(first)} bytes, all ${weight(whole)} bytes, compressed`);
  expect(weight(first)).toBeLessThan(FIRST_VIEW_MAX);
});

test.skipIf(!existsSync(dist))('drawing is loaded by who draws, not by who looks', () => {
  const first = [...firstView()].filter((name) => name.endsWith('.js'));
  expect(first.filter((name) => text(name).includes('terra-draw'))).toEqual([]);
});

test.skipIf(!existsSync(dist))('beside each file stands what the server sends of it', () => {
  const files = readdirSync(assets).filter((name) => /\.(js|css|svg)$/.test(name));
  expect(files.length).toBeGreaterThan(5);
  for (const name of files) expect(existsSync(new URL(`${name}.gz`, assets)), name).toBe(true);
});
