/** Which features are valid on a day, as a filter (CQL2 text) that tiles take. Pure. */
import type { Layer } from './catalog';

/** Whether a layer says when its features are valid. */
export function saysValidity({ attributes }: Layer): boolean {
  return ['valid_from', 'valid_to'].every((name) => attributes.some((one) => one.name === name && one.type === 'date'));
}

/** As the server reads `datetime`: from the first day on, until the day before the last; who does not say is always valid. */
export function validOn(layer: Layer, day: string | null): string | null {
  if (day === null || !/^\d{4}-\d{2}-\d{2}$/.test(day) || !saysValidity(layer)) return null;
  const date = `DATE('${day}')`;
  return `("valid_from" IS NULL OR "valid_from" <= ${date}) AND ("valid_to" IS NULL OR "valid_to" > ${date})`;
}

/** What holds where both hold; null where neither asks for anything. */
export function both(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return `(${one}) AND (${other})`;
}
