import { describe, expect, it } from 'vitest';
import { CallerKey, type Store, canBeSent, cleanKey } from '../src/caller_key';
import { DataAsOf } from '../src/data_as_of';
import { refusalText } from '../src/tools/account/refusal';

const KEY = `diaban_${'0a'.repeat(32)}`;
const store = (): Store & { kept: Map<string, string> } => {
  const kept = new Map<string, string>();
  return {
    kept, getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
};

describe('a key', () => {
  it('is taken as people paste it', () => {
    for (const typed of [`  ${KEY}\r\n`, `"${KEY}"`, `“${KEY}”`, `X-API-Key: ${KEY}`]) expect(cleanKey(typed)).toBe(KEY);
    expect(canBeSent(KEY)).toBe(true);
    for (const wrong of ['khóa', `${KEY} ${KEY}`, '']) expect(canBeSent(wrong)).toBe(false);
  });

  it('goes to its own server only', () => {
    const key = new CallerKey(store(), 'https://dia.ban');
    expect(key.headers('/catalog')).toEqual({});
    expect(key.take(KEY)).toBe(true);
    expect(key.headers('/catalog')).toEqual({ 'X-API-Key': KEY });
    expect(key.headers('https://dia.ban/tiles/x/1/1/1')).toEqual({ 'X-API-Key': KEY });
    for (const strange of ['https://tiles.example/1', 'http://dia.ban/catalog', '//example/x', 'https://dia.ban:8443/']) {
      expect(key.headers(strange)).toEqual({});
    }
  });

  it('is kept by the tab until it is forgotten', () => {
    const tab = store();
    new CallerKey(tab, 'https://dia.ban').take(KEY);
    const again = new CallerKey(tab, 'https://dia.ban');
    expect(again.isThere).toBe(true);
    again.forget();
    expect(tab.kept.size).toBe(0);
    expect(new CallerKey(tab, 'https://dia.ban').isThere).toBe(false);
  });

  it('works where the browser keeps nothing, and says so', () => {
    const throwing: Store = {
      getItem: () => { throw new Error('no'); }, setItem: () => { throw new Error('no'); }, removeItem: () => { throw new Error('no'); },
    };
    const key = new CallerKey(throwing, 'https://dia.ban');
    expect(key.take(KEY)).toBe(false);
    expect(key.headers('/x')).not.toEqual({});
    key.forget();
    expect(key.headers('/x')).toEqual({});
  });

  it('that is refused is told of once', () => {
    const key = new CallerKey(store(), 'https://dia.ban');
    const told: Array<string | null> = [];
    key.onRefused((detail) => told.push(detail));
    key.refused('nobody has signed in');
    key.take(KEY);
    key.refused('first');
    key.refused('second');
    expect(told).toEqual(['first']);
  });
});

describe('why a key is refused', () => {
  it('is said in the words of whoever holds it', () => {
    expect(refusalText('this API key, number 12, expired on 2026-11-01; ask for a new one', 'vi')).toBe(
      'Khóa số 12 đã hết hạn ngày 01/11/2026. Hãy xin người quản trị cấp khóa mới.',
    );
    expect(refusalText('this API key, number 3, was revoked on 2026-11-01; ask for a new one', 'en')).toContain('revoked on 1 November 2026');
    expect(refusalText('this is no API key; one begins with `diaban_`, and 64 digits 0-9 a-f follow', 'en')).toContain('64 characters');
    expect(refusalText('this API key is not known here', 'vi')).toContain('không có khóa đó');
    expect(refusalText('this token has ended; sign in again', 'en')).toContain('token has ended');
  });
  it('is the server’s own words where they are new', () => {
    expect(refusalText('the moon is full', 'en')).toContain('the moon is full');
    expect(refusalText(null, 'en')).toContain('does not take');
  });
});

describe('the moment of the data', () => {
  const headers = (moment: string | null) => ({ get: () => moment });
  it('is the oldest that was last said, and none when answers are of now again', () => {
    const said = new DataAsOf();
    let changes = 0;
    said.onChange(() => (changes += 1));
    said.note('/collections/a/items?limit=1', headers('2026-11-30T10:00:00Z'));
    said.note('/collections/b/items', headers('2026-11-30T09:00:00Z'));
    expect(said.oldest).toBe('2026-11-30T09:00:00Z');
    said.note('/collections/b/items/7', headers(null));
    expect(said.oldest).toBe('2026-11-30T10:00:00Z');
    said.note('/catalog', headers(null));
    expect(said.oldest).toBe('2026-11-30T10:00:00Z');
    said.note('/collections/a', headers(null));
    expect(said.oldest).toBeNull();
    said.note('/search?q=x', headers('yesterday'));
    expect(said.oldest).toBeNull();
    expect(changes).toBe(4);
    said.note('/tiles/a/8/203/120', headers('2026-11-30T08:00:00Z'));
    said.note('/tiles/b/8/203/120', headers(null));
    expect(said.oldest).toBe('2026-11-30T08:00:00Z');
    said.note('/collections?f=json', headers(null));
    expect(said.oldest).toBeNull();
  });
});
