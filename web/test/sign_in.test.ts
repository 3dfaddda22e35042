import { describe, expect, it } from 'vitest';
import { CallerKey, type Store } from '../src/caller_key';
import { formatMoment } from '../src/tools/account/moment';
import {
  type Begun, SignInTrouble, authorizationAddress, discoveryAddress, isReturn, readEndpoints, readKept, readProviders, readToken,
  returnedCode, signOutAddress, takenToken, tokenQuestion,
} from '../src/tools/account/sign_in';

const ISSUER = 'https://sso.example.vn/realms/tinh';
const provider = { issuer: ISSUER, clientId: 'diaban-map', audience: 'diaban' };
const DOCUMENT = {
  issuer: ISSUER, authorization_endpoint: `${ISSUER}/auth?kc=1`, token_endpoint: `${ISSUER}/token`, end_session_endpoint: `${ISSUER}/logout`,
  scopes_supported: ['openid', 'email', 'phone'],
};
const endpoints = readEndpoints(provider, DOCUMENT);
const begun: Begun = { provider, endpoints, state: 'st', nonce: 'no', verifier: 've', hash: '#map=9/11/106' };
const NOW = Date.UTC(2026, 10, 30, 1);

const token = (claims: object): string => ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');
const claims = { iss: ISSUER, aud: 'diaban-map', nonce: 'no', exp: NOW / 1000 + 300 };
const access = token({ iss: ISSUER, aud: ['account', 'diaban'], exp: NOW / 1000 + 600 });
const trouble = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return error instanceof SignInTrouble ? error.key : String(error);
  }
  return 'none';
};

describe('providers', () => {
  it('are those that the server names whole', () => {
    const told = { issuer: ISSUER, client_id: 'diaban-map', audience: 'diaban' };
    expect(readProviders({ providers: [told, { ...told, client_id: undefined }, { ...told, issuer: 'javascript:alert(1)' }, null] })).toEqual([provider]);
    for (const answer of [null, {}, { providers: 'x' }]) expect(readProviders(answer)).toEqual([]);
    expect(discoveryAddress({ ...provider, issuer: `${ISSUER}/` })).toBe(`${ISSUER}/.well-known/openid-configuration`);
  });

  it('say of themselves where people sign in, and nobody is led anywhere else', () => {
    expect(endpoints).toEqual({
      authorization: `${ISSUER}/auth?kc=1`, token: `${ISSUER}/token`, endSession: `${ISSUER}/logout`, scope: 'openid email',
    });
    const read = (more: object): string => trouble(() => readEndpoints(provider, { ...DOCUMENT, ...more }));
    expect(read({ issuer: 'https://other.example' })).toBe('signInUnreadable');
    expect(read({ authorization_endpoint: 'javascript:alert(1)' })).toBe('signInUnreadable');
    expect(read({ authorization_endpoint: 'http://sso.example.vn/auth' })).toBe('signInUnreadable');
    expect(read({ token_endpoint: undefined })).toBe('signInUnreadable');
    expect(read({ token_endpoint: 'https://tokens.example/token' })).toBe('signInElsewhere');
    expect(readEndpoints(provider, { ...DOCUMENT, end_session_endpoint: 'javascript:alert(1)' }).endSession).toBeNull();
  });
});

