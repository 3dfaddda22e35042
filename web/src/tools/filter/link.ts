/** Filters as the link holds them: a list for each layer, in JSON. Pure; whatever a stranger's link says is checked. */
import type { Layer } from '../../catalog';
import { CONDITIONS_MAX, type Condition, type LayerFilter, type Operator, flawOf } from './conditions';

/** Key of the link. */
export const FILTER_KEY = 'flt';

/** `{"school":["and",["level","anyOf","primary"],["pupil_count","between","500",""]]}` */
export function writtenFilters(filters: ReadonlyMap<string, LayerFilter>): string | null {
  if (filters.size === 0) return null;
  const said = [...filters].map(([layer, { join, conditions }]) => [
    layer, [join, ...conditions.map(({ attribute, operator, values }) => [attribute, operator, ...values])],
  ]);
  return JSON.stringify(Object.fromEntries(said));
}

function conditionOf(said: unknown, layer: Layer): Condition | null {
  if (!Array.isArray(said) || !said.every((part): part is string => typeof part === 'string')) return null;
  const [attribute = '', operator = '', ...values] = said;
  const condition = { attribute, operator: operator as Operator, values };
  return flawOf(condition, layer) === null ? condition : null;
}

function filterOf(said: unknown, layer: Layer): LayerFilter | null {
  if (!Array.isArray(said) || (said[0] !== 'and' && said[0] !== 'or')) return null;
  const conditions = said.slice(1).map((one) => conditionOf(one, layer));
  if (conditions.length === 0 || conditions.length > CONDITIONS_MAX || conditions.includes(null)) return null;
  return { join: said[0], conditions: conditions as Condition[] };
}

export interface SaidFilters {
  readonly filters: ReadonlyMap<string, LayerFilter>;
  /** Whether the link asks for something that is not to be had here. */
  readonly lost: boolean;
}

/** Reads what the link says; a filter of which a part cannot be read is left out whole: half of it would show more than was meant. */
export function readFilters(text: string | null, layers: ReadonlyMap<string, Layer>): SaidFilters {
  const filters = new Map<string, LayerFilter>();
  if (text === null || text === '') return { filters, lost: false };
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return { filters, lost: true };
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return { filters, lost: true };
  const all = Object.entries(said);
  for (const [id, one] of all) {
    const layer = layers.get(id);
    const filter = layer ? filterOf(one, layer) : null;
    if (filter) filters.set(id, filter);
  }
  return { filters, lost: filters.size < all.length };
}
