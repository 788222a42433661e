import express from 'express';
import { createGate } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { REFUSALS } from '../../../lib/enforcement/refusal.js';
import { parseChallenges } from '../../enforcement/fixtures/challenge-parser.js';
import { domainOptions, issuer, PAAS, recorder, showAuth } from '../../http/fixtures/domain.js';
import { type Listening, listening, sendRaw } from '../../http/fixtures/raw-http.js';
import { forge, signingKey } from '../../support/tokens.js';
import { type DpopClient, dpopClient, type ProofOf, sha256 } from './fixtures/proofs.js';

let client: DpopClient;
let thief: DpopClient;
let server: Listening;
let url: string;
let token: string;
const told = recorder();

beforeAll(async () => {
  const gate = createGate({ verifier: senderConstrainedVerifier(domainOptions), onDecision: told.observe });
  server = await listening(express().use('/reports', gate.require(PAAS), showAuth));
  url = `${server.origin}/reports`;
  [client, thief] = await Promise.all([dpopClient(), dpopClient()]);
  token = boundTo(client);
});
afterAll(() => server.close());

const boundTo = ({ jkt }: DpopClient) => issuer.token({ scope: PAAS, client_id: 'reader', cnf: { jkt } });

const send = (proof: string, scheme = 'DPoP', path = '/reports') =>
  request(server.origin).get(path).set('Authorization', `${scheme} ${token}`).set('DPoP', proof);

const prove = (changed: Partial<ProofOf> = {}, by = client) => by.proof({ token, url, ...changed });

/** Refused as the standard has it, with our own constant words only. */
function expectProofRefused({
  status,
  headers,
  text,
}: {
  status: number;
  headers: Record<string, string>;
  text: string;
}) {
  expect(status).toBe(401);
  const { description } = REFUSALS.dpop_proof_invalid;
  expect(parseChallenges(headers['www-authenticate'])).toEqual([
    { scheme: 'Bearer', parameters: { realm: 'api' } },
    {
      scheme: 'DPoP',
      parameters: {
        realm: 'api',
        error: 'invalid_dpop_proof',
        error_description: description,
        algs: expect.any(String),
      },
    },
  ]);
  expect(JSON.parse(text)).toEqual({
    type: 'about:blank',
    title: 'Unauthorized',
    status: 401,
    detail: description,
    error: 'invalid_dpop_proof',
    reason: 'dpop_proof_invalid',
  });
}

test('accepts a bound token with its proof and sets its own req.auth', async () => {
  const answer = await send(await prove());
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
});

test.each(['/files/../reports', '/files/%2e%2e/reports', '/files/..%5Creports', '/files/..\\reports', '/./reports'])(
  '9449-6: rejects a proof for /reports at %s, which resolves to it but routes elsewhere',
  async (path) => {
    const gate = createGate({ verifier: senderConstrainedVerifier(domainOptions) });
    const app = express().use(gate.require(PAAS), showAuth);
    const target = await listening(app);
    try {
      const proof = await prove({ url: `${target.origin}/reports` });
      const ask = (line: string) =>
        sendRaw(
          target.port,
          [`Host: 127.0.0.1:${target.port}`, `Authorization: DPoP ${token}`, `DPoP: ${proof}`],
          line,
        );

      expect((await ask('GET /reports HTTP/1.1')).status).toBe(200);
      expect((await ask(`GET ${path} HTTP/1.1`)).status).toBe(401);
    } finally {
      await target.close();
    }
  },
);

describe('9449-1: number of DPoP headers', () => {
  const sendLines = (...lines: string[]) => {
    const host = `Host: 127.0.0.1:${server.port}`;
    return sendRaw(server.port, [host, `Authorization: DPoP ${token}`, ...lines], 'GET /reports HTTP/1.1');
  };

  test('accepts exactly one DPoP header', async () => {
    expect((await sendLines(`DPoP: ${await prove()}`)).status).toBe(200);
  });

  test.each<[string, (proof: string) => string[]]>([
    ['none', () => []],
    ['two', (proof) => [`DPoP: ${proof}`, `DPoP: ${proof}`]],
    ['two, one of them empty', (proof) => [`DPoP: ${proof}`, 'DPoP:']],
    ['two proofs in one', (proof) => [`DPoP: ${proof},${proof}`]],
    ['an empty one', () => ['DPoP:']],
  ])('rejects a request with another number of DPoP proofs: %s', async (_, lines) => {
    const { status, values, body } = await sendLines(...lines(await prove()));
    expectProofRefused({ status, headers: { 'www-authenticate': values('www-authenticate').join() }, text: body });
  });
});

