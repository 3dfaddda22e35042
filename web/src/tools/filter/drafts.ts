/** A filter while it is being put together: numbers as people type them, until it is asked. Pure. */
import type { Language, Layer } from '../../catalog';
import { formatNumber } from '../../format';
import { type Condition, type LayerFilter, firstCondition } from './conditions';
import { readNumber } from './numbers';

function withNumbers(filter: LayerFilter, change: (value: string) => string): LayerFilter {
  const changed = (condition: Condition): Condition =>
    condition.operator === 'between' ? { ...condition, values: condition.values.map(change) } : condition;
  return { ...filter, conditions: filter.conditions.map(changed) };
}

/** With numbers as JSON writes them; what is no number stays as it was typed. */
export function settled(draft: LayerFilter, language: Language): LayerFilter {
  return withNumbers(draft, (value) => {
    const trimmed = value.trim();
    return trimmed === '' ? '' : String(readNumber(trimmed, language) ?? value);
  });
}

/** With numbers as the language writes them. */
export function typed(filter: LayerFilter, language: Language): LayerFilter {
  return withNumbers(filter, (value) => (value.trim() === '' || !Number.isFinite(Number(value)) ? value : formatNumber(Number(value), language)));
}

/** What stands there before anything has been said: one condition, on what names a feature. */
export function emptyDraft(layer: Layer): LayerFilter {
  const attribute = layer.attributes.find((one) => one.name === layer.label) ?? layer.attributes[0];
  return { join: 'and', conditions: attribute ? [firstCondition(attribute)] : [] };
}