describe('signing in', () => {
  it('asks for a code that only this tab can use', () => {
    const address = new URL(authorizationAddress(begun, 'https://dia.ban/', 'challenge', 'vi'));
    expect(Object.fromEntries(address.searchParams)).toEqual({
      kc: '1', response_type: 'code', client_id: 'diaban-map', redirect_uri: 'https://dia.ban/', scope: 'openid email', state: 'st', nonce: 'no',
      code_challenge: 'challenge', code_challenge_method: 'S256', ui_locales: 'vi',
    });
    expect(tokenQuestion(begun, 'c', 'https://dia.ban/').get('code_verifier')).toBe('ve');
  });

  it('takes the answer to what was asked, and no other', () => {
    expect(isReturn('?code=c&state=st')).toBe(true);
    expect(isReturn('?state=1')).toBe(false);
    expect(isReturn('')).toBe(false);
    expect(returnedCode('?code=c&state=st', begun)).toBe('c');
    expect(returnedCode(`?code=c&state=st&iss=${encodeURIComponent(ISSUER)}`, begun)).toBe('c');
    expect(trouble(() => returnedCode('?code=c&state=other', begun))).toBe('signInForeign');
    expect(trouble(() => returnedCode('?code=c&state=st', null))).toBe('signInForeign');
    expect(trouble(() => returnedCode('?code=c&state=st&iss=https://other.example', begun))).toBe('signInForeign');
    expect(trouble(() => returnedCode('?error=access_denied&state=st', begun))).toBe('signInDenied');
    expect(trouble(() => returnedCode('?error=server_error&error_description=later&state=st', begun))).toBe('signInRefused');
  });

  it('takes the token that is for the server, until it ends', () => {
    const taken = takenToken(begun, { id_token: token(claims), access_token: access }, NOW);
    expect(taken.token).toBe(access);
    expect(taken.session.until).toBe(NOW + 600_000);
    // Where the page and the server have one name, the identity token is the one.
    const own = { ...begun, provider: { ...provider, audience: 'diaban-map' } };
    expect(takenToken(own, { id_token: token(claims), access_token: 'opaque' }, NOW).token).toBe(token(claims));
  });

  it('believes no token of another sign-in, issuer, program or time', () => {
    const taken = (more: object, answer: object = {}): string =>
      trouble(() => takenToken(begun, { id_token: token({ ...claims, ...more }), access_token: access, ...answer }, NOW));
    expect(taken({ nonce: 'other' })).toBe('signInForeign');
    expect(taken({ iss: 'https://other.example' })).toBe('signInForeign');
    expect(taken({ aud: 'other' })).toBe('signInForeign');
    expect(taken({}, { id_token: 'x' })).toBe('signInUnreadable');
    expect(taken({}, { access_token: 'opaque' })).toBe('signInForAnother');
    expect(taken({}, { access_token: token({ aud: 'diaban', exp: NOW / 1000 - 1 }) })).toBe('signInClock');
    expect(readToken('a.%%%.c')).toBeNull();
    expect(readToken(token({ name: 'Nguyễn Văn Ớt' }))).toEqual({ name: 'Nguyễn Văn Ớt' });
  });

  it('leads out of the provider, too, where it says how', () => {
    const session = { provider, endSession: endpoints.endSession, until: NOW };
    expect(signOutAddress(session, 'https://dia.ban/')).toBe(
      `${ISSUER}/logout?client_id=diaban-map&post_logout_redirect_uri=${encodeURIComponent('https://dia.ban/')}`,
    );
    expect(signOutAddress({ ...session, endSession: null }, 'https://dia.ban/')).toBeNull();
  });

  it('says until when it holds', () => {
    expect(formatMoment(NOW + 3_600_000, 'vi', NOW)).toBe('09:00');
    expect(formatMoment(NOW + 48 * 3_600_000, 'vi', NOW)).toBe('08:00, 02/12/2026');
  });
});

it('a sign-in is kept beside its token, and forgotten with it', () => {
  const kept = new Map<string, string>();
  const store: Store = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value), removeItem: (name) => void kept.delete(name) };
  const key = new CallerKey(store, 'https://dia.ban');
  key.take('a.b.c', JSON.stringify({ provider }));
  expect(readKept<{ provider: unknown }>(new CallerKey(store, 'https://dia.ban').session)?.provider).toEqual(provider);
  key.take(`diaban_${'0a'.repeat(32)}`);
  expect(key.session).toBeNull();
  key.take('a.b.c', '{"provider":{"issuer":"x"}}');
  key.forget();
  expect(kept.size).toBe(0);
  for (const wrong of [null, 'x', '{}', '[]', 'null']) expect(readKept(wrong)).toBeNull();
});
