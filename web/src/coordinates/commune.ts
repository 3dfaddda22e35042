/** The commune at a position, as the server's `GET /at` tells it. Knows nothing of the network. */
import type { Title } from '../catalog';

type Fields = Readonly<Record<string, unknown>>;

/** Name and kind of the first commune among the layers of an answer; null where there is none. Throws where it is no answer. */
export function readCommune(layers: unknown): Title | null {
  if (!Array.isArray(layers)) throw new TypeError('no layers');
  const [found] = layers as { features?: { properties?: Fields }[] }[];
  const properties = found?.features?.[0]?.properties;
  if (!properties) return null;
  const name = String(properties['name_vi'] ?? properties['code'] ?? '');
  const { vi, en } = (properties['unit_type'] ?? {}) as { vi?: unknown; en?: unknown };
  return {
    vi: typeof vi === 'string' ? `${vi} ${name}` : name,
    en: typeof en === 'string' ? `${name} (${en.toLowerCase()})` : name,
  };
}
