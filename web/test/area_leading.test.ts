import { afterEach, expect, it, vi } from 'vitest';
import { showFeature } from '../src/tools/area/leading';
import type { ListedFeature } from '../src/tools/area/report';
import type { Workbench } from '../src/tools/tool';

afterEach(() => vi.unstubAllGlobals());

it('the map goes to the row that was pressed last, whichever is answered first', async () => {
  const answers = new Map<string, () => void>();
  vi.stubGlobal('fetch', (path: string) => new Promise<Response>((resolve) => {
    const id = /items\/(\d+)/.exec(path)?.[1] ?? '';
    const geometry = { type: 'Point', coordinates: [106 + Number(id) / 10, 11] };
    const body = JSON.stringify({ type: 'Feature', id: Number(id), properties: {}, geometry });
    answers.set(id, () => resolve(new Response(body, { headers: { 'content-type': 'application/geo+json' } })));
  }));
  const shown: number[] = [];
  const page = {
    toggle: () => undefined, showFeature: () => undefined,
    map: { showBox: ([west]: readonly number[]) => shown.push(Math.round(((west ?? 0) - 106) * 10)) },
  } as unknown as Workbench;
  const both = [1, 2].map((id) => showFeature(page, 'school', { id } as unknown as ListedFeature));
  await vi.waitFor(() => expect(answers.size).toBe(2));
  answers.get('2')?.();
  await both[1];
  answers.get('1')?.();
  await both[0];
  expect(shown).toEqual([2]);
});
