/**
 * An edit appears on the open map without a reload. Listens to the server while the page is looked at, and has the
 * touched tiles of the layers on the map asked for anew.
 */
import type { Map as MapLibre } from 'maplibre-gl';
import { askDataAsOf } from '../api';
import { dataAsOf } from '../data_as_of';
import { type Change, type Said, isTouched } from './events';
import { ChangeStream } from './stream';
import { StaleTiles } from './tiles';

/** Changes that come faster than this are taken together: many edits of one tile cost few tiles. */
const GATHER_MS = 400;
/** A tab that is hidden for so long listens no more: a browser has few connections to one server. */
const HIDDEN_MS = 10_000;

export class LiveChanges {
  private readonly stream = new ChangeStream((said) => this.hear(said));
  private readonly stale = new Map<MapLibre, StaleTiles>();
  private readonly changes: Change[] = [];
  private gathering: ReturnType<typeof setTimeout> | undefined;
  private hiding: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param engines the maps on the page that are running now
   * @param layers ids of all layers: the sources of those on a map are called so
   */
  constructor(
    private readonly engines: () => readonly MapLibre[],
    private readonly layers: readonly string[],
  ) {
    document.addEventListener('visibilitychange', () => this.follow());
    this.follow();
  }

  private follow(): void {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.stream.stop(), HIDDEN_MS);
    else this.stream.start();
  }

  private hear(said: Said): void {
    if (said.kind === 'change') {
      this.changes.push(said);
      this.gathering ??= setTimeout(() => this.show(), 0);
    } else if (said.kind === 'anew') {
      const all = { tiles: new Set<string>(), deepest: 0, below: 0, all: true };
      for (const layer of this.layers) this.changes.push({ layer, ...all });
      this.gathering ??= setTimeout(() => this.show(), 0);
      // The data may be of now again.
      if (dataAsOf.oldest !== null) void askDataAsOf().catch(console.warn);
    }
  }

  private show(): void {
    this.gathering = undefined;
    const changes = this.changes.splice(0);
    if (changes.length === 0) return;
    const engines = this.engines();
    for (const [engine, stale] of this.stale) {
      if (engines.includes(engine)) continue;
      stale.stop();
      this.stale.delete(engine);
    }
    for (const engine of engines) {
      const stale = this.stale.get(engine) ?? new StaleTiles(engine);
      this.stale.set(engine, stale);
      for (const layer of new Set(changes.map((change) => change.layer))) {
        const own = changes.filter((change) => change.layer === layer);
        stale.refresh(layer, (tile) => own.some((change) => isTouched(change, tile)));
      }
    }
    this.gathering = setTimeout(() => this.show(), GATHER_MS);
  }
}
