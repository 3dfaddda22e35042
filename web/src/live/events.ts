/**
 * Server-Sent Events (HTML Standard, 9.2) out of a stream of text, and what those of `GET /live` say. `EventSource`
 * would read them, too, but sends no key. Pure.
 */

/** One event, as the stream has it. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
  /** The last `id` until then; null where there was none. */
  readonly id: string | null;
}

/** Puts events together out of pieces of text that end anywhere. */
export class EventReader {
  private rest = '';
  private name = '';
  private data: string[] = [];
  private id: string | null = null;
  private afterReturn = false;

  /** Takes the next piece; gives the events that are whole by now. */
  push(piece: string): StreamEvent[] {
    // A line's end that was cut in two is one end.
    this.rest += this.afterReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    if (piece !== '') this.afterReturn = piece.endsWith('\r');
    const events: StreamEvent[] = [];
    const lines = this.rest.split(/\r\n|\r|\n/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.take(line);
      else if (this.data.length > 0) events.push({ name: this.name || 'message', data: this.data.join('\n'), id: this.id });
      if (line === '') [this.name, this.data] = ['', []];
    }
    return events;
  }

  private take(line: string): void {
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') this.name = value;
    else if (field === 'data') this.data.push(value);
    else if (field === 'id') this.id = value;
  }
}

/** What has changed of a layer. */
export interface Change {
  readonly layer: string;
  /** `z/x/y`, at each zoom down to `deepest`; below it those are touched that lie in one of its tiles. */
  readonly tiles: ReadonlySet<string>;
  readonly deepest: number;
  /** All tiles of the zooms below this one. */
  readonly below: number;
  readonly all: boolean;
}

/** `open`: it is listened now. `anew`: anything may have changed that nobody told of. */
export type Said = { readonly kind: 'open' | 'anew' } | ({ readonly kind: 'change' } & Change);

/** What an event says; null where it is none of ours, or garbled. */
export function readEvent({ name, data }: StreamEvent): Said | null {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return null;
  }
  if (typeof said !== 'object' || said === null) return null;
  if (name === 'open') return { kind: (said as { anew?: unknown }).anew === true ? 'anew' : 'open' };
  if (name === 'anew') return { kind: 'anew' };
  const { layer, tiles, deepest, below, all } = said as Record<string, unknown>;
  if (name !== 'change' || typeof layer !== 'string') return null;
  const named = Array.isArray(tiles) ? tiles.filter((tile): tile is string => typeof tile === 'string') : [];
  const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
  // What a newer server says in another way is not passed over.
  const isKnown = named.length > 0 || typeof below === 'number' || all === true;
  return {
    kind: 'change', layer, tiles: new Set(named), deepest: number(deepest), below: number(below), all: all === true || !isKnown,
  };
}

/** A tile by its numbers. */
export interface TileNumbers {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** Whether a tile is to be asked for anew after a change of its layer. */
export function isTouched({ tiles, deepest, below, all }: Change, { z, x, y }: TileNumbers): boolean {
  if (all || z < below) return true;
  const up = Math.max(0, z - deepest);
  return tiles.has(`${z - up}/${Math.floor(x / 2 ** up)}/${Math.floor(y / 2 ** up)}`);
}
