/**
 * How MapLibre comes into the built page. What it publishes is two bundles, one for the page and one for its worker, and
 * each holds a copy of what both need: half of the worker's. Built from its sources as one graph, the page and the
 * worker load that part as one file. Only `vite build` does so: `npm run dev` and the tests take what is published.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAPLIBRE = folder('./node_modules/maplibre-gl');
const WORKER = folder('./src/tile_worker.ts');
/** As `map.ts` names the worker. */
const WORKER_ADDRESS = /tile_worker\?worker&url$/;
const WORKER_MODULE = '\0tile-worker-address';
const PACKAGE_MODULE = '\0maplibre-package';

/** MapLibre from its sources, and its worker as one of the page's own pieces. */
export function mapFromSources(): Plugin {
  return {
    name: 'map-from-sources',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      if (source === 'maplibre-gl') return `${MAPLIBRE}/src/index.ts`;
      if (source === 'maplibre-gl/dist/maplibre-gl-worker.mjs') return `${MAPLIBRE}/src/source/worker.ts`;
      if (WORKER_ADDRESS.test(source)) return WORKER_MODULE;
      return source.endsWith('/package.json') && importer?.startsWith(MAPLIBRE) ? PACKAGE_MODULE : null;
    },
    load(id) {
      if (id === WORKER_MODULE) {
        const piece = this.emitFile({ type: 'chunk', id: WORKER, name: 'tile_worker' });
        return `export default import.meta.ROLLUP_FILE_URL_${piece};`;
      }
      if (id !== PACKAGE_MODULE) return null;
      // Its number is all that is asked for.
      const { version } = JSON.parse(readFileSync(`${MAPLIBRE}/package.json`, 'utf8')) as { version: string };
      return `export default { version: ${JSON.stringify(version)} };`;
    },
  };
}

/** The best that gzip does, done once: beside each file of text stands what the server sends of it. */
export function compressedFiles(assets: string): Plugin {
  return {
    name: 'compressed-files',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(folder(assets))) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const file = folder(`${assets}/${name}`);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      }
    },
  };
}
