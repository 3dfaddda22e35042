/** A report's figures as one reads them: which amount of a layer counts, how it is written, how long its bar is. Pure. */
import type { Attribute, Language, Title } from '../../catalog';
import { formatNumber, formatUnit, formatValue } from '../../format';
import { textIn } from '../../language';
import type { Drawing } from '../../layers';
import { readColouring } from '../../legend';
import type { Amounts, Group, LayerReport, Value } from './report';

export type Measure = 'areaHa' | 'lengthM' | 'count';

/** What a layer is told by: hectares of areas, metres of lines, else how many there are. */
export function measureOf({ areaHa, lengthM }: Amounts): Measure {
  if (areaHa !== null && areaHa > 0) return 'areaHa';
  return lengthM !== null && lengthM > 0 ? 'lengthM' : 'count';
}

/** Hectares to the square metre, as land documents have them. */
export function formatHa(value: number, language: Language): string {
  return `${formatNumber(value, language, value < 100 ? 4 : 2)} ha`;
}

export function formatLength(metres: number, language: Language): string {
  return metres < 1000 ? `${formatNumber(metres, language, 1)} m` : `${formatNumber(metres / 1000, language, 2)} km`;
}

export function formatAmount(amounts: Amounts, measure: Measure, language: Language): string {
  if (measure === 'areaHa') return formatHa(amounts.areaHa ?? 0, language);
  if (measure === 'lengthM') return formatLength(amounts.lengthM ?? 0, language);
  return amounts.count === 1 ? textIn(language, 'featureCountOne') : textIn(language, 'featureCount', { count: formatNumber(amounts.count, language) });
}

/** A share of 0 to 1; what is there is never written as nothing. */
export function formatShare(share: number, language: Language): string {
  if (share > 0 && share < 0.001) return `< ${formatNumber(0.1, language)}%`;
  return `${formatNumber(share * 100, language, 1)}%`;
}

export function formatFigure(value: number, language: Language): string {
  return formatNumber(value, language, Number.isInteger(value) ? 0 : 2);
}

/** A value in words; null where nothing is said. */
export function formatTold(value: Value, attribute: Attribute | undefined, language: Language): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'object' && 'code' in value) return value[language];
  if (attribute) return formatValue(value, { ...attribute, unit: null }, language);
  if (typeof value === 'number') return formatFigure(value, language);
  if (typeof value === 'boolean') return textIn(language, value ? 'yes' : 'no');
  return typeof value === 'string' ? value : value.join(', ');
}

/** Codes that stand on paper maps too are written before their words: `LUC`. */
function formatGroup(value: Value, attribute: Attribute | undefined, language: Language): string {
  const told = formatTold(value, attribute, language);
  if (told === null) return textIn(language, 'areaNotSaid');
  return typeof value === 'object' && value !== null && 'code' in value && /^[A-Z]{3}$/.test(value.code) ? `${value.code} ${told}` : told;
}

/** Attributes by which the groups differ, and those in which all are alike, with the value. */
export function groupedBy(report: LayerReport, attributes: readonly Attribute[], language: Language): {
  readonly differing: readonly string[];
  readonly alike: readonly (readonly [string, string])[];
} {
  const names = [...(report.groups[0]?.by.keys() ?? [])];
  const told = (group: Group, name: string): string =>
    formatGroup(group.by.get(name) ?? null, attributes.find((one) => one.name === name), language);
  const [first] = report.groups;
  const isAlike = (name: string): boolean => first !== undefined && report.groups.every((one) => told(one, name) === told(first, name));
  const alike = report.groups.length > 1 ? names.filter(isAlike) : [];
  return {
    differing: names.filter((name) => !alike.includes(name)),
    alike: first ? alike.map((name) => [name, told(first, name)] as const) : [],
  };
}

/** One bar of a chart. */
export interface Bar {
  readonly name: string;
  readonly amount: number;
  readonly written: string;
  readonly count: number;
  /** Of all that is told of, 0 to 1. */
  readonly share: number;
  /** Of the longest bar, 0 to 1. */
  readonly length: number;
  readonly color: string | null;
  /** What its features are alike in; null where it holds several groups. */
  readonly by: Group['by'] | null;
}

/** The largest groups stand alone; the rest is one bar, so that a chart can be read. */
export const BARS_MAX = 15;

/** The colour that the map has for a group; null where it has none of its own. */
export function groupColor(drawings: readonly Drawing[], by: Group['by']): string | null {
  for (const drawing of drawings) {
    const paint = (drawing.paint ?? {}) as Record<string, unknown>;
    const { attribute, arms } = readColouring(paint['fill-color'] ?? paint['line-color'] ?? paint['circle-color']);
    const value = attribute === null ? null : by.get(attribute) ?? null;
    if (value === null) continue;
    const code = typeof value === 'object' && 'code' in value ? value.code : String(value);
    const arm = arms.find((one) => 'codes' in one && one.codes.includes(code));
    if (arm) return arm.color;
  }
  return null;
}

export function barsOf(
  report: LayerReport,
  attributes: readonly Attribute[],
  drawings: readonly Drawing[],
  language: Language,
): { readonly measure: Measure; readonly bars: readonly Bar[] } {
  const measure = measureOf(report.total);
  const amount = (one: Amounts): number => one[measure] ?? 0;
  const sorted = [...report.groups].sort((a, b) => amount(b) - amount(a));
  const whole = sorted.reduce((sum, one) => sum + amount(one), 0);
  const shown = sorted.length > BARS_MAX + 1 ? sorted.slice(0, BARS_MAX) : sorted;
  const longest = shown[0] ? amount(shown[0]) : 0;
  const bar = (one: Amounts, name: string, color: string | null, by: Bar['by']): Bar => ({
    name, amount: amount(one), written: formatAmount(one, measure, language), count: one.count,
    share: whole > 0 ? amount(one) / whole : 0, length: longest > 0 ? Math.min(1, amount(one) / longest) : 0, color, by,
  });
  const { differing } = groupedBy(report, attributes, language);
  const bars = shown.map((group) => {
    const parts = differing.map((name) => formatGroup(group.by.get(name) ?? null, attributes.find((one) => one.name === name), language));
    return bar(group, parts.join(' · '), groupColor(drawings, group.by), group.by);
  });
  const rest = sorted.slice(shown.length);
  if (rest.length > 0) {
    const sum = (measured: 'areaHa' | 'lengthM'): number => rest.reduce((all, one) => all + (one[measured] ?? 0), 0);
    const together = { count: rest.reduce((all, one) => all + one.count, 0), areaHa: sum('areaHa'), lengthM: sum('lengthM'), sums: [] };
    bars.push(bar(together, textIn(language, 'areaOtherGroups', { count: rest.length }), null, null));
  }
  return { measure, bars };
}

/** What a figure is called: the sum or the mean of an attribute. */
export function sumTitle(name: string, isSum: boolean, titles: ReadonlyMap<string, Title>, language: Language): string {
  return textIn(language, isSum ? 'areaSum' : 'areaMean', { name: titles.get(name)?.[language] ?? name });
}

/** Bytes as people say them. */
export function formatBytes(bytes: number, language: Language): string {
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'kB'] : bytes < 1024 ** 3 ? [bytes / 1024 ** 2, 'MB'] : [bytes / 1024 ** 3, 'GB'];
  return `${formatNumber(size, language, 1)} ${formatUnit(unit, language)}`;
}

/** The file that a workbook is saved as. */
export function workbookName(title: string, day: string): string {
  const plain = title.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/g, 'd').replace(/Đ/g, 'D');
  return `${plain.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60).toLowerCase() || 'report'}-${day}.xlsx`;
}
