import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ServerError } from '../src/api';
import { type Change, EventReader, type Said, isTouched, readEvent } from '../src/live/events';
import { ChangeStream, isFinal, waitAfter } from '../src/live/stream';

const EDIT = 'id: 2026-11-30T08:00:00.000Z\nevent: change\ndata: {"layer":"parcel","tiles":["0/0/0","1/1/0"],"deepest":1}\n\n';

describe('the reader of the stream', () => {
  it('gives the same events wherever the text is cut', () => {
    const text = `retry: 3000\n:\n\nevent: open\ndata: {"anew":false}\n\n:\n\n${EDIT}`.replaceAll('\n', '\r\n');
    const whole = new EventReader().push(text);
    expect(whole.map((event) => event.name)).toEqual(['open', 'change']);
    expect(whole[1]?.id).toBe('2026-11-30T08:00:00.000Z');
    for (let cut = 1; cut < text.length; cut += 1) {
      const reader = new EventReader();
      expect([...reader.push(text.slice(0, cut)), ...reader.push(text.slice(cut))]).toEqual(whole);
    }
  });

  it('joins lines of data and gives nothing before an event is whole', () => {
    const reader = new EventReader();
    expect(reader.push('data: a\ndata: b\n')).toEqual([]);
    expect(reader.push('\n')).toEqual([{ name: 'message', data: 'a\nb', id: null }]);
  });

  it('passes over what is garbled or of another kind', () => {
    for (const [name, data] of [['change', '{'], ['change', 'null'], ['change', '{"tiles":[]}'], ['weather', '{}']] as const) {
      expect(readEvent({ name, data, id: null })).toBeNull();
    }
  });
});

describe('the tiles that are asked for anew', () => {
  const change = (more: object): Change => readEvent({ name: 'change', data: JSON.stringify({ layer: 'a', ...more }), id: null }) as Change & Said;

  it('are those that are named, and those that lie below the deepest', () => {
    const edit = change({ tiles: ['14/13020/7688', '13/6510/3844', '0/0/0'], deepest: 14 });
    expect(isTouched(edit, { z: 14, x: 13020, y: 7688 })).toBe(true);
    expect(isTouched(edit, { z: 0, x: 0, y: 0 })).toBe(true);
    expect(isTouched(edit, { z: 16, x: 13020 * 4 + 3, y: 7688 * 4 })).toBe(true);
    expect(isTouched(edit, { z: 14, x: 13021, y: 7688 })).toBe(false);
    expect(isTouched(edit, { z: 16, x: 13021 * 4, y: 7688 * 4 })).toBe(false);
    expect(isTouched(edit, { z: 12, x: 3255, y: 1922 }), 'a zoom of which none is named').toBe(false);
  });

  it('are those of the low zooms when overviews were made anew, and all where nobody knows', () => {
    expect(isTouched(change({ below: 11 }), { z: 10, x: 1, y: 1 })).toBe(true);
    expect(isTouched(change({ below: 11 }), { z: 11, x: 1, y: 1 })).toBe(false);
    expect(isTouched(change({ all: true }), { z: 18, x: 1, y: 1 })).toBe(true);
    expect(isTouched(change({ in_a_way_of_next_year: 1 }), { z: 18, x: 1, y: 1 })).toBe(true);
  });
});

describe('the stream', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A stream that is said piece by piece. */
  function spoken() {
    let pieces!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => void (pieces = controller) });
    return { body, say: (text: string) => pieces.enqueue(new TextEncoder().encode(text)), end: () => pieces.close() };
  }

  const soon = () => vi.advanceTimersByTimeAsync(0);

  it('begins again when it breaks off, says since when it was away, and takes all anew', async () => {
    const streams = [spoken(), spoken()];
    const asked: Array<RequestInit | undefined> = [];
    const heard: Said[] = [];
    const ask = vi.fn(async (_path: string, init?: RequestInit) => {
      asked.push(init);
      return { body: streams[asked.length - 1]?.body } as Response;
    });
    const stream = new ChangeStream((said) => heard.push(said), ask);
    stream.start();
    await soon();
    streams[0]?.say('event: open\ndata: {"anew":false}\n\n');
    streams[0]?.say(EDIT);
    await soon();
    expect(heard.map((said) => said.kind)).toEqual(['open', 'change']);
    streams[0]?.end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked[1]?.headers).toMatchObject({ 'last-event-id': '2026-11-30T08:00:00.000Z' });
    streams[1]?.say('event: open\ndata: {"anew":true}\n\n');
    await soon();
    expect(heard.at(-1)?.kind).toBe('anew');
    stream.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('is given up when the server sends no sign of life', async () => {
    const signals: AbortSignal[] = [];
    const ask = vi.fn(async (_path: string, init?: RequestInit) => {
      signals.push(init?.signal as AbortSignal);
      const { body } = spoken();
      const reader = body.getReader();
      signals.at(-1)?.addEventListener('abort', () => void reader.cancel());
      return { body: { getReader: () => reader } } as unknown as Response;
    });
    const stream = new ChangeStream(() => undefined, ask);
    stream.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(signals[0]?.aborted).toBe(true);
    expect(ask).toHaveBeenCalledTimes(2);
    stream.stop();
  });

  it('leaves an older server alone, and asks one that is away more and more seldom', async () => {
    const old = vi.fn(async () => Promise.reject(new ServerError('refused', '/live', 404)));
    new ChangeStream(() => undefined, old).start();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(old).toHaveBeenCalledTimes(1);

    const away = vi.fn(async () => Promise.reject(new ServerError('away', '/live', null)));
    const stream = new ChangeStream(() => undefined, away);
    stream.start();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(away.mock.calls.length).toBeGreaterThan(10);
    expect(away.mock.calls.length).toBeLessThan(30);
    stream.stop();
    expect(waitAfter(1, 0)).toBeLessThan(waitAfter(4, 0));
    expect(waitAfter(50, 1)).toBe(60_000);
    expect(isFinal(new ServerError('refused', '/live', 503))).toBe(false);
  });

  it('waits as long as a busy server asks', async () => {
    const busy = vi.fn(async () => Promise.reject(new ServerError('refused', '/live', 503, { detail: null, retryAfterS: 20 })));
    const stream = new ChangeStream(() => undefined, busy);
    stream.start();
    await vi.advanceTimersByTimeAsync(19_000);
    expect(busy).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(busy).toHaveBeenCalledTimes(2);
    stream.stop();
  });
});
