/**
 * What the server says of a tile beside its features: that it had more than a tile may hold, and left some
 * out. Pure: addresses and headers in, layers out.
 */
import type { Extent } from './catalog';

/** What a worker hands on of a tile's answer. */
export interface TileAnswer {
  readonly url: string;
  /** The header `diaban-dropped`: `road_segment=12/340, parcel=1/9`. */
  readonly dropped: string | null;
  /** The header `diaban-data-as-of`. */
  readonly asOf: string | null;
}

interface Cut {
  readonly z: number;
  readonly extent: Extent;
  readonly layers: readonly string[];
}

/** Tiles remembered; the oldest go. */
const REMEMBERED = 2000;

const ADDRESS = /\/tiles\/([^/]+)\/(\d+)\/(\d+)\/(\d+)(?:[?#]|$)/;

/** Which tile an address is of; null where it is of none. */
export function tileOf(url: string): { layers: string; z: number; x: number; y: number } | null {
  const [, layers, z, x, y] = ADDRESS.exec(url) ?? [];
  return layers === undefined ? null : { layers, z: Number(z), x: Number(x), y: Number(y) };
}

export function tileExtent(z: number, x: number, y: number): Extent {
  const longitude = (column: number): number => (column / 2 ** z) * 360 - 180;
  const latitude = (row: number): number => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / 2 ** z))) * 180) / Math.PI;
  return [longitude(x), latitude(y + 1), longitude(x + 1), latitude(y)];
}

export class TileRemarks {
  private readonly cuts = new Map<string, Cut>();

  /** Takes an answer; says whether anything is new. */
  note({ url, dropped }: TileAnswer): boolean {
    const tile = tileOf(url);
    if (!tile) return false;
    const key = `${tile.layers}/${tile.z}/${tile.x}/${tile.y}`;
    const layers = [...(dropped ?? '').matchAll(/([a-z0-9_]+)=\d+\/\d+/g)].flatMap(([, layer]) => layer ?? []);
    if (layers.length === 0) return this.cuts.delete(key);
    this.cuts.set(key, { z: tile.z, extent: tileExtent(tile.z, tile.x, tile.y), layers });
    const oldest = this.cuts.keys().next();
    if (this.cuts.size > REMEMBERED && !oldest.done) this.cuts.delete(oldest.value);
    return true;
  }

  /** Layers that a map of this extent and zoom does not show whole; `maxzoom` is a layer's last zoom with tiles of its own. */
  cutIn([west, south, east, north]: Extent, zoom: number, maxzoom: (layer: string) => number | null): string[] {
    const found = new Set<string>();
    for (const { z, extent, layers } of this.cuts.values()) {
      if (extent[0] >= east || extent[2] <= west || extent[1] >= north || extent[3] <= south) continue;
      for (const layer of layers) {
        const last = maxzoom(layer);
        if (last !== null && z === Math.min(Math.floor(zoom), last)) found.add(layer);
      }
    }
    return [...found];
  }
}
