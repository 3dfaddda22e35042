/** What `GET /search` finds: units and features. Knows nothing of the network or of the page. */
import type { Extent, Title } from './catalog';

export interface Hit {
  readonly kind: 'unit' | 'feature';
  readonly name: string;
  /** Kind of the unit, or the layer. */
  readonly title: Title;
  /** The feature's layer and number; null for units. */
  readonly feature: { readonly layer: string; readonly id: number } | null;
  /** The code or name that was found, where it is not the name that is shown. */
  readonly value: string | null;
  /** First day, and the day on which it had ended; null where there is none. */
  readonly from: string | null;
  readonly until: string | null;
  readonly bounds: Extent | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function title(value: unknown): Title {
  const { vi, en } = (value ?? {}) as Partial<Title>;
  return { vi: text(vi) ?? '', en: text(en) ?? '' };
}

function bounds(value: unknown): Extent | null {
  if (!Array.isArray(value) || value.length !== 4 || !value.every(Number.isFinite)) return null;
  return value as unknown as Extent;
}

/** The hits of an answer, in its order; throws where it is none. */
export function readHits(answer: unknown): Hit[] {
  const { hits } = (answer ?? {}) as { hits?: unknown };
  if (!Array.isArray(hits)) throw new TypeError('no hits');
  return hits.map((hit: Record<string, unknown>) => {
    const name = text(hit['name']) ?? '';
    const value = text(hit['value']);
    const [layer, id] = [text(hit['layer']), hit['id']];
    return {
      kind: hit['kind'] === 'unit' ? 'unit' : 'feature',
      name,
      title: title(hit['title']),
      feature: layer !== null && typeof id === 'number' ? { layer, id } : null,
      value: value === name ? null : value,
      from: text(hit['valid_from']),
      until: text(hit['valid_to']),
      bounds: bounds(hit['bbox']),
    };
  });
}
