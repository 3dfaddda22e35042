/**
 * Who asks: the API key of this tab, or the token that a provider of identity gave, kept until the tab is closed, and
 * who wants to know when the server no longer takes it. Knows nothing of the page.
 * `sessionStorage` and not a cookie: no other tab has it, and no request carries it by itself.
 */

const STORAGE_KEY = 'diaban.key';
/** Where the token is from, and until when it holds; none beside a key. */
const SESSION_KEY = 'diaban.session';
const HEADER = 'X-API-Key';

/** What `sessionStorage` does, as far as it is needed. */
export interface Store {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** The key as it was meant: people copy it with a line's end, quotes or the header's name. */
export function cleanKey(typed: string): string {
  return typed.trim().replace(/^x-api-key:\s*/i, '').replace(/^["'“”‘’`]+|["'“”‘’`]+$/g, '').trim();
}

/** Whether a header can hold it; `fetch` throws at anything else. */
export function canBeSent(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}

export class CallerKey {
  private key: string | null = null;
  private readonly listeners: Array<(detail: string | null) => void> = [];
  private told = false;

  constructor(
    private readonly store: Store | null,
    private readonly origin: string,
  ) {
    try {
      const kept = store?.getItem(STORAGE_KEY) ?? null;
      this.key = kept !== null && canBeSent(kept) ? kept : null;
    } catch {
      // The browser keeps nothing.
    }
  }

  get isThere(): boolean {
    return this.key !== null;
  }

  /** What was kept beside the token of somebody who has signed in; null beside a key. */
  get session(): string | null {
    try {
      return this.key === null ? null : (this.store?.getItem(SESSION_KEY) ?? null);
    } catch {
      return null;
    }
  }

  /** Takes a key or a token from now on; says whether the browser keeps it when the page is loaded anew. */
  take(key: string, session: string | null = null): boolean {
    this.key = key;
    this.told = false;
    try {
      this.store?.setItem(STORAGE_KEY, key);
      if (session === null) this.store?.removeItem(SESSION_KEY);
      else this.store?.setItem(SESSION_KEY, session);
      return this.store !== null;
    } catch {
      return false;
    }
  }

  forget(): void {
    this.key = null;
    try {
      this.store?.removeItem(STORAGE_KEY);
      this.store?.removeItem(SESSION_KEY);
    } catch {
      // Nothing was kept.
    }
  }

  /** What a request to this address carries; nothing where it goes to another host. */
  headers(url: string, key = this.key): Record<string, string> {
    if (key === null || new URL(url, this.origin).origin !== this.origin) return {};
    return { [HEADER]: key };
  }

  /** The server refused the key with these words; null where its words did not come. Told once. */
  refused(detail: string | null): void {
    if (this.key === null || this.told) return;
    this.told = true;
    for (const listener of this.listeners) listener(detail);
  }

  onRefused(listener: (detail: string | null) => void): void {
    this.listeners.push(listener);
  }
}

function sessionStore(): Store | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** The key of this tab. */
export const callerKey = new CallerKey(
  typeof window === 'undefined' ? null : sessionStore(),
  typeof location === 'undefined' ? 'http://localhost' : location.origin,
);
