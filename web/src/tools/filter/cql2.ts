/**
 * Conditions as CQL2 text (OGC 21-065r2, annex B), as the server reads it. What a person typed stands in it as a
 * text and as nothing else. Pure.
 */
import type { Attribute, Layer } from '../../catalog';
import { type Condition, type LayerFilter, flawOf } from './conditions';

/** A text in single quotes; inside, a quote is written twice. No text of the server has a NUL in it. */
export function literal(text: string): string {
  return `'${text.normalize('NFC').replace(/\0/g, '').replace(/'/g, "''")}'`;
}

/** The name of an attribute, quoted so that it is never taken for a word of the language. */
export function property(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}

/** A pattern of LIKE for texts that hold this one, whatever signs of patterns are in it. */
export function containing(text: string): string {
  return `%${text.trim().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
}

/** Without case and tone marks: `duc hoa` finds `Đức Hòa`. */
function bare(expression: string): string {
  return `CASEI(ACCENTI(${expression}))`;
}

function bounds(name: string, [from = '', to = '']: readonly string[], written: (text: string) => string): string {
  const all = [from === '' ? null : `${name} >= ${written(from)}`, to === '' ? null : `${name} <= ${written(to)}`];
  return all.filter((one) => one !== null).join(' AND ');
}

/** The chosen codes, in the order of the domain; none that it does not hold. */
function chosen(values: readonly string[], attribute: Attribute): string {
  const codes = attribute.values.map((one) => one.code).filter((code) => values.includes(code));
  return `(${codes.map(literal).join(', ')})`;
}

function conditionText({ operator, values }: Condition, attribute: Attribute): string {
  const name = property(attribute.name);
  const [first = ''] = values;
  const isList = attribute.type === 'text_list';
  switch (operator) {
    case 'contains':
      return `${bare(name)} LIKE ${bare(literal(containing(first)))}`;
    case 'is':
      return `${bare(name)} = ${bare(literal(first.trim()))}`;
    case 'holds':
      return `A_CONTAINS(${name}, (${literal(first.trim())}))`;
    case 'anyOf':
      return isList ? `A_OVERLAPS(${name}, ${chosen(values, attribute)})` : `${name} IN ${chosen(values, attribute)}`;
    case 'noneOf':
      // A feature without a value has none of them either; CQL2 alone would leave it open.
      return isList
        ? `${name} IS NULL OR NOT A_OVERLAPS(${name}, ${chosen(values, attribute)})`
        : `${name} IS NULL OR ${name} NOT IN ${chosen(values, attribute)}`;
    case 'between':
      return bounds(name, values, (number) => String(Number(number)));
    case 'days':
      return bounds(name, values, (day) => `DATE(${literal(day)})`);
    case 'yes':
      return `${name} = TRUE`;
    case 'no':
      return `${name} = FALSE`;
    case 'has':
      return `${name} IS NOT NULL`;
    case 'hasNot':
      return `${name} IS NULL`;
  }
}

/** The filter as CQL2 text; null where a condition is not whole, or there is none. */
export function cql2Text({ join, conditions }: LayerFilter, layer: Layer): string | null {
  const texts = conditions.map((condition) => {
    const attribute = layer.attributes.find((one) => one.name === condition.attribute);
    return attribute && flawOf(condition, layer) === null ? conditionText(condition, attribute) : null;
  });
  if (texts.length === 0 || texts.includes(null)) return null;
  return texts.length === 1 ? (texts[0] ?? null) : texts.map((text) => `(${text})`).join(join === 'and' ? ' AND ' : ' OR ');
}
