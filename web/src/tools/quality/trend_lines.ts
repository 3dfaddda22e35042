/** Where the marks of a chart of checks lie. Pure. */
import { type Check, type Word, bound } from './scores';

export interface Mark {
  readonly x: number;
  readonly y: number;
  /** The score lies there or below: not all of its measures are known. */
  readonly isBound: boolean;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Room at each edge, so that no mark is cut. */
  readonly margin: number;
  /** The share at the foot; at the head is 1. */
  readonly low: number;
}

/** The share at the foot of a chart: a tenth below all that is drawn, so that small steps are seen, too. */
export function footOf(checks: readonly Check[], words: readonly Word[]): number {
  const all = checks.flatMap((check) => words.flatMap((word) => bound(check, word) ?? []));
  return Math.max(0, Math.min(0.9, Math.floor(Math.min(1, ...all) * 10 - 1e-9) / 10));
}

/** The marks of a word, in pieces: where a check knows nothing of it, the line is broken. */
export function linesOf(checks: readonly Check[], word: Word, { width, height, margin, low }: Frame): Mark[][] {
  const times = checks.map(({ at }, number) => {
    const time = Date.parse(at);
    return Number.isNaN(time) ? number : time;
  });
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const across = (number: number): number => {
    const [time] = [times[number] ?? last];
    const share = last > first ? (time - first) / (last - first) : 1;
    return margin + share * (width - 2 * margin);
  };
  const pieces: Mark[][] = [[]];
  checks.forEach((check, number) => {
    const known = bound(check, word);
    if (known === null) {
      pieces.push([]);
      return;
    }
    const down = (1 - (Math.min(1, Math.max(low, known)) - low) / (1 - low)) * (height - 2 * margin);
    pieces.at(-1)?.push({ x: across(number), y: margin + down, isBound: check.scores[word] === null });
  });
  return pieces.filter((piece) => piece.length > 0);
}

/** A line through marks, as SVG writes it. */
export function pathOf(marks: readonly Mark[]): string {
  return marks.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** The outline of a mark: each word has one of its own, so that colour is not all that tells them apart. */
export function outlineOf(word: Word, { x, y }: Mark, size: number): string {
  const corners: Record<Word, ReadonlyArray<readonly [number, number]>> = {
    dung: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
    du: [[0, -1.15], [1.05, 0.8], [-1.05, 0.8]],
    sach: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
    song: Array.from({ length: 12 }, (_, turn) => [Math.cos((turn * Math.PI) / 6), Math.sin((turn * Math.PI) / 6)] as const),
  };
  return `${corners[word].map(([dx, dy], at) => `${at === 0 ? 'M' : 'L'}${(x + dx * size).toFixed(1)} ${(y + dy * size).toFixed(1)}`).join('')}Z`;
}
