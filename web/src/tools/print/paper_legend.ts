/** What the legend of a sheet says: the layers that its map shows, and of their classes those that are there. Pure. */
import type { Language, Title } from '../../catalog';
import { LANGUAGES, textIn } from '../../language';
import { type Drawing, type DrawnLayer, ROLE_KEY, metadata } from '../../layers';
import { type Legend, type LegendClass, legendOf, readColouring } from '../../legend';

export interface LegendEntry {
  readonly layer: string;
  readonly title: Title;
  readonly agency: Title | null;
  readonly legend: Legend;
}

/** The properties of the features in the frame, by layer; a layer that is not in it has none there. */
export type Seen = ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]>;

function colouringOf(drawing: Drawing): ReturnType<typeof readColouring> {
  if (drawing.type === 'fill') return readColouring(drawing.paint?.['fill-color']);
  if (drawing.type === 'line') return readColouring(drawing.paint?.['line-color']);
  if (drawing.type === 'circle') return readColouring(drawing.paint?.['circle-color']);
  return { attribute: null, arms: [] };
}

/** Whether this drawing is what the legend is read from. */
export function isOwnDrawing(drawing: Drawing): boolean {
  const role = metadata(drawing, ROLE_KEY);
  return drawing.type !== 'symbol' && (role === null || role === 'ground');
}

/** The colours that features of these values are drawn in, and whether any has a value that no class names. */
export function coloursOf(
  drawing: Drawing, features: readonly Readonly<Record<string, unknown>>[],
): { colours: Set<string>; rest: boolean } {
  const { attribute, arms } = colouringOf(drawing);
  const colours = new Set<string>();
  let rest = false;
  if (attribute === null) return { colours, rest };
  for (const value of new Set(features.map((properties) => properties[attribute]))) {
    const arm = arms.find((one) => {
      if ('codes' in one) return one.codes.includes(String(value));
      if (!('from' in one)) return true;
      const number = Number(value ?? 0) || 0;
      return (one.from === null || number >= one.from) && (one.to === null || number < one.to);
    });
    if (!arm) continue;
    colours.add(arm.color);
    rest ||= !('codes' in arm) && !('from' in arm);
  }
  return { colours, rest };
}

/** A `match` with no other codes than those that are there: a class of many codes names only these. */
function withCodes(expression: unknown, seen: ReadonlySet<string>): unknown {
  if (!Array.isArray(expression) || expression[0] !== 'match') return expression;
  const arms: unknown[] = [];
  for (let index = 2; index + 1 < expression.length; index += 2) {
    const codes = [expression[index] as unknown].flat().filter((code) => seen.has(String(code)));
    if (codes.length > 0) arms.push(codes, expression[index + 1]);
  }
  return [expression[0], expression[1], ...arms, expression[expression.length - 1]];
}

const COLOUR: Readonly<Record<string, string>> = { fill: 'fill-color', line: 'line-color', circle: 'circle-color' };

function withSeenCodes(drawing: Drawing, features: readonly Readonly<Record<string, unknown>>[]): Drawing {
  const { attribute } = colouringOf(drawing);
  const colour = COLOUR[drawing.type];
  if (attribute === null || colour === undefined) return drawing;
  const seen = new Set(features.map((properties) => String(properties[attribute])));
  const paint: Record<string, unknown> = { ...drawing.paint };
  return { ...drawing, paint: { ...paint, [colour]: withCodes(paint[colour], seen) } } as Drawing;
}

/** A legend with no other classes than those in the frame. */
function reduced(drawn: DrawnLayer, features: readonly Readonly<Record<string, unknown>>[]): Legend {
  const legend = legendOf(drawn.layer, drawn.drawings.map((one) => (isOwnDrawing(one) ? withSeenCodes(one, features) : one)));
  if (legend.classes.length === 0) return legend;
  const seen = drawn.drawings.filter(isOwnDrawing).map((drawing) => coloursOf(drawing, features));
  const rest = seen.some((one) => one.rest);
  // The rest may be drawn in the colour of a class.
  const isRest = ({ title }: LegendClass): boolean => title.vi === textIn('vi', 'otherClass');
  const classes = legend.classes.filter((one) => (isRest(one) ? rest : seen.some(({ colours }) => colours.has(one.swatch.color))));
  return { ...legend, classes };
}

/** Entries for the layers that the frame shows, topmost first as a reader looks for them. */
export function paperLegend(layers: Iterable<DrawnLayer>, seen: Seen): LegendEntry[] {
  const entries: LegendEntry[] = [];
  for (const drawn of layers) {
    const features = seen.get(drawn.layer.id);
    if (!features) continue;
    const { id, title, agency } = drawn.layer;
    entries.push({ layer: id, title, agency, legend: reduced(drawn, features) });
  }
  return entries;
}

/** The owners of what the sheet shows, each once. */
export function sourceLine(entries: readonly LegendEntry[], synthetic: boolean, language: Language): string {
  if (synthetic) return textIn(language, 'sourceSynthetic');
  const agencies = [...new Set(entries.flatMap(({ agency }) => (agency ? [agency[language]] : [])))];
  return agencies.length === 0 ? textIn(language, 'source') : textIn(language, 'printSource', { agencies: agencies.join('; ') });
}

/** Titles that are the same in both languages are written once. */
export function titlesOf(entries: readonly { readonly title: Title }[], language: Language): string {
  return entries.map(({ title }) => title[language] || title[LANGUAGES[0] ?? 'vi']).join('; ');
}
