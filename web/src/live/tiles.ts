/**
 * Asks anew for those tiles of a running map that were touched, and for no other. What is drawn stays until the new
 * tile has come, so that nothing flickers. One of the few files that drive MapLibre.
 */
import type { Map as MapLibre } from 'maplibre-gl';
import type { TileNumbers } from './events';

/** How soon it is looked again at what could not be asked for yet. */
const LOOK_AGAIN_MS = 250;

type Touched = (tile: TileNumbers) => boolean;

/** Tiles of one map that hold what is no longer so. */
export class StaleTiles {
  /** By source: ids of MapLibre's tiles on the map. */
  private readonly stale = new Map<string, Set<string>>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly engine: MapLibre) {}

  /** Asks anew for the touched tiles of a source; does nothing where it is not on the map. */
  refresh(source: string, isTouched: Touched): void {
    const manager = this.manager(source);
    if (!manager) return;
    // Tiles that have left the map would come back as they were.
    manager._outOfViewCache?.reset();
    const stale = this.stale.get(source) ?? new Set<string>();
    for (const id of manager.getIds()) {
      const tile = manager.getTileByID(id);
      if (tile && isTouched(tile.tileID.canonical)) stale.add(id);
    }
    if (stale.size === 0) return;
    this.stale.set(source, stale);
    this.askAnew();
  }

  /** Forgets the map, which is gone. */
  stop(): void {
    clearTimeout(this.timer);
    this.stale.clear();
  }

  private manager(source: string) {
    return this.engine.style?.tileManagers[source];
  }

  private askAnew(): void {
    clearTimeout(this.timer);
    for (const [source, stale] of this.stale) {
      const manager = this.manager(source);
      const now: string[] = [];
      for (const id of stale) {
        const tile = manager?.getTileByID(id);
        if (!tile) {
          // It has left the map meanwhile, and must not come back as it was.
          manager?._outOfViewCache?.reset();
          stale.delete(id);
        } else if (tile.state === 'loaded' || tile.state === 'errored') {
          // One that is on its way was asked for before the change, perhaps, and is asked for again.
          now.push(id);
        }
      }
      const numbers = now.flatMap((id) => manager?.getTileByID(id)?.tileID.canonical ?? []);
      if (numbers.length > 0) this.engine.refreshTiles(source, numbers);
      // One that MapLibre does not draw just now it does not ask for, either.
      for (const id of now) if (manager?.getTileByID(id)?.state === 'expired') stale.delete(id);
      if (stale.size === 0) this.stale.delete(source);
    }
    if (this.stale.size > 0) this.timer = setTimeout(() => this.askAnew(), LOOK_AGAIN_MS);
  }
}
