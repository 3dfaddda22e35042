/** Leads from a row of a report to what it is of: a feature, or the features of a group, on the map. */
import { fetchFeature } from '../../api';
import type { Attribute, Extent, Layer } from '../../catalog';
import { type Condition, type LayerFilter, flawOf, operatorsOf } from '../filter/conditions';
import { FILTER_KEY, readFilters, writtenFilters } from '../filter/link';
import type { Workbench } from '../tool';
import type { Group, ListedFeature, Value } from './report';
import { boundsOf } from './shapes';

/** The closest that a feature of a row is shown at, degrees on each side. */
const AROUND_DEG = 0.001;

/** Counts what was to be shown: the map goes to the last of it, whatever is answered first. */
let lastShown = 0;

/** Its layer is on, it is told of in the panel, and the map shows it. */
export async function showFeature(page: Workbench, layer: string, { id }: ListedFeature): Promise<void> {
  const own = ++lastShown;
  page.toggle(layer, true);
  page.showFeature(layer, id);
  try {
    const { geometry } = await fetchFeature(layer, id);
    const bounds = geometry ? boundsOf(geometry) : null;
    if (!bounds || own !== lastShown) return;
    const [west, south, east, north] = bounds;
    page.map?.showBox([west - AROUND_DEG, south - AROUND_DEG, east + AROUND_DEG, north + AROUND_DEG]);
  } catch (error) {
    // The panel says that the feature could not be loaded.
    console.warn(error);
  }
}

/** What holds of the features of a group in one attribute; null where that cannot be asked. */
function conditionOf(attribute: Attribute, value: Value): Condition | null {
  const asked = (operator: Condition['operator'], ...values: string[]): Condition | null =>
    operatorsOf(attribute).includes(operator) ? { attribute: attribute.name, operator, values } : null;
  if (value === null || value === '') return asked('hasNot');
  if (typeof value === 'boolean') return asked(value ? 'yes' : 'no');
  if (typeof value === 'number') return asked('between', String(value), String(value));
  if (typeof value === 'object') return 'code' in value ? asked('anyOf', value.code) : null;
  return attribute.type === 'date' ? asked('days', value, value) : (asked('anyOf', value) ?? asked('is', value));
}

/** The filter that leaves the features of a group; null where there is none that says just that. */
export function filterOfGroup(by: Group['by'], layer: Layer): LayerFilter | null {
  const conditions = [...by].map(([name, value]) => {
    const attribute = layer.attributes.find((one) => one.name === name);
    return attribute ? conditionOf(attribute, value) : null;
  });
  const isWhole = conditions.length > 0 && conditions.every((one): one is Condition => one !== null && flawOf(one, layer) === null);
  return isWhole ? { join: 'and', conditions: conditions as Condition[] } : null;
}

/** The layer is on and shows the features of the group alone, as if they had been filtered by hand; the map shows the area. */
export function showGroup(page: Workbench, layer: string, filter: LayerFilter, bounds: Extent | null): void {
  lastShown += 1;
  const layers = new Map([...page.content.layers].map(([id, { layer: own }]) => [id, own]));
  const filters = new Map(readFilters(page.said(FILTER_KEY), layers).filters).set(layer, filter);
  page.toggle(layer, true);
  page.say(FILTER_KEY, writtenFilters(filters));
  // What a link brings, the filter tool reads.
  window.dispatchEvent(new HashChangeEvent('hashchange'));
  if (bounds) page.map?.showBox(bounds);
}
