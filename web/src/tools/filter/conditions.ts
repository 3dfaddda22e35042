/** Conditions on a layer's attributes, as a person puts them. Pure. */
import type { Attribute, AttributeType, Layer } from '../../catalog';

export type Operator =
  | 'contains' | 'is' | 'anyOf' | 'noneOf' | 'holds' | 'between' | 'days' | 'yes' | 'no' | 'has' | 'hasNot';

/** Values by operator: the text; the codes; from and to, either of which may be empty; none. */
export interface Condition {
  readonly attribute: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export interface LayerFilter {
  readonly join: 'and' | 'or';
  readonly conditions: readonly Condition[];
}

/** As many as a person can read at once. */
export const CONDITIONS_MAX = 12;
export const TEXT_MAX = 200;

const OPERATORS: Readonly<Record<AttributeType, readonly Operator[]>> = {
  text: ['contains', 'is', 'has', 'hasNot'],
  enum: ['anyOf', 'noneOf', 'has', 'hasNot'],
  integer: ['between', 'has', 'hasNot'],
  number: ['between', 'has', 'hasNot'],
  date: ['days', 'has', 'hasNot'],
  timestamp: ['days', 'has', 'hasNot'],
  boolean: ['yes', 'no', 'has', 'hasNot'],
  text_list: ['holds', 'has', 'hasNot'],
};

/** What can be asked of an attribute, the likeliest first. */
export function operatorsOf(attribute: Attribute): readonly Operator[] {
  if (attribute.type === 'text_list' && attribute.values.length > 0) return ['anyOf', 'noneOf', 'has', 'hasNot'];
  // Without a list of codes there is nothing to choose among.
  if (attribute.type === 'enum' && attribute.values.length === 0) return OPERATORS.text;
  return OPERATORS[attribute.type];
}

/** The condition that stands there when an attribute has been chosen and nothing has been said of it yet. */
export function firstCondition(attribute: Attribute): Condition {
  const operator = operatorsOf(attribute)[0] ?? 'has';
  return { attribute: attribute.name, operator, values: emptyValues(operator) };
}

export function emptyValues(operator: Operator): string[] {
  if (operator === 'between' || operator === 'days') return ['', ''];
  return operator === 'contains' || operator === 'is' || operator === 'holds' ? [''] : [];
}

/** What is missing in a condition, or wrong. */
export type Flaw = 'noAttribute' | 'noText' | 'longText' | 'noChoice' | 'noBound' | 'noNumber' | 'noDay' | 'turned';

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
}

function flawOfBounds(values: readonly string[], isRead: (text: string) => boolean, wrong: Flaw, compare: (a: string, b: string) => number): Flaw | null {
  const [from = '', to = ''] = values;
  if (from === '' && to === '') return 'noBound';
  if ([from, to].some((text) => text !== '' && !isRead(text))) return wrong;
  return from !== '' && to !== '' && compare(from, to) > 0 ? 'turned' : null;
}

/** Whether a number is written as JSON does. */
function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

/** What is wrong with a condition on this layer; null for nothing. Numbers are written as JSON does, days as `2025-07-01`. */
export function flawOf(condition: Condition, layer: Layer): Flaw | null {
  const { operator, values } = condition;
  const attribute = layer.attributes.find((one) => one.name === condition.attribute);
  if (!attribute || !operatorsOf(attribute).includes(operator)) return 'noAttribute';
  switch (operator) {
    case 'contains':
    case 'is':
    case 'holds': {
      const text = (values[0] ?? '').replace(/\0/g, '').trim();
      return text === '' ? 'noText' : [...text].length > TEXT_MAX ? 'longText' : null;
    }
    case 'anyOf':
    case 'noneOf':
      return values.some((code) => attribute.values.some((one) => one.code === code)) ? null : 'noChoice';
    case 'between':
      return flawOfBounds(values, isNumber, 'noNumber', (a, b) => Number(a) - Number(b));
    case 'days':
      return flawOfBounds(values, isDay, 'noDay', (a, b) => (a < b ? -1 : Number(a > b)));
    default:
      return null;
  }
}
