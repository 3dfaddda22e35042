/**
 * The stream of changes, kept open for as long as somebody looks: it is begun again when it breaks off, later and later
 * where the server is away, and left alone where the server knows no such thing. Knows nothing of the map.
 */
import { ServerError, ask } from '../api';
import { EventReader, type Said, readEvent } from './events';

/** The server sends a sign of life every 25 s: what is silent for longer than this is dead. */
const SILENT_MS = 65_000;
/** The longest wait for the stream to begin. */
const BEGIN_MS = 15_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** A stream that lasted so long was none in vain. */
const LASTED_MS = BEGIN_MS + 10_000;

/** How long to wait after so many attempts in vain, one after the other; `random` from 0 to 1 keeps a thousand maps apart. */
export function waitAfter(failures: number, random: number): number {
  const wait = Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, failures - 1), LONGEST_WAIT_MS);
  return wait * (0.5 + random / 2);
}

/** Whether it makes no sense to try again: an older server, or one that does not let this caller in. */
export function isFinal(error: unknown): boolean {
  return error instanceof ServerError && error.status !== null && [401, 403, 404, 405].includes(error.status);
}

export class ChangeStream {
  private going: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private lastId: string | null = null;
  /** Whether something may have changed that nobody has told of: it is not the first stream, or it took long to begin. */
  private wasAway = false;

  constructor(
    private readonly onSaid: (said: Said) => void,
    private readonly askFor: typeof ask = ask,
  ) {}

  /** Begins to listen, if it does not yet. */
  start(): void {
    if (this.going) return;
    this.going = new AbortController();
    void this.listen(this.going);
  }

  /** Listens no more; what changes meanwhile is taken anew at the next start. */
  stop(): void {
    clearTimeout(this.timer);
    this.going?.abort();
    this.going = null;
    this.failures = 0;
    this.wasAway = true;
  }

  private async listen(going: AbortController): Promise<void> {
    const stream = new AbortController();
    const end = (): void => stream.abort();
    going.signal.addEventListener('abort', end);
    let alarm: ReturnType<typeof setTimeout> | undefined;
    const within = (ms: number): void => {
      clearTimeout(alarm);
      alarm = setTimeout(end, ms);
    };
    const begun = Date.now();
    let wait = 0;
    try {
      await this.read(stream.signal, within);
    } catch (error) {
      if (isFinal(error)) return;
      if (error instanceof ServerError) wait = (error.retryAfterS ?? 0) * 1_000;
    } finally {
      clearTimeout(alarm);
      going.signal.removeEventListener('abort', end);
      end();
    }
    if (going.signal.aborted) return;
    this.wasAway = true;
    this.failures = Date.now() - begun > LASTED_MS ? 1 : this.failures + 1;
    this.timer = setTimeout(() => void this.listen(going), Math.max(waitAfter(this.failures, Math.random()), wait));
  }

  /** Hears what the server says until it ends; `within` ends it where nothing comes for so many milliseconds. */
  private async read(signal: AbortSignal, within: (ms: number) => void): Promise<void> {
    within(BEGIN_MS);
    const headers = { accept: 'text/event-stream', ...(this.lastId === null ? {} : { 'last-event-id': this.lastId }) };
    const response = await this.askFor('/live', { headers, signal, cache: 'no-store' });
    const pieces = response.body?.getReader();
    const text = new TextDecoder();
    const events = new EventReader();
    within(SILENT_MS);
    for (let read = await pieces?.read(); read && !read.done; read = await pieces?.read()) {
      within(SILENT_MS);
      for (const event of events.push(text.decode(read.value, { stream: true }))) {
        this.lastId = event.id ?? this.lastId;
        const said = readEvent(event);
        if (said) this.hear(said);
      }
    }
  }

  private hear(said: Said): void {
    if (said.kind === 'open' || said.kind === 'anew') {
      const isAnew = said.kind === 'anew' || this.wasAway;
      this.wasAway = false;
      this.onSaid({ kind: isAnew ? 'anew' : 'open' });
    } else {
      this.onSaid(said);
    }
  }
}
