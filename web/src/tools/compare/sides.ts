/** What the two sides show, and where the bar between them is. Pure. */

/** Percent of the width that the left side has where nothing is said. */
export const MIDDLE = 50;

/** How far the bar goes with an arrow key, and with Page Up and Page Down, in percent. */
const STEP = 2;
const LEAP = 10;

export interface Comparison {
  /** Percent of the width that the left side has. */
  readonly share: number;
  /** Ids of the layers on the right; null for those of the left. */
  readonly right: readonly string[] | null;
}

/** Reads `40:school,road_segment`; what cannot be read counts as not said. */
export function readComparison(text: string | null, layers: ReadonlySet<string>): Comparison {
  const said = /^(\d{1,3}):([a-z0-9_,]*)$/.exec(text ?? '');
  if (!said) return { share: MIDDLE, right: null };
  return { share: within(Number(said[1])), right: [...new Set((said[2] ?? '').split(','))].filter((id) => layers.has(id)) };
}

export function writtenComparison(share: number, right: Iterable<string>): string {
  return `${Math.round(share)}:${[...right].join(',')}`;
}

/** The days that the sides show, the left one first; null where a side shows all that there is. */
export type Days = readonly [string | null, string | null];

/** Reads `2020-01-01,2025-07-01`; a side may be empty. */
export function readDays(text: string | null): Days {
  const [left = '', right = ''] = (text ?? '').split(',');
  const day = (said: string): string | null => (/^\d{4}-\d{2}-\d{2}$/.test(said) ? said : null);
  return [day(left), day(right)];
}

export function writtenDays([left, right]: Days): string | null {
  return left === null && right === null ? null : `${left ?? ''},${right ?? ''}`;
}

/** A share that leaves the bar within sight. */
export function within(share: number): number {
  return Math.min(100, Math.max(0, share));
}

/** Where a key takes the bar; null for keys that are none of its own. */
export function shareAfter(key: string, share: number): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return within(share - STEP);
    case 'ArrowRight':
    case 'ArrowUp':
      return within(share + STEP);
    case 'PageDown':
      return within(share - LEAP);
    case 'PageUp':
      return within(share + LEAP);
    case 'Home':
      return 0;
    case 'End':
      return 100;
    default:
      return null;
  }
}
