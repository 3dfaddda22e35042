/** Order and opacity of the layers as a person arranges them, and as a link says them. Pure. */
import { completedStack } from '../../stacking';

/** The faintest that a layer can be made, in percent: it can still be seen to be there. */
export const FAINTEST = 10;

export const OPACITY_STEP = 5;

export interface Arrangement {
  /** All layers, the topmost first. */
  readonly stack: readonly string[];
  /** Percent, of the layers that are not drawn in full. */
  readonly opacities: ReadonlyMap<string, number>;
}

/** The stack with a layer moved to where another is, among those that are on; the others keep their order. */
export function movedTo(stack: readonly string[], id: string, target: string): string[] {
  const from = stack.indexOf(id);
  const to = stack.indexOf(target);
  if (from < 0 || to < 0 || from === to) return [...stack];
  const rest = stack.filter((one) => one !== id);
  rest.splice(rest.indexOf(target) + (from < to ? 1 : 0), 0, id);
  return rest;
}

/** The layer that is next among those that are on: above it for -1, below it for 1; null at the end. */
export function neighbour(stack: readonly string[], on: ReadonlySet<string>, id: string, step: -1 | 1): string | null {
  const seen = stack.filter((one) => on.has(one));
  return seen[seen.indexOf(id) + step] ?? null;
}

/** Reads `land_use_plan:60,school:80`; what cannot be read is left out. */
export function readOpacities(text: string | null, layers: ReadonlySet<string>): Map<string, number> {
  const said = new Map<string, number>();
  for (const part of (text ?? '').split(',')) {
    const [id = '', percent = ''] = part.split(':');
    const number = Number(percent);
    if (layers.has(id) && /^\d{1,3}$/.test(percent) && number >= FAINTEST && number < 100) said.set(id, number);
  }
  return said;
}

export function readArrangement(
  order: string | null, opacities: string | null, style: readonly string[],
): Arrangement {
  return { stack: completedStack(style, order?.split(',') ?? []), opacities: readOpacities(opacities, new Set(style)) };
}

/** What the link says of the order: the layers that are on, where the style would lay them otherwise. */
export function writtenOrder(stack: readonly string[], style: readonly string[], on: ReadonlySet<string>): string | null {
  const seen = stack.filter((id) => on.has(id)).join(',');
  return seen === style.filter((id) => on.has(id)).join(',') ? null : seen;
}

export function writtenOpacities(opacities: ReadonlyMap<string, number>): string | null {
  if (opacities.size === 0) return null;
  return [...opacities].map(([id, percent]) => `${id}:${percent}`).join(',');
}
