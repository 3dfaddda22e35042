/** How a drawing is drawn more faintly than the style says. Pure. */
import type { Drawing } from './layers';

/** The properties that say how strongly each kind of drawing is drawn. */
const PROPERTIES: Readonly<Partial<Record<Drawing['type'], readonly string[]>>> = {
  fill: ['fill-opacity'],
  line: ['line-opacity'],
  circle: ['circle-opacity', 'circle-stroke-opacity'],
  symbol: ['text-opacity', 'icon-opacity'],
  raster: ['raster-opacity'],
};

/** A number of the style, or an expression of one, times a factor. */
export function times(value: unknown, factor: number): unknown {
  if (value === undefined) return factor;
  if (typeof value === 'number') return value * factor;
  if (!Array.isArray(value)) return value;
  const [operator] = value as unknown[];
  // The zoom may stand in none but an outermost `interpolate` or `step`, so the factor goes into their outputs.
  if (operator === 'interpolate') return value.map((part, index) => (index >= 4 && index % 2 === 0 ? times(part, factor) : part));
  if (operator === 'step') return value.map((part, index) => (index >= 2 && index % 2 === 0 ? times(part, factor) : part));
  return ['*', factor, value];
}

/** Names and values of the properties with which a drawing is drawn at an opacity of 0 to 1; 1 is as the style says. */
export function faded(drawing: Drawing, opacity: number): [string, unknown][] {
  const paint = (drawing.paint ?? {}) as Readonly<Record<string, unknown>>;
  return (PROPERTIES[drawing.type] ?? []).map((name) => [name, opacity < 1 ? times(paint[name], opacity) : paint[name]]);
}

/** The drawing at an opacity of 0 to 1. */
export function atOpacity(drawing: Drawing, opacity: number): Drawing {
  if (opacity >= 1) return drawing;
  return { ...drawing, paint: { ...drawing.paint, ...Object.fromEntries(faded(drawing, opacity)) } } as Drawing;
}
