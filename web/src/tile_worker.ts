/** MapLibre's worker, and before it what listens to the headers of its tiles. */
import './tile_channel';
import MapLibreWorker from 'maplibre-gl/dist/maplibre-gl-worker.mjs';

// It starts by itself; named here, it is not taken for unused.
Object.assign(self, { MapLibreWorker });
