/**
 * Signing in at a provider of identity (OpenID Connect Core 1.0, 3.1: authorization code; RFC 7636: PKCE): what is
 * asked, and what of the answers is believed. Pure: no network, no storage.
 */
import type { AccountTextKey } from './texts';

/** A provider, as `GET /sign-in` tells of it. */
export interface Provider {
  /** What its tokens name as their issuer, to the letter. */
  readonly issuer: string;
  /** What it calls this page. */
  readonly clientId: string;
  /** For whom the token has to be that the server takes. */
  readonly audience: string;
}

/** What a provider says of itself. */
export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  /** Where one signs out of it; null where it has no such place. */
  readonly endSession: string | null;
  readonly scope: string;
}

/** A sign-in that has begun in this tab and waits for the provider's answer. */
export interface Begun {
  readonly provider: Provider;
  readonly endpoints: Endpoints;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** The view to come back to: what stood behind `#`. */
  readonly hash: string;
}

/** Who is signed in, and until when. */
export interface Session {
  readonly provider: Provider;
  readonly endSession: string | null;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Why somebody is not signed in. */
export class SignInTrouble extends Error {
  override readonly name = 'SignInTrouble';

  /** `detail` is the provider's own words, where it has said any. */
  constructor(readonly key: AccountTextKey, readonly host: string, readonly detail: string | null = null) {
    super(`${key} (${host}) ${detail ?? ''}`);
  }
}

/** The longest words of a provider's that are shown. */
const DETAIL_MAX = 300;
const SCOPES = ['openid', 'profile', 'email'];

type Fields = Record<string, unknown>;
const object = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function url(address: string | null): URL | null {
  try {
    return address === null ? null : new URL(address);
  } catch {
    return null;
  }
}

/** What a provider is called on a button. */
export function hostOf(issuer: string): string {
  return url(issuer)?.host ?? issuer;
}

/** The providers of the server's answer; what is none is left out. */
export function readProviders(answer: unknown): Provider[] {
  const listed = object(answer)['providers'];
  return (Array.isArray(listed) ? listed : []).flatMap((one) => {
    const [issuer, clientId] = [text(object(one)['issuer']), text(object(one)['client_id'])];
    const audience = text(object(one)['audience']);
    if (issuer === null || clientId === null || audience === null) return [];
    return /^https?:$/.test(url(issuer)?.protocol ?? '') ? [{ issuer, clientId, audience }] : [];
  });
}

/** Where a provider says of itself what it is (OpenID Connect Discovery 1.0, 4). */
export function discoveryAddress({ issuer }: Provider): string {
  return `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
}

/**
 * Reads a provider's document. It has to be of the issuer that the server names, tokens have to come from the same
 * origin (the page may ask no other), and nobody is led to an address that is not of the web.
 */
export function readEndpoints(provider: Provider, document: unknown): Endpoints {
  const said = object(document);
  const trouble = (key: AccountTextKey): SignInTrouble => new SignInTrouble(key, hostOf(provider.issuer));
  if (said['issuer'] !== provider.issuer) throw trouble('signInUnreadable');
  const own = url(provider.issuer);
  const [authorization, token] = [url(text(said['authorization_endpoint'])), url(text(said['token_endpoint']))];
  if (own === null || authorization === null || token === null) throw trouble('signInUnreadable');
  const isSafe = (one: URL): boolean => one.protocol === 'https:' || (one.protocol === 'http:' && own.protocol === 'http:');
  if (!isSafe(authorization)) throw trouble('signInUnreadable');
  if (token.origin !== own.origin) throw trouble('signInElsewhere');
  const end = url(text(said['end_session_endpoint']));
  const scopes = said['scopes_supported'];
  const scope = SCOPES.filter((one) => one === 'openid' || !Array.isArray(scopes) || scopes.includes(one)).join(' ');
  return { authorization: authorization.href, token: token.href, endSession: end && isSafe(end) ? end.href : null, scope };
}

/** Where the browser is sent; `challenge` is the verifier's SHA-256 (RFC 7636, 4.2). */
export function authorizationAddress(begun: Begun, redirect: string, challenge: string, language: string): string {
  const { provider, endpoints, state, nonce } = begun;
  const address = new URL(endpoints.authorization);
  const said = {
    response_type: 'code', client_id: provider.clientId, redirect_uri: redirect, scope: endpoints.scope, state, nonce,
    code_challenge: challenge, code_challenge_method: 'S256', ui_locales: language,
  };
  for (const [name, value] of Object.entries(said)) address.searchParams.set(name, value);
  return address.href;
}

/** Whether an address is one to which a provider has sent somebody back. */
export function isReturn(search: string): boolean {
  const said = new URLSearchParams(search);
  return said.has('state') && (said.has('code') || said.has('error'));
}

/** The code of an answer that belongs to the sign-in that has begun in this tab. */
export function returnedCode(search: string, begun: Begun | null): string {
  const said = new URLSearchParams(search);
  // An answer to what nobody has asked here would sign somebody in as another (RFC 6749, 10.12).
  if (begun === null || said.get('state') !== begun.state) throw new SignInTrouble('signInForeign', '');
  const host = hostOf(begun.provider.issuer);
  const issuer = said.get('iss');
  if (issuer !== null && issuer !== begun.provider.issuer) throw new SignInTrouble('signInForeign', host);
  const error = said.get('error');
  if (error === 'access_denied') throw new SignInTrouble('signInDenied', host);
  if (error !== null) throw new SignInTrouble('signInRefused', host, (said.get('error_description') ?? error).slice(0, DETAIL_MAX));
  return said.get('code') ?? '';
}

/** The body of the question for tokens (RFC 6749, 4.1.3). */
export function tokenQuestion({ provider, verifier }: Begun, code: string, redirect: string): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'authorization_code', code, redirect_uri: redirect, client_id: provider.clientId, code_verifier: verifier,
  });
}

/** What a token says; null where it is none that can be read. Its signature is judged by the server. */
export function readToken(token: string | null): Fields | null {
  const middle = token?.split('.')[1];
  if (token === null || middle === undefined || token.split('.').length !== 3) return null;
  try {
    const bytes = Uint8Array.from(atob(middle.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
    return object(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

const isFor = (claims: Fields | null, whom: string): boolean =>
  claims !== null && (claims['aud'] === whom || (Array.isArray(claims['aud']) && claims['aud'].includes(whom)));

/**
 * The token that the server takes, and until when: the one that is for it. Beforehand the identity token has to be of
 * this provider, for this page and of this sign-in (OpenID Connect Core 1.0, 3.1.3.7).
 */
export function takenToken(begun: Begun, answer: unknown, now: number): { readonly token: string; readonly session: Session } {
  const { provider, endpoints, nonce } = begun;
  const trouble = (key: AccountTextKey): SignInTrouble => new SignInTrouble(key, hostOf(provider.issuer));
  const [identity, access] = [text(object(answer)['id_token']), text(object(answer)['access_token'])];
  const claims = readToken(identity);
  if (claims === null) throw trouble('signInUnreadable');
  if (claims['iss'] !== provider.issuer || !isFor(claims, provider.clientId) || claims['nonce'] !== nonce) throw trouble('signInForeign');
  const token = [access, identity].find((one) => isFor(readToken(one), provider.audience)) ?? null;
  const until = Number(readToken(token)?.['exp']) * 1000;
  if (token === null || !Number.isFinite(until)) throw trouble('signInForAnother');
  if (until <= now) throw trouble('signInClock');
  return { token, session: { provider, endSession: endpoints.endSession, until } };
}

/** Where one signs out of the provider itself, too (OpenID Connect RP-Initiated Logout 1.0, 2). */
export function signOutAddress({ provider, endSession }: Session, redirect: string): string | null {
  if (endSession === null) return null;
  const address = new URL(endSession);
  address.searchParams.set('client_id', provider.clientId);
  address.searchParams.set('post_logout_redirect_uri', redirect);
  return address.href;
}

/** A session or a sign-in that has begun, as the tab keeps it. */
export function readKept<Kept>(kept: string | null): Kept | null {
  try {
    const read = kept === null ? null : (JSON.parse(kept) as Kept & { provider?: Provider });
    return read !== null && typeof read.provider?.issuer === 'string' ? read : null;
  } catch {
    return null;
  }
}
