/** What `GET /report` says of an area. Knows nothing of the network or of the page. */
import type { Extent, Title } from '../../catalog';
import type { ToldCorner } from './shapes';
import { type AdministrativeUnit, readUnit } from './units';

/** A value as answers give it: a code with its words, or plain. */
export type Value = null | boolean | number | string | readonly string[] | (Title & { readonly code: string });

export interface Sum {
  readonly name: string;
  /** Whether it is a sum, else a mean: half of an area has the same price. */
  readonly isSum: boolean;
  readonly value: number;
}

export interface Amounts {
  readonly count: number;
  readonly areaHa: number | null;
  readonly lengthM: number | null;
  readonly sums: readonly Sum[];
}

export interface Group extends Amounts {
  readonly by: ReadonlyMap<string, Value>;
}

export interface ListedFeature {
  readonly id: number;
  readonly properties: ReadonlyMap<string, Value>;
  /** How much of it lies inside, 0 to 1. */
  readonly share: number;
  readonly areaHa: number | null;
  readonly lengthM: number | null;
}

export interface LayerReport {
  readonly layer: string;
  readonly title: Title;
  readonly theme: Title;
  readonly basis: string | null;
  readonly latestChange: string | null;
  /** Titles of the attributes, with their units. */
  readonly attributes: ReadonlyMap<string, Title>;
  readonly total: Amounts;
  readonly groups: readonly Group[];
  readonly features: readonly ListedFeature[];
  readonly notes: readonly Title[];
}

export interface LeftOut {
  readonly title: Title;
  readonly why: Title;
}

export interface Report {
  readonly areaHa: number;
  readonly bounds: Extent | null;
  readonly unit: AdministrativeUnit | null;
  /** Present units that stand for a former one. */
  readonly standIns: readonly AdministrativeUnit[];
  /** EPSG code of the plane that it is measured in. */
  readonly plane: number;
  readonly corners: readonly ToldCorner[];
  /** Whether these are all corners. */
  readonly allCorners: boolean;
  /** Moments and days as RFC 3339 has them. */
  readonly madeAt: string | null;
  readonly dataAsOf: string | null;
  readonly validIn: string | null;
  readonly layers: readonly LayerReport[];
  readonly leftOut: readonly LeftOut[];
  readonly notes: readonly Title[];
  readonly synthetic: boolean;
}

type Fields = Record<string, unknown>;
const object = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

function title(value: unknown): Title {
  const read = object(value);
  const vi = text(read['vi']) ?? text(read['en']) ?? '';
  return { vi, en: text(read['en']) ?? vi };
}

function value(read: unknown): Value {
  if (read === null || typeof read === 'boolean' || typeof read === 'number' || typeof read === 'string') return read;
  if (Array.isArray(read)) return read.map(String);
  const code = text(object(read)['code']);
  return code === null ? null : { code, ...title(read) };
}

const values = (read: unknown): ReadonlyMap<string, Value> =>
  new Map(Object.entries(object(read)).map(([name, own]) => [name, value(own)]));

function sums(read: unknown): Sum[] {
  return Object.entries(object(read)).flatMap(([name, own]) => {
    const figures = object(own);
    const sum = number(figures['sum']);
    const told = sum ?? number(figures['mean']);
    return told === null || figures['count'] === 0 ? [] : [{ name, isSum: sum !== null, value: told }];
  });
}

function amounts(read: Fields): Amounts {
  return {
    count: number(read['count']) ?? 0, areaHa: number(read['area_ha']), lengthM: number(read['length_m']), sums: sums(read['values']),
  };
}

function attributes(read: unknown): ReadonlyMap<string, Title> {
  return new Map(Object.entries(object(read)).map(([name, own]) => {
    const [words, unit] = [title(own), object(own)['unit']];
    if (unit === undefined) return [name, words];
    const { vi, en } = title(unit);
    return [name, { vi: `${words.vi} (${vi})`, en: `${words.en} (${en})` }];
  }));
}

function layer(read: Fields): LayerReport {
  return {
    layer: text(read['layer']) ?? '', title: title(read['title']), theme: title(read['theme']), basis: text(read['basis']),
    latestChange: text(read['latest_change']), attributes: attributes(read['attributes']), total: amounts(object(read['total'])),
    groups: list(read['groups']).map((one) => ({ ...amounts(object(one)), by: values(object(one)['by']) })),
    features: list(read['features']).flatMap((one) => {
      const own = object(one);
      const id = number(own['id']);
      if (id === null) return [];
      return [{
        id, properties: values(own['properties']), share: number(own['share']) ?? 1, areaHa: number(own['area_ha']),
        lengthM: number(own['length_m']),
      }];
    }),
    notes: list(read['notes']).map(title),
  };
}

function corner(read: unknown): ToldCorner[] {
  const own = object(read);
  const [northing, easting] = [number(own['x']), number(own['y'])];
  if (northing === null || easting === null) return [];
  return [{ part: number(own['part']) ?? 1, hole: number(own['hole']) ?? 0, northing, easting }];
}

function extent(read: unknown): Extent | null {
  const sides = list(read).map(number);
  return sides.length === 4 && sides.every((side) => side !== null) ? (sides as unknown as Extent) : null;
}

/** Reads the server's answer; throws where it is no report. */
export function readReport(answer: unknown): Report {
  const read = object(answer);
  const area = object(read['area']);
  const areaHa = number(area['area_ha']);
  if (areaHa === null || !Array.isArray(read['layers'])) throw new TypeError('no report');
  const told = object(read['corners']);
  const corners = list(told['corners']).flatMap(corner);
  return {
    areaHa, bounds: extent(area['bbox']), unit: readUnit(area['unit']),
    standIns: list(area['stands_for_it']).flatMap((one) => readUnit(object(one)['unit']) ?? []),
    plane: Number(/\d+/.exec(text(read['plane']) ?? '')?.[0] ?? 9210), corners,
    allCorners: corners.length > 0 && corners.length === number(told['numberMatched']),
    madeAt: text(read['made_at']), dataAsOf: text(read['data_as_of']), validIn: text(read['valid_in']),
    layers: read['layers'].map((one) => layer(object(one))),
    leftOut: list(read['left_out']).map((one) => ({ title: title(object(one)['title']), why: title(object(one)['why']) })),
    notes: list(read['notes']).map(title), synthetic: read['synthetic'] === true,
  };
}
