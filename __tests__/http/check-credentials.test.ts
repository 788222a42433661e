import { type IncomingMessage, ServerResponse } from 'node:http';
import Koa from 'koa';
import { type CheckResult, createGate, type HttpRequest } from 'scopegate';
import { ANALYTICS, bearer, issuer, PAAS, STACK, warmVerifier } from './fixtures/domain.js';
import { listening, sendRaw } from './fixtures/raw-http.js';

const authorization = bearer(issuer.token({ scope: PAAS }));
const newGate = () => createGate({ verifier: warmVerifier() });
const nodeRequest = (headers: object = { authorization }) => ({ method: 'GET', url: '/', headers }) as HttpRequest;
const fetchRequest = (headers: HeadersInit = { authorization }, path = '/') =>
  new Request(`https://api.example${path}`, { headers });
const shown = (result: CheckResult) => (result.ok ? result.auth.payload.client_id : result.refusal.reason);

describe('gate.check() for credentials that are repeated, or are no text', () => {
  /** The result of gate.check() for a request that came over the wire. */
  async function checkRaw(lines: readonly string[], wrap: (req: IncomingMessage) => object = (req) => req) {
    const gate = newGate();
    const server = await listening(async (req, res) => {
      res.end(String(shown(await gate.check(wrap(req) as HttpRequest, ANALYTICS))));
    });
    try {
      return (await sendRaw(server.port, lines)).body;
    } finally {
      await server.close();
    }
  }

  const other = `Authorization: ${bearer(issuer.token({ scope: STACK }))}`;
  const own = `Authorization: ${authorization}`;

  test.each([
    ['two tokens', [own, other]],
    ['the same token twice', [own, own]],
    ['an empty header, then a token', ['Authorization:', own]],
    ['a token, then an empty header', [own, 'AUTHORIZATION:']],
  ])('a Node request with %s is refused, also in a wrapper', async (_, lines) => {
    expect(await checkRaw(lines)).toContain('credentials_repeated');
    expect(await checkRaw(lines, (raw) => ({ raw, headers: raw.headers, url: raw.url }))).toContain(
      'credentials_repeated',
    );
    const koa = new Koa();
    expect(await checkRaw(lines, (req) => koa.createContext(req, new ServerResponse(req)).request)).toContain(
      'credentials_repeated',
    );
  });

  test.each<[string, [string, string][]]>([
    [
      'two tokens',
      [
        ['Authorization', authorization],
        ['authorization', authorization],
      ],
    ],
    [
      'an empty header, then a token',
      [
        ['Authorization', ''],
        ['Authorization', authorization],
      ],
    ],
    [
      'a token, then an empty header',
      [
        ['Authorization', authorization],
        ['Authorization', ''],
      ],
    ],
  ])('a Fetch request with %s is refused', async (_, headers) => {
    expect(shown(await newGate().check(fetchRequest(headers), ANALYTICS))).toBe('credentials_malformed');
  });

  test.each<[string, unknown, string]>([
    ['a list of two tokens', [authorization, authorization], 'credentials_repeated'],
    ['a list of one token', [authorization], 'credentials_repeated'],
    ['an object', { toString: () => authorization }, 'credentials_malformed'],
    ['a number', 7, 'credentials_malformed'],
    ['null', null, 'credentials_malformed'],
  ])('headers of an adapter with %s are refused', async (_, value, reason) => {
    expect(shown(await newGate().check(nodeRequest({ authorization: value }), ANALYTICS))).toBe(reason);
  });

  test.each<[string, unknown, string]>([
    ['pairs', [['Authorization', authorization]], 'credentials_malformed'],
    ['bytes', [Buffer.from('Authorization'), authorization], 'credentials_malformed'],
    ['holes', [undefined, authorization], 'credentials_malformed'],
    ['an object', { Authorization: authorization }, 'credentials_malformed'],
    ['text', `Authorization: ${authorization}`, 'credentials_malformed'],
    ['names in capital letters, twice', ['AUTHORIZATION', '', 'AUTHORIZATION', authorization], 'credentials_repeated'],
    ['nothing', null, 'passes'],
  ])('a raw list of an adapter, made of %s', async (_, rawHeaders, expected) => {
    const request = { ...nodeRequest(), rawHeaders } as HttpRequest;
    const result = await newGate().check(request, ANALYTICS);
    expect(result.ok ? 'passes' : result.refusal.reason).toBe(expected);
  });

  test('the query of a URL that an adapter keeps as an object counts', async () => {
    const check = (path: string) => {
      const request = { ...nodeRequest(), url: new URL(path, 'https://api.example') as unknown as string };
      return newGate().check(request, ANALYTICS);
    };
    expect(shown(await check('/?access_token=x'))).toBe('credentials_repeated');
    expect((await check('/?page=2')).ok).toBe(true);
  });

  test('headers of a Node request that cannot be read are refused', async () => {
    const headers = {
      get authorization(): string {
        throw new TypeError('Invalid character in header content');
      },
    };
    expect(shown(await newGate().check(nodeRequest(headers), ANALYTICS))).toBe('credentials_malformed');
  });

  test('headers that cannot be read are refused', async () => {
    const fail = () => {
      throw new TypeError('Headers.append: "…" is an invalid header value.');
    };
    const raw = { method: 'GET', url: 'https://api.example/', headers: { get: fail, forEach: fail } };

    expect(shown(await newGate().check(raw, ANALYTICS))).toBe('credentials_malformed');
    expect(shown(await newGate().check({ raw }, ANALYTICS))).toBe('credentials_malformed');
  });

  test('a token in the query beside the one in the header is refused', async () => {
    expect(shown(await newGate().check(fetchRequest(undefined, '/?access_token=x'), ANALYTICS))).toBe(
      'credentials_repeated',
    );
    expect(shown(await newGate().check({ ...nodeRequest(), url: '/?access_token=x' }, ANALYTICS))).toBe(
      'credentials_repeated',
    );
  });

  test('a request of Node is not taken for a wrapper because of a member that somebody set', async () => {
    const gate = newGate();
    const given = { ...nodeRequest({}), rawHeaders: [], raw: nodeRequest() };

    expect(shown(await gate.check(given, ANALYTICS))).toBe('no_credentials');
  });
});
