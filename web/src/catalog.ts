/**
 * What the server's `GET /catalog` says: the layers a caller may see, with their titles, attributes
 * and owners. Knows nothing of the network, of the map or of the page.
 */

/** The page's languages. */
export type Language = 'vi' | 'en';

/** A text in both languages. */
export type Title = Readonly<Record<Language, string>>;

/** Longitudes and latitudes in degrees (WGS 84): west, south, east, north. */
export type Extent = readonly [number, number, number, number];

export type AttributeType =
  | 'text'
  | 'enum'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'text_list';

/** One code of an enumerated attribute. */
export interface DomainValue extends Title {
  readonly code: string;
}

export interface Attribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly unit: string | null;
  readonly title: Title;
  readonly values: readonly DomainValue[];
}

export interface Layer {
  readonly id: string;
  readonly title: Title;
  readonly description: Title | null;
  readonly group: string;
  /** The owner in charge today; null where the register names none. */
  readonly agency: Title | null;
  readonly item: string;
  /** OGC geometry types, for example `MultiPolygon`. */
  readonly geometry: readonly string[];
  readonly minzoom: number;
  readonly maxzoom: number;
  /** Attribute whose value names a feature. */
  readonly label: string | null;
  readonly extent: Extent | null;
  readonly attributes: readonly Attribute[];
  /** Whether the caller may load files into it. */
  readonly import?: boolean;
}

export interface Group {
  readonly id: string;
  readonly title: Title;
}

export interface Catalog {
  /** Whether the data are made up for demonstration. */
  readonly synthetic: boolean;
  /** Code of the agency that the caller's key is of; none for whoever has not said who he is. */
  readonly agency?: string;
  readonly groups: readonly Group[];
  readonly layers: readonly Layer[];
}

/** Rough frame of the province, for when no layer tells its extent. */
export const PROVINCE_EXTENT: Extent = [105.5, 10.4, 106.85, 11.8];

type Fields = Record<string, unknown>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`catalog: ${what} is no object`);
  }
  return value as Fields;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`catalog: ${what} is no list`);
  return value;
}

function string(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TypeError(`catalog: ${what} is no text`);
  return value;
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

function title(value: unknown, what: string): Title {
  const read = fields(value, what);
  return { vi: string(read['vi'], `${what}.vi`), en: string(read['en'], `${what}.en`) };
}

function extent(value: unknown): Extent | null {
  if (!Array.isArray(value) || value.length !== 4) return null;
  const [west, south, east, north] = value as unknown[];
  const sides = [west, south, east, north];
  if (!sides.every((side): side is number => typeof side === 'number' && Number.isFinite(side))) return null;
  return sides as unknown as Extent;
}

const ATTRIBUTE_TYPES: readonly string[] = [
  'text', 'enum', 'integer', 'number', 'boolean', 'date', 'timestamp', 'text_list',
];

function attribute(value: unknown, what: string): Attribute {
  const read = fields(value, what);
  const type = string(read['type'], `${what}.type`);
  return {
    name: string(read['name'], `${what}.name`),
    // A type that this page does not know yet is shown as text.
    type: (ATTRIBUTE_TYPES.includes(type) ? type : 'text') as AttributeType,
    unit: stringOrNull(read['unit']),
    title: title(read['title'], `${what}.title`),
    values: (Array.isArray(read['values']) ? read['values'] : []).map((code, index) => ({
      code: string(fields(code, what)['code'], `${what}.values[${index}].code`),
      ...title(code, `${what}.values[${index}]`),
    })),
  };
}

function layer(value: unknown, index: number): Layer {
  const read = fields(value, `layers[${index}]`);
  const id = string(read['id'], `layers[${index}].id`);
  return {
    id,
    title: title(read['title'], `${id}.title`),
    description: read['description'] == null ? null : title(read['description'], `${id}.description`),
    group: string(read['group'], `${id}.group`),
    agency: read['agency'] == null ? null : title(read['agency'], `${id}.agency`),
    item: stringOrNull(read['item']) ?? '',
    geometry: list(read['geometry'], `${id}.geometry`).map((type) => string(type, `${id}.geometry`)),
    minzoom: numberOr(read['minzoom'], 0),
    maxzoom: numberOr(read['maxzoom'], 24),
    label: stringOrNull(read['label']),
    extent: extent(read['extent']),
    attributes: list(read['attributes'], `${id}.attributes`).map((one) => attribute(one, id)),
    ...(read['import'] === true ? { import: true } : {}),
  };
}

/**
 * Reads the server's answer.
 *
 * @throws TypeError naming the first part that is not as agreed.
 */
export function readCatalog(answer: unknown): Catalog {
  const read = fields(answer, 'answer');
  return {
    synthetic: read['synthetic'] === true,
    ...(typeof read['agency'] === 'string' ? { agency: read['agency'] } : {}),
    groups: list(read['groups'], 'groups').map((group, index) => ({
      id: string(fields(group, 'group')['id'], `groups[${index}].id`),
      title: title(fields(group, 'group')['title'], `groups[${index}].title`),
    })),
    layers: list(read['layers'], 'layers').map(layer),
  };
}

/** Extent that holds every layer's, or the province's frame if none is known. */
export function catalogExtent(catalog: Catalog): Extent {
  const known = catalog.layers.flatMap((one) => (one.extent ? [one.extent] : []));
  if (known.length === 0) return PROVINCE_EXTENT;
  return known.reduce<Extent>(
    (all, one) => [
      Math.min(all[0], one[0]), Math.min(all[1], one[1]), Math.max(all[2], one[2]), Math.max(all[3], one[3]),
    ],
    [Infinity, Infinity, -Infinity, -Infinity],
  );
}
