/** What the running map tells of itself. */
import type { Position } from './url_state';

/** A feature under a position, as the tiles hold it. */
export interface FoundFeature {
  readonly layer: string;
  readonly id: number | string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: GeoJSON.Geometry;
}

/** CSS pixels from the map's upper left corner. */
export interface Pixel {
  readonly x: number;
  readonly y: number;
}

export interface MapListeners {
  /** A click or Enter at a pixel of the map: everything there, the topmost first. */
  readonly onPick: (found: readonly FoundFeature[], pixel: Pixel) => void;
  readonly onMove: (position: Position) => void;
  /** The pointer's position in degrees; null when it has left. */
  readonly onPointer: (position: { longitude: number; latitude: number } | null) => void;
  /** Part of a layer did not come; `status` is null where the server did not answer at all. */
  readonly onLayerFailed: (layer: string, status: number | null) => void;
  readonly onContextLost: () => void;
}
