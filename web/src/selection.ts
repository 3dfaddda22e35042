/** How the chosen feature is marked on the map. */
import type { LayerSpecification } from 'maplibre-gl';

/** Source of the mark, and the beginning of its drawings' ids. */
export const SELECTION = 'diaban/selection';

/** Bottom to top. */
export const SELECTION_DRAWINGS: readonly LayerSpecification[] = [
  {
    id: `${SELECTION}/area`, type: 'fill', source: SELECTION, filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': '#ffd43b', 'fill-opacity': 0.25 },
  },
  {
    id: `${SELECTION}/halo`, type: 'line', source: SELECTION, filter: ['!=', ['geometry-type'], 'Point'],
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': '#ffffff', 'line-width': 7, 'line-opacity': 0.85 },
  },
  {
    id: `${SELECTION}/line`, type: 'line', source: SELECTION, filter: ['!=', ['geometry-type'], 'Point'],
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': '#c2185b', 'line-width': 3.5 },
  },
  {
    id: `${SELECTION}/point`, type: 'circle', source: SELECTION, filter: ['==', ['geometry-type'], 'Point'],
    paint: {
      'circle-radius': 12, 'circle-color': 'rgba(255, 212, 59, 0.25)',
      'circle-stroke-color': '#c2185b', 'circle-stroke-width': 3,
    },
  },
];