describe('invalid proofs', () => {
  const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

  test.each<[string, () => Partial<ProofOf>]>([
    ['9449-2: it has no jti', () => ({ claims: { jti: undefined } })],
    ['9449-2: it has no htm', () => ({ claims: { htm: undefined } })],
    ['9449-2: it has no htu', () => ({ claims: { htu: undefined } })],
    ['9449-2: it has no iat', () => ({ claims: { iat: undefined } })],
    ['9449-2: it has no ath', () => ({ claims: { ath: undefined } })],
    ['9449-2: its iat is a string', () => ({ claims: { iat: String(ago(0)) } })],
    ['9449-3: its typ is that of a JWT', () => ({ header: { typ: 'JWT' } })],
    ['9449-3: its typ is that of an access token', () => ({ header: { typ: 'at+jwt' } })],
    ['9449-3: it has no typ', () => ({ header: { typ: undefined } })],
    ['9449-4: it is signed with a secret', () => ({ header: { alg: 'HS256' }, signWith: Buffer.alloc(32, 1) })],
    [
      '9449-4: it is signed with a secret that it brings along',
      () => ({
        header: { alg: 'HS256', jwk: { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') } },
        signWith: Buffer.alloc(32, 1),
      }),
    ],
    ['9449-5: it is signed with another key', () => ({ signWith: thief.privateKey })],
    ['9449-5: it names no key', () => ({ header: { jwk: undefined } })],
    ['9449-5: its key has a private part', () => ({ header: { jwk: { ...client.jwk, d: client.jwk.x } } })],
    ['9449-6: it is for another method', () => ({ method: 'POST' })],
    ['9449-6: its method is in lower case', () => ({ method: 'get' })],
    ['9449-6: it is for another path', () => ({ url: `${url}/7` })],
    ['9449-6: its path ends in a slash', () => ({ url: `${url}/` })],
    ['9449-6: its path is in capitals', () => ({ url: `${server.origin}/Reports` })],
    ['9449-6: it is for another host', () => ({ url: 'http://api.example/reports' })],
    ['9449-6: it is for another port', () => ({ url: `http://127.0.0.1:${server.port - 1}/reports` })],
    ['9449-6: it is for another scheme', () => ({ url: url.replace('http:', 'https:') })],
    ['9449-6: its htu is no URL', () => ({ url: '/reports' })],
    ['9449-8: it is old', () => ({ claims: { iat: ago(400) } })],
    ['9449-8: it is from the future', () => ({ claims: { iat: ago(-60) } })],
    ['9449-9: it is for another token', () => ({ token: boundTo(client) })],
    ['9449-9: its ath is the token', () => ({ claims: { ath: token } })],
    [
      '9449-9: its ath is in hexadecimal',
      () => ({ claims: { ath: Buffer.from(sha256(token), 'base64url').toString('hex') } }),
    ],
  ])('rejects a proof: %s', async (_, changed) => {
    expectProofRefused(await send(await prove(changed())));
    expect(told.records.at(-1)).toMatchObject({ reason: 'dpop_proof_invalid', detail: expect.stringMatching(/\w/) });
  });

  test('9449-9: rejects a valid proof of a key that the token is not bound to', async () => {
    expectProofRefused(await send(await prove({}, thief)));
  });

  test.each([
    ['no JWT', 'nonsense'],
    ['an access token', issuer.token()],
    ['a JWT without signature', `${Buffer.from('{"alg":"none","typ":"dpop+jwt"}').toString('base64url')}.e30.`],
  ])('9449-2: rejects a proof that is %s', async (_, proof) => {
    expectProofRefused(await send(proof));
  });
});

describe('oversized keys in a proof', () => {
  const rsa = signingKey('RS256', 'any').jwk;
  const endless = 'x'.repeat(8000);
  const proofWith = (jwk: object, over = '') =>
    forge(`{"typ":"dpop+jwt","alg":"RS256"${over},"jwk":${JSON.stringify(jwk)}}`, {}, signingKey('EdDSA', 'any'));

  test.each([
    ['an endless exponent', proofWith({ ...rsa, e: endless }), 'its exponent is too long'],
    ['an endless modulus', proofWith({ ...rsa, n: endless }), 'its modulus is too long'],
    [
      'an endless exponent in a header that others read',
      proofWith({ ...rsa, e: endless }, ',"typ":"dpop+jwt"'),
      'well-formed JWT',
    ],
  ])('rejects a proof with %s before reading the key', async (_, proof, sentence) => {
    expectProofRefused(await send(proof));
    expect(told.records.at(-1)?.detail).toContain(sentence);
  });
});

describe('valid proofs', () => {
  test.each<[string, () => Partial<ProofOf>, string]>([
    ['9449-6: the query is left out of htu', () => ({}), '/reports?page=2'],
    ['9449-6: htu has a query, which is ignored', () => ({ url: `${url}?page=1#top` }), '/reports?page=2'],
    [
      '9449-6: htu is the same URL after normalisation',
      () => ({ url: url.replace('/reports', '/a/../%72eports').replace('http', 'HTTP') }),
      '/reports',
    ],
    ['9449-8: it is a little old', () => ({ claims: { iat: Math.floor(Date.now() / 1000) - 200 } }), '/reports'],
  ])('accepts a proof: %s', async (_, changed, path) => {
    expect((await send(await prove(changed()), 'DPoP', path)).status).toBe(200);
  });

  test.each(['RS256', 'PS256', 'ES384', 'ES512', 'EdDSA'])('9449-4: accepts a proof signed with %s', async (alg) => {
    const other = await dpopClient(alg);
    const bound = boundTo(other);
    const answer = await request(url)
      .get('')
      .set('Authorization', `DPoP ${bound}`)
      .set('DPoP', await other.proof({ token: bound, url }));
    expect(answer.status).toBe(200);
  });

  test.each([
    ['a long one', 'x'.repeat(3000)],
    ['one of other characters', 'ключ "1"'],
  ])('accepts a proof whose jti is %s, and it counts once', async (_, jti) => {
    const proof = await prove({ claims: { jti } });

    expect((await send(proof)).status).toBe(200);
    expectProofRefused(await send(proof));
  });
});

describe('9449-14: replayed proofs', () => {
  test('accepts a proof once and says so in the record', async () => {
    const proof = await prove();

    expect((await send(proof)).status).toBe(200);
    for (let i = 0; i < 2; i++) expectProofRefused(await send(proof));
    expect(told.records.at(-1)).toMatchObject({
      reason: 'dpop_proof_invalid',
      detail: 'The DPoP proof was used before: a client makes one for each request.',
    });
  });

  test('accepts one of several concurrent requests with the same proof', async () => {
    const proof = await prove();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(proof)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(401)]);
  });

  test('a jti counts for its key and its address only', async () => {
    const jti = 'the same for all';
    const bound = boundTo(thief);
    const sendOther = (proof: string) => request(url).get('').set('Authorization', `DPoP ${bound}`).set('DPoP', proof);

    expect((await send(await prove({ claims: { jti } }))).status).toBe(200);
    expect((await sendOther(await thief.proof({ token: bound, url, claims: { jti } }))).status).toBe(200);
    expect((await send(await prove({ url: `${url}/7`, claims: { jti } }), 'DPoP', '/reports/7')).status).toBe(200);
    expectProofRefused(await send(await prove({ claims: { jti, at: 'another time' } })));
  });

  test('a refused request does not use up its proof', async () => {
    const proof = await prove();

    expectProofRefused(await send(proof, 'DPoP', '/reports/7'));
    expectProofRefused(await send(await prove({ claims: { jti: 'x', ath: 'other' } })));
    expect((await send(proof)).status).toBe(200);
    expect((await send(await prove({ claims: { jti: 'x' } }))).status).toBe(200);
  });

  test.each([[7], [['a']], [{}], [true]])('rejects a proof whose jti is %j', async (jti) => {
    expectProofRefused(await send(await prove({ claims: { jti } })));
  });
});

test('9449-6: uses a forwarded host only from a trusted proxy', async () => {
  const app = express();
  const gate = createGate({ verifier: senderConstrainedVerifier(domainOptions) });
  const proxied = await listening(app.get('/reports', gate.authenticate, showAuth));
  try {
    const proof = await prove({ url: 'https://api.example/reports' });
    const forwarded = { 'X-Forwarded-Host': 'api.example', 'X-Forwarded-Proto': 'https' };
    const sendForwarded = () =>
      request(proxied.origin)
        .get('/reports')
        .set({ Authorization: `DPoP ${token}`, DPoP: proof, ...forwarded });
    expectProofRefused(await sendForwarded());
    app.set('trust proxy', 'loopback');
    expect((await sendForwarded()).status).toBe(200);
  } finally {
    await proxied.close();
  }
});
