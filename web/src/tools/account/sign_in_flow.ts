/** Signing in at a provider, and out again, in the browser: the ways there and back. Loaded by who signs in. */
import { callerKey } from '../../caller_key';
import type { Notices } from '../../notices';
import type { LanguageChoice } from '../../language';
import { formatMoment } from './moment';
import {
  type Begun, type Provider, type Session, SignInTrouble, authorizationAddress, discoveryAddress, hostOf, readEndpoints, readKept,
  returnedCode, signOutAddress, takenToken, tokenQuestion,
} from './sign_in';

/** Where the tab keeps a sign-in that has begun. */
const BEGUN = 'diaban.sign-in';
const TIMEOUT_MS = 15_000;
/** The longest that a browser's clock waits at a time. */
const WAIT_MAX_MS = 2 ** 31 - 1;

/** Where providers send people back to; they know this address beforehand. */
const home = (): string => `${location.origin}/`;

/** 256 bits that nobody can guess, in letters that stand in an address as they are. */
function random(): string {
  return base64(crypto.getRandomValues(new Uint8Array(32)));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

async function asked(provider: Provider, address: string, init: RequestInit = {}): Promise<unknown> {
  let response: Response;
  try {
    // The provider's own cookies stay out of it: what counts is the code.
    response = await fetch(address, { credentials: 'omit', signal: AbortSignal.timeout(TIMEOUT_MS), ...init });
  } catch (cause) {
    console.warn(cause);
    throw new SignInTrouble('signInAway', hostOf(provider.issuer));
  }
  const said: unknown = await response.json().catch(() => null);
  if (response.ok) return said;
  const { error_description: why, error } = (said ?? {}) as { error_description?: unknown; error?: unknown };
  throw new SignInTrouble('signInRefused', hostOf(provider.issuer), String(why ?? error ?? response.status).slice(0, 300));
}

/** Leads to the provider; comes back only with the reason why it cannot. */
export async function beginSignIn(provider: Provider, language: string): Promise<SignInTrouble | null> {
  const host = hostOf(provider.issuer);
  // Browsers give no page in clear what PKCE needs.
  if (!window.isSecureContext || typeof crypto.subtle === 'undefined') return new SignInTrouble('signInNeedsTls', host);
  try {
    const endpoints = readEndpoints(provider, await asked(provider, discoveryAddress(provider)));
    const begun: Begun = { provider, endpoints, state: random(), nonce: random(), verifier: random(), hash: location.hash };
    const challenge = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(begun.verifier)));
    try {
      sessionStorage.setItem(BEGUN, JSON.stringify(begun));
    } catch {
      return new SignInTrouble('keyNotKept', host);
    }
    location.assign(authorizationAddress(begun, home(), base64(challenge), language));
    return null;
  } catch (error) {
    if (error instanceof SignInTrouble) return error;
    throw error;
  }
}

function takeBegun(): Begun | null {
  try {
    const kept = sessionStorage.getItem(BEGUN);
    // It counts once.
    sessionStorage.removeItem(BEGUN);
    return readKept<Begun>(kept);
  } catch {
    return null;
  }
}

/** Somebody comes back from a provider: takes the token, and leads to the view that he came from. */
export async function finishSignIn(): Promise<SignInTrouble | null> {
  const begun = takeBegun();
  const search = location.search;
  // The code leaves the address line before anything else happens.
  history.replaceState(null, '', `/${begun?.hash ?? location.hash}`);
  try {
    const code = returnedCode(search, begun);
    if (begun === null) return null;
    const answer = await asked(begun.provider, begun.endpoints.token, { method: 'POST', body: tokenQuestion(begun, code, home()) });
    const { token, session } = takenToken(begun, answer, Date.now());
    return callerKey.take(token, JSON.stringify(session)) ? null : new SignInTrouble('keyNotKept', hostOf(begun.provider.issuer));
  } catch (error) {
    console.warn(error);
    return error instanceof SignInTrouble ? error : new SignInTrouble('signInUnreadable', '');
  }
}

/** Who is signed in at a provider; null where nobody is, or a key is used. */
export function currentSession(): Session | null {
  return readKept<Session>(callerKey.session);
}

/** Signs out here and, where it says how, at the provider: on a shared machine the next person finds nobody signed in. */
export function signOut(): void {
  const session = currentSession();
  callerKey.forget();
  const there = session && signOutAddress(session, home());
  if (there) location.assign(there);
  else location.reload();
}

/** Says when a session ends, with the way to a new one; nothing that is on the page is lost until then. */
export function watchSession(notices: Notices, language: LanguageChoice): void {
  const session = currentSession();
  if (!session) return;
  const left = session.until - Date.now();
  if (left > WAIT_MAX_MS) return;
  setTimeout(() => {
    if (currentSession()?.until !== session.until) return;
    notices.show('session', {
      text: () => language.text('signInEnded', { moment: formatMoment(session.until, language.current) }),
      retryText: () => language.text('signInAgain'),
      retry: () => void again(session, notices, language),
    });
  }, Math.max(0, left));
}

/** Signs in at the same provider once more. */
export async function again({ provider }: Session, notices: Notices, language: LanguageChoice): Promise<void> {
  const trouble = await beginSignIn(provider, language.current);
  if (trouble) tellTrouble(trouble, notices, language);
}

export function troubleText({ key, host, detail }: SignInTrouble, language: LanguageChoice): string {
  const said = language.text(key, { host });
  return detail === null ? said : `${said} ${language.text('signInSays', { detail })}`;
}

export function tellTrouble(trouble: SignInTrouble, notices: Notices, language: LanguageChoice): void {
  notices.show('sign-in', { text: () => troubleText(trouble, language) });
}
