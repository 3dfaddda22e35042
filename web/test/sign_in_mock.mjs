/**
 * A small provider of identity (OpenID Connect), and a server in front of the stand-in that takes its tokens. The
 * provider is strict: a redirect address that it does not know, or a verifier that does not fit, gets nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as send } from 'node:http';
import { POLICY } from './mock_server.mjs';

export const PERSON_AGENCY = 'sonnmt';
const CLIENT = 'diaban-map';

const listen = (server) => new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
});

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (claims) => `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}.${Buffer.from('signed').toString('base64url')}`;

async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return new URLSearchParams(Buffer.concat(pieces).toString());
}

class Issuer {
  codes = new Map();
  /** What it does next: `seconds` its tokens hold, whether it `denies`, which `nonce` it names instead of the page's. */
  next = { seconds: 600, denies: false, nonce: null };

  redirected(asked) {
    const back = new URL(asked.get('redirect_uri'));
    back.searchParams.set('state', asked.get('state'));
    back.searchParams.set('iss', this.url);
    if (this.next.denies) back.searchParams.set('error', 'access_denied');
    else {
      const code = randomBytes(8).toString('hex');
      this.codes.set(code, { challenge: asked.get('code_challenge'), nonce: asked.get('nonce'), redirect: asked.get('redirect_uri') });
      back.searchParams.set('code', code);
    }
    return back.href;
  }

  tokens(asked) {
    const begun = this.codes.get(asked.get('code'));
    this.codes.delete(asked.get('code'));
    const fits = begun && createHash('sha256').update(asked.get('code_verifier') ?? '').digest('base64url') === begun.challenge;
    if (!fits || asked.get('redirect_uri') !== begun.redirect || asked.get('client_id') !== CLIENT) return null;
    const exp = Math.round(Date.now() / 1000) + this.next.seconds;
    const claims = { iss: this.url, sub: 'u-1007', exp };
    return {
      token_type: 'Bearer', expires_in: this.next.seconds, access_token: tokenOf({ ...claims, aud: ['account', 'diaban'], agency: PERSON_AGENCY }),
      id_token: tokenOf({ ...claims, aud: CLIENT, nonce: this.next.nonce ?? begun.nonce }),
    };
  }

  async answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    const json = (status, body) => response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' }).end(JSON.stringify(body));
    const to = (address) => response.writeHead(302, { location: address }).end();
    if (pathname === '/.well-known/openid-configuration') {
      const at = (path) => `${this.url}${path}`;
      return json(200, { issuer: this.url, authorization_endpoint: at('/auth'), token_endpoint: at('/token'), end_session_endpoint: at('/logout') });
    }
    if (pathname === '/auth') {
      const isKnown = searchParams.get('client_id') === CLIENT && searchParams.get('code_challenge_method') === 'S256' && searchParams.get('redirect_uri') === this.home;
      return isKnown ? to(this.redirected(searchParams)) : json(400, { error: 'invalid_request' });
    }
    if (pathname === '/logout') {
      this.left = true;
      return to(searchParams.get('post_logout_redirect_uri') === this.home ? this.home : this.url);
    }
    const tokens = pathname === '/token' ? this.tokens(await bodyOf(request)) : null;
    return tokens ? json(200, tokens) : json(400, { error: 'invalid_grant', error_description: 'that code is not taken' });
  }
}

/** Hands a request on to the stand-in, without what only this one knows. */
function pass(request, response, origin) {
  const { 'x-api-key': _key, ...headers } = request.headers;
  const asked = send(new URL(request.url, origin), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  // A stream that tells of changes ends with whoever listens.
  response.on('close', () => asked.destroy());
  asked.on('error', () => response.destroy());
  request.pipe(asked);
}

/** The page at `url`, over the stand-in at `origin`, and the provider `issuer` at which one signs in from it. */
export async function startSignIn(origin) {
  const issuer = new Issuer();
  const provider = createServer((request, response) => void issuer.answer(request, response));
  issuer.url = await listen(provider);
  const taken = { agency: PERSON_AGENCY };
  const page = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, origin);
    const json = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const claims = request.headers['x-api-key']?.split('.')[1];
    const says = claims ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : null;
    if (says && (says.exp * 1000 < Date.now() || taken.refuses)) {
      return json(401, { status: 401, detail: 'this token has ended; sign in again' });
    }
    if (pathname === '/sign-in') return json(200, { providers: [{ issuer: issuer.url, client_id: CLIENT, audience: 'diaban' }] });
    if (pathname === '/catalog' && says) {
      const catalog = await (await fetch(new URL('/catalog', origin))).json();
      return json(200, { ...catalog, agency: says.agency });
    }
    // A browser asks the provider only where the page's policy lets it.
    if (pathname === '/') {
      const html = await (await fetch(origin)).text();
      const policy = POLICY.replace("connect-src 'self'", `connect-src 'self' ${issuer.url}`);
      return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(html);
    }
    return pass(request, response, origin);
  });
  issuer.home = `${await listen(page)}/`;
  return {
    url: issuer.home, issuer, taken,
    stop: () => {
      for (const server of [provider, page]) {
        server.close();
        server.closeAllConnections?.();
      }
    },
  };
}
