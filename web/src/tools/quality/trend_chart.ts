/** Draws how scores went: a stroke under a score, and the chart of a layer. */
import { element, shape, svg } from '../../dom';
import { COLOURS } from './findings';
import { type Check, type Word, WORDS } from './scores';
import { type Frame, type Mark, footOf, linesOf, outlineOf, pathOf } from './trend_lines';
import { percent } from './figures';
import type { Language } from '../../catalog';

const SPARK: Omit<Frame, 'low'> = { width: 64, height: 18, margin: 3 };
const CHART: Omit<Frame, 'low'> = { width: 360, height: 130, margin: 9 };

function stroke(marks: readonly Mark[], word: Word, width: number): SVGElement {
  return shape('path', { d: pathOf(marks), fill: 'none', stroke: COLOURS[word], 'stroke-width': width, 'stroke-linejoin': 'round' });
}

function mark(word: Word, at: Mark, size: number): SVGElement {
  const d = outlineOf(word, at, size);
  return shape('path', { d, fill: at.isBound ? '#ffffff' : COLOURS[word], stroke: COLOURS[word], 'stroke-width': 1.5 });
}

/** A word's scores in one stroke; null where there is no way to show. What it says stands beside it in words. */
export function spark(checks: readonly Check[], word: Word): SVGSVGElement | null {
  const pieces = linesOf(checks, word, { ...SPARK, low: footOf(checks, [word]) });
  if (checks.length < 2 || pieces.length === 0) return null;
  const last = pieces.at(-1)?.at(-1);
  const made = svg(
    `0 0 ${SPARK.width} ${SPARK.height}`,
    ...pieces.map((piece) => stroke(piece, word, 1.6)),
    ...(last ? [mark(word, last, 2)] : []),
  );
  made.classList.add('quality-spark');
  return made;
}

/** All four words over time. `label` is what a screen reader says. */
export function chart(checks: readonly Check[], label: string, language: Language): HTMLElement {
  const low = footOf(checks, WORDS);
  const frame: Frame = { ...CHART, low };
  const { width, height, margin } = frame;
  const grid = [margin, height / 2, height - margin].map((y) =>
    shape('line', { x1: 0, x2: width, y1: y, y2: y, stroke: '#c4d0cd', 'stroke-width': 1 }));
  const lines = WORDS.flatMap((word) => linesOf(checks, word, frame).map((piece) => ({ word, piece })));
  const drawn = svg(
    `0 0 ${width} ${height}`,
    ...grid,
    ...lines.map(({ word, piece }) => stroke(piece, word, 2)),
    ...lines.flatMap(({ word, piece }) => piece.map((at) => mark(word, at, 4))),
  );
  const picture = element('div', { class: 'quality-chart', attributes: { role: 'img', 'aria-label': label } });
  const marks = [1, (1 + low) / 2, low].map((share) => element('span', { text: percent(share, language) }));
  picture.append(element('div', { class: 'quality-axis' }, ...marks), drawn);
  return picture;
}

/** The mark of a word in a line of text. */
export function wordMark(word: Word): SVGSVGElement {
  const made = svg('0 0 12 12', mark(word, { x: 6, y: 6, isBound: false }, 4));
  made.classList.add('quality-mark');
  return made;
}
