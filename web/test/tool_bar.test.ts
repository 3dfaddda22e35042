import { expect, it } from 'vitest';
import { next } from '../src/tools/bar';

it.each([
  ['ArrowDown', 0, 1], ['ArrowRight', 8, 9], ['ArrowDown', 9, 0], ['ArrowUp', 0, 9], ['ArrowLeft', 5, 4], ['Home', 5, 0], ['End', 5, 9],
  ['Enter', 5, null], ['Tab', 5, null], ['ArrowDown', -1, null],
])('%s leads along the bar of tools from %s to %s', (key, from, to) => expect(next(key, from, 10)).toBe(to));
