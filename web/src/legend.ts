/**
 * Reads a layer's legend out of the drawings that the map itself uses, so that the two cannot differ.
 * Pure: what it gives back are colours, shapes and titles.
 */
import type { Attribute, Language, Layer, Title } from './catalog';
import { formatNumber, formatUnit } from './format';
import { LANGUAGES, textIn } from './language';
import { type Drawing, ROLE_KEY, metadata } from './layers';

export interface Swatch {
  readonly shape: 'area' | 'line' | 'point';
  readonly color: string;
  /** Of areas. */
  readonly outline: string | null;
  /** Of areas, 0 to 1. */
  readonly opacity: number;
  /** Of lines. */
  readonly dashed: boolean;
  /** Of points: the sign in them, by name. */
  readonly sign?: string;
}

export interface LegendClass {
  readonly swatch: Swatch;
  /** Codes that stand on paper maps too, for example `LUC`; none for codes that only databases know. */
  readonly codes: readonly string[];
  readonly title: Title;
}

export interface Legend {
  /** One for each shape of the layer. */
  readonly swatches: readonly Swatch[];
  /** Empty where the whole layer has one colour. */
  readonly classes: readonly LegendClass[];
  /** Title of the attribute that the classes are of. */
  readonly classifiedBy: Title | null;
}

/** A class before it has a title: codes, a range of numbers, or all the rest. */
type Arm =
  | { readonly codes: readonly string[]; readonly color: string }
  | { readonly from: number | null; readonly to: number | null; readonly color: string }
  | { readonly color: string };

interface Colouring {
  readonly attribute: string | null;
  readonly arms: readonly Arm[];
}

/** The sign that a layer's points have, or those of a class by its codes; none where there is none. */
function signOf(drawings: readonly Drawing[], attribute: string | null, codes: readonly string[]): { sign?: string } {
  const signs = drawings.find((one) => one.type === 'symbol' && metadata(one, ROLE_KEY) === 'icon');
  const image = signs?.type === 'symbol' ? signs.layout?.['icon-image'] : undefined;
  if (image === undefined) return {};
  const { attribute: read, arms } = readColouring(image);
  const rest = arms[arms.length - 1];
  const own = read === attribute ? arms.find((arm) => 'codes' in arm && arm.codes.some((code) => codes.includes(code))) : undefined;
  const sign = (own ?? rest)?.color;
  return sign === undefined ? {} : { sign };
}

/** Name of the attribute that `["get", name]` reads, also inside `["to-number", …]`. */
function attributeRead(expression: unknown): string | null {
  if (!Array.isArray(expression)) return null;
  if (expression[0] === 'get' && typeof expression[1] === 'string') return expression[1];
  if (typeof expression[0] === 'string' && expression[0].startsWith('to-')) return attributeRead(expression[1]);
  return null;
}

function matchArms(expression: readonly unknown[]): Arm[] {
  const arms: Arm[] = [];
  for (let index = 2; index + 1 < expression.length; index += 2) {
    const codes = expression[index];
    arms.push({ codes: (Array.isArray(codes) ? codes : [codes]).map(String), color: String(expression[index + 1]) });
  }
  return [...arms, { color: String(expression[expression.length - 1]) }];
}

function stepArms(expression: readonly unknown[]): Arm[] {
  const arms: Arm[] = [];
  for (let index = 2; index < expression.length; index += 2) {
    const from = expression[index - 1];
    const to = expression[index + 1];
    arms.push({
      from: index === 2 ? null : Number(from),
      to: to === undefined ? null : Number(to),
      color: String(expression[index]),
    });
  }
  return arms;
}

/** What a colour property says: one colour, one per code (`match`), or one per range (`step`). */
export function readColouring(property: unknown): Colouring {
  if (typeof property === 'string') return { attribute: null, arms: [{ color: property }] };
  if (Array.isArray(property) && (property[0] === 'match' || property[0] === 'step')) {
    const attribute = attributeRead(property[1]);
    if (attribute !== null) {
      return { attribute, arms: property[0] === 'match' ? matchArms(property) : stepArms(property) };
    }
  }
  return { attribute: null, arms: [{ color: '#888888' }] };
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback;
}

interface Part {
  readonly colouring: Colouring;
  readonly swatch: Omit<Swatch, 'color'>;
}

