/** What the stand-in server says of keys, of files, and of how many features there are. */
import { withImport } from './mock_import.mjs';

export const GOOD_KEY = `diaban_${'0a'.repeat(32)}`;
export const EXPIRED_KEY = `diaban_${'0b'.repeat(32)}`;
export const AGENCY = 'soxaydung';

const problem = (status, detail, headers = {}) => ({
  status, type: 'application/problem+json', headers, body: JSON.stringify({ type: 'about:blank', status, detail }),
});

function refused(key) {
  if (key === undefined || key === GOOD_KEY) return null;
  if (key === EXPIRED_KEY) return problem(401, 'this API key, number 12, expired on 2026-11-01; ask for a new one');
  if (!/^diaban_[0-9a-f]{64}$/.test(key)) {
    return problem(401, 'this is no API key; one begins with `diaban_`, and 64 digits 0-9 a-f follow');
  }
  return problem(401, 'this API key is not known here');
}

/** Features of which a corner lies in the box: enough of a question for a stand-in. */
function within({ features }, bbox) {
  if (!bbox) return features;
  const [west, south, east, north] = bbox.split(',').map(Number);
  return features.filter(({ geometry }) => {
    const numbers = geometry.coordinates.flat(Infinity);
    return numbers.some((x, i) => i % 2 === 0 && x >= west && x <= east && numbers[i + 1] >= south && numbers[i + 1] <= north);
  });
}

/** The answer, or null where the stand-in has it already. */
export function answerPaper(request, { catalog, collections }) {
  const { pathname, searchParams } = new URL(request.url, 'http://stand-in');
  const key = request.headers['x-api-key'];
  const [, first, layer, what, id] = pathname.split('/');
  if (!['catalog', 'collections', 'tiles', 'search'].includes(first)) return null;
  const wrong = refused(key);
  if (wrong) return wrong;
  if (first === 'catalog' && key) {
    return { status: 200, type: 'application/json', body: JSON.stringify({ ...catalog, agency: AGENCY, layers: withImport(catalog.layers) }) };
  }
  if (first !== 'collections') return null;
  if (layer === undefined) return { status: 200, type: 'application/json', body: '{"collections":[]}' };
  const features = collections.has(layer) ? within(collections.get(layer), searchParams.get('bbox')) : [];
  if (what === 'items' && id === undefined) {
    const body = JSON.stringify({ type: 'FeatureCollection', features: features.slice(0, 1), numberMatched: features.length });
    return { status: 200, type: 'application/geo+json', body };
  }
  if (what !== 'download') return null;
  const form = searchParams.get('f');
  const body = form === 'geojson' ? JSON.stringify({ type: 'FeatureCollection', features }) : `id\n${features.map((one) => one.id).join('\n')}\n`;
  return {
    status: 200, type: form === 'geojson' ? 'application/geo+json' : 'text/csv', body,
    headers: { 'content-disposition': `attachment; filename="${layer}.${form}"`, 'ogc-numbermatched': String(features.length) },
  };
}
