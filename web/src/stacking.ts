/** In which order layers lie on each other when a person has said so. Pure. */
import { type Drawing, type MapContent, ROLE_KEY, metadata } from './layers';

interface Piece {
  readonly id: string;
  readonly layer: string;
  /** What everything lies on, and labels, stay where the style puts them. */
  readonly band: 'ground' | 'middle' | 'label';
}

function bandOf(drawing: Drawing): Piece['band'] {
  if (drawing.type === 'symbol') return 'label';
  return metadata(drawing, ROLE_KEY) === 'ground' ? 'ground' : 'middle';
}

/** All drawings, bottom to top, as the style has them. */
function piecesOf({ layers, order }: MapContent): Piece[] {
  const known = new Map<string, Piece>();
  for (const [layer, { drawings }] of layers) {
    for (const drawing of drawings) known.set(drawing.id, { id: drawing.id, layer, band: bandOf(drawing) });
  }
  return order.flatMap((id) => known.get(id) ?? []);
}

/** Ids of all layers, the topmost first, as the style lays them: each where the highest of its own drawings is. */
export function styleStack(content: MapContent): string[] {
  const pieces = piecesOf(content);
  const height = (layer: string): number => {
    const own = (band: Piece['band']): number => pieces.map((piece) => piece.layer === layer && piece.band === band).lastIndexOf(true);
    return own('middle') >= 0 ? own('middle') : Math.min(own('ground'), 0);
  };
  return [...content.layers.keys()].sort((a, b) => height(b) - height(a));
}

/** What was said of some layers, completed by all others, each on the layer on which the style lays it. */
export function completedStack(style: readonly string[], said: readonly string[]): string[] {
  const stack = [...new Set(said)].filter((id) => style.includes(id));
  for (const [index, id] of [...style.entries()].reverse()) {
    if (stack.includes(id)) continue;
    const below = style[index + 1];
    stack.splice(below === undefined ? stack.length : stack.indexOf(below), 0, id);
  }
  return stack;
}

/** The layers that were moved: the fewest whose going leaves all others in the order of the style. */
function movedLayers(style: readonly string[], stack: readonly string[]): Set<string> {
  const places = stack.map((id) => style.indexOf(id));
  /** The longest rising run that ends at each place. */
  const runs: number[][] = [];
  places.forEach((place, index) => {
    const before = runs.filter((run) => (places[run[run.length - 1] ?? 0] ?? 0) < place);
    const longest = before.reduce<number[]>((best, run) => (run.length > best.length ? run : best), []);
    runs.push([...longest, index]);
  });
  const stay = new Set(runs.reduce<number[]>((best, run) => (run.length > best.length ? run : best), []));
  return new Set(stack.filter((_, index) => !stay.has(index)));
}

/**
 * Ids of all drawings, bottom to top, for layers stacked so (the topmost first, all of them). Layers that were not
 * moved keep the style's order of areas, lines and points; one that was moved lies whole on the layer below it.
 */
export function stackedDrawings(content: MapContent, stack: readonly string[]): string[] {
  const pieces = piecesOf(content);
  const moved = movedLayers(styleStack(content), stack);
  const middle = pieces.filter((piece) => piece.band === 'middle' && !moved.has(piece.layer));
  let below: string | null = null;
  for (const layer of [...stack].reverse()) {
    const own = pieces.filter((piece) => piece.band === 'middle' && piece.layer === layer);
    if (own.length === 0) continue;
    if (moved.has(layer)) middle.splice(middle.map((piece) => piece.layer).lastIndexOf(below ?? '') + 1, 0, ...own);
    below = layer;
  }
  const banded = (band: Piece['band']): Piece[] => pieces.filter((piece) => piece.band === band);
  return [...banded('ground'), ...middle, ...banded('label')].map((piece) => piece.id);
}