function parts(drawings: readonly Drawing[]): Part[] {
  const outline = drawings.find((one) => one.type === 'line' && metadata(one, ROLE_KEY) === 'outline');
  const outlineColor = outline?.type === 'line' ? readColouring(outline.paint?.['line-color']).arms[0]?.color : null;
  const found: Part[] = [];
  for (const drawing of drawings) {
    const role = metadata(drawing, ROLE_KEY);
    if (role !== null && role !== 'ground') continue;
    if (drawing.type === 'fill') {
      const opacity = drawing.paint?.['fill-opacity'];
      found.push({
        colouring: readColouring(drawing.paint?.['fill-color']),
        swatch: { shape: 'area', outline: outlineColor ?? null, opacity: numberOr(opacity, 0.85), dashed: false },
      });
    } else if (drawing.type === 'line') {
      found.push({
        colouring: readColouring(drawing.paint?.['line-color']),
        swatch: {
          shape: 'line', outline: null, opacity: 1, dashed: drawing.paint?.['line-dasharray'] !== undefined,
        },
      });
    } else if (drawing.type === 'circle') {
      found.push({
        colouring: readColouring(drawing.paint?.['circle-color']),
        swatch: { shape: 'point', outline: null, opacity: 1, dashed: false },
      });
    }
  }
  return found;
}

function inEachLanguage(write: (language: Language) => string): Title {
  const [vi, en] = LANGUAGES.map(write);
  return { vi: vi ?? '', en: en ?? '' };
}

/** `LUC` and its like: short, capital, known to planners from paper. */
const PAPER_CODE = /^[A-Z]{3}$/;

function rangeTitle(from: number | null, to: number | null, unit: string | null): Title {
  return inEachLanguage((language) => {
    const written = (value: number | null): string => (value === null ? '' : formatNumber(value, language));
    const key = from === null ? 'below' : to === null ? 'fromUp' : 'fromTo';
    const text = textIn(language, key, { from: written(from), to: written(to) });
    return unit === null ? text : `${text} ${formatUnit(unit, language)}`;
  });
}

/** The class of an arm; null where no feature can be in it. */
function legendClass(arm: Arm, swatch: Omit<Swatch, 'color'>, attribute: Attribute | null): LegendClass | null {
  const drawn = { ...swatch, color: arm.color };
  if ('from' in arm) {
    return { swatch: drawn, codes: [], title: rangeTitle(arm.from, arm.to, attribute?.unit ?? null) };
  }
  const domain = attribute?.values ?? [];
  if (!('codes' in arm)) {
    return { swatch: drawn, codes: [], title: inEachLanguage((language) => textIn(language, 'otherClass')) };
  }
  const codes = domain.length === 0 ? arm.codes : arm.codes.filter((code) => domain.some((one) => one.code === code));
  if (codes.length === 0) return null;
  const paper = codes.filter((code) => PAPER_CODE.test(code));
  const title = inEachLanguage((language) =>
    codes.map((code) => domain.find((one) => one.code === code)?.[language] ?? code).join(', '),
  );
  return { swatch: drawn, codes: paper, title };
}

/** Whether the classes before it name every code of the domain. */
function namesAll(arms: readonly Arm[], attribute: Attribute | null): boolean {
  if (!attribute || attribute.values.length === 0) return false;
  const named = new Set(arms.flatMap((arm) => ('codes' in arm ? arm.codes : [])));
  return attribute.values.every((value) => named.has(value.code));
}

/** The legend of a layer from its drawings. */
export function legendOf(layer: Layer, drawings: readonly Drawing[]): Legend {
  const all = parts(drawings);
  const signed = (swatch: Omit<Swatch, 'color'>, read: string | null, codes: readonly string[]): Omit<Swatch, 'color'> =>
    swatch.shape === 'point' ? { ...swatch, ...signOf(drawings, read, codes) } : swatch;
  const swatches = all.map(({ colouring, swatch }) => ({ ...signed(swatch, null, []), color: colouring.arms[0]?.color ?? '#888888' }));
  const classified = all.find((part) => part.colouring.attribute !== null);
  if (!classified) return { swatches, classes: [], classifiedBy: null };

  const { attribute: name, arms } = classified.colouring;
  const attribute = layer.attributes.find((one) => one.name === name) ?? null;
  // An attribute that this caller may not see classifies nothing for him.
  if (!attribute) return { swatches, classes: [], classifiedBy: null };
  const shown = namesAll(arms, attribute) ? arms.filter((arm) => 'codes' in arm || 'from' in arm) : arms;
  const classes = shown.flatMap((arm) => {
    const one = legendClass(arm, signed(classified.swatch, name, 'codes' in arm ? arm.codes : []), attribute);
    return one ? [one] : [];
  });
  return { swatches, classes, classifiedBy: attribute.title };
}
