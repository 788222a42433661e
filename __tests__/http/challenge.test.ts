import express, { type ErrorRequestHandler } from 'express';
import fc from 'fast-check';
import { createGate } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { parseChallenges } from '../enforcement/fixtures/challenge-parser.js';
import { bearer, domainOptions, issuer, PAAS, recorder, showAuth, warmVerifier } from './fixtures/domain.js';
import { type Listening, listening, type RawAnswer, sendRaw } from './fixtures/raw-http.js';

/** Stands in everything that is sent here, and may stand in nothing that comes back. */
const MARK = 'q7Zx9Wm3';

jest.setTimeout(60_000); // thousands of connections, on whatever machine

const faults: unknown[] = [];
let answered = 0;
const told = recorder();
let servers: Listening[];

beforeAll(async () => {
  const verifiers = [warmVerifier(), senderConstrainedVerifier({ ...domainOptions, getCertificate: () => undefined })];
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    faults.push(error);
    res.sendStatus(500);
  };
  servers = await Promise.all(
    verifiers.map((verifier) => {
      const gate = createGate({ verifier, onDecision: told.observe });
      const app = express().use(gate.require(PAAS), showAuth).use(onError);
      return listening(app, { insecureHTTPParser: true, maxHeaderSize: 500_000 });
    }),
  );
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** Sends header lines to each server and expects an answer of a gate's, with nothing of the request in it. */
async function expectRefusals(lines: readonly string[], start?: string): Promise<RawAnswer[]> {
  return Promise.all(
    servers.map(async ({ port }) => {
      const answer = await sendRaw(port, lines, start);
      expect(faults).toEqual([]);
      expect([400, 401, 403]).toContain(answer.status);
      expect(answer.text).not.toContain(MARK);
      expect(answer.values('x-injected')).toEqual([]);
      if (answer.body === '') return answer; // Node's parser has refused it, before any application
      answered++;
      const { status, error } = JSON.parse(answer.body);
      expect(answer.values('content-type')).toEqual(['application/problem+json']);
      expect(status).toBe(answer.status);
      const [header, ...more] = answer.values('www-authenticate');
      expect(more).toEqual([]);
      const challenges = parseChallenges(header);
      expect(challenges.flatMap(({ parameters }) => parameters.error ?? [])).toEqual(
        error === undefined ? [] : [error],
      );
      for (const { parameters } of challenges) expect(parameters.realm).toBe('api');
      return answer;
    }),
  );
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const injections = [
  `${MARK}\r\nX-Injected: 1`,
  `${MARK}\nX-Injected: 1`,
  `${MARK}\rX-Injected: 1`,
  `${MARK}", error="none`,
  `${MARK}\\", X-Injected="`,
  `${MARK}\u0000\u001b[31m`,
  `${MARK}\u2028\u{1f512}é`,
  `<script>${MARK}</script>`,
  `${MARK}${'a'.repeat(50_000)}`,
];

describe('responses to hostile tokens', () => {
  const claims = [
    'iss',
    'aud',
    'tenant',
    'tok_type',
    'token_use',
    'sub',
    'client_id',
    'jti',
    'scope',
    'nonce',
    'cnf',
    MARK,
  ];

  test.each(injections.map((text) => [JSON.stringify(text.slice(0, 30)), text]))(
    'does not echo %s from a signed claim',
    async (_, text) => {
      for (const claim of claims) {
        for (const value of [text, { [text]: text }]) {
          await expectRefusals([`Authorization: ${bearer(issuer.token({ scope: 'openid', [claim]: value }))}`]);
        }
      }
    },
  );

  test.each(injections.map((text) => [JSON.stringify(text.slice(0, 30)), text]))(
    'does not echo %s from the token header',
    async (_, text) => {
      const [header = '', payload, signature] = issuer.token().split('.');
      const members = JSON.parse(Buffer.from(header, 'base64url').toString());
      for (const member of ['alg', 'typ', 'kid', 'x5t', 'x5t#S256', 'crit', 'cty', 'jku', MARK]) {
        const changed = encoded({ ...members, [member]: text });
        await expectRefusals([`Authorization: Bearer ${changed}.${payload}.${signature}`]);
      }
    },
  );

  test('does not echo the token itself, whatever is wrong with it', async () => {
    const marked = (claims: object) => issuer.token({ jti: MARK, ...claims });
    for (const token of [marked({}), marked({ exp: 1 }), marked({ iss: 'a' }), marked({ scope: 7 })]) {
      const signature = token.split('.')[2] as string;
      for (const sent of [token, `${token.slice(0, -8)}AAAAAAAA`, `${token}.${MARK}`, `${token}==`]) {
        for (const answer of await expectRefusals([`Authorization: Bearer ${sent}`])) {
          expect(answer.text).not.toContain(token.slice(0, 30));
          expect(answer.text).not.toContain(signature.slice(0, 20));
        }
      }
    }
  });
});

describe('responses to random input', () => {
  const bytes = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 60 });
  const printable = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)) });
  const schemes = fc.constantFrom('Bearer ', 'bearer ', 'DPoP ', 'Basic ', 'Bearer', 'Bearer\t', '', '"Bearer" ');

  test('refuses random bytes in the Authorization header', async () => {
    const headers = fc.tuple(schemes, fc.oneof(bytes, printable)).map(([scheme, rest]) => `${scheme}${MARK}${rest}`);
    await fc.assert(
      fc.asyncProperty(headers, async (header) => {
        await expectRefusals([`Authorization: ${header}`]);
      }),
    );
  });

  test('refuses random JSON in the three parts of a token', async () => {
    const value = fc.oneof(fc.json(), fc.constant(`"${MARK}"`));
    const member = fc.constantFrom(
      'alg',
      'kid',
      'typ',
      'crit',
      'iss',
      'aud',
      'exp',
      'nbf',
      'iat',
      'scope',
      'cnf',
      '__proto__',
    );
    const object = fc
      .array(fc.tuple(member, value), { maxLength: 8 })
      .map((members) => `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`);
    const part = fc.oneof(object, value, bytes).map((text) => Buffer.from(text).toString('base64url'));
    await fc.assert(
      fc.asyncProperty(part, part, part, async (...parts) => {
        await expectRefusals([`Authorization: Bearer ${parts.join('.')}`]);
      }),
    );
  });

  test('refuses real tokens with one character changed', async () => {
    const token = issuer.token({ scope: PAAS, jti: MARK });
    const characters = fc.constantFrom(...'AZaz09-_.~+/= "\\,\t\x00\xff');
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), characters, async (at, character) => {
        fc.pre(token[at] !== character);
        await expectRefusals([`Authorization: Bearer ${token.slice(0, at)}${character}${token.slice(at + 1)}`]);
      }),
    );
  });

  test('refuses random DPoP headers, request targets and second headers next to a token', async () => {
    const token = issuer.token({ scope: 'openid', cnf: { jkt: 'x' } });
    const target = fc.string({ unit: fc.constantFrom(...'/?&=%:@[]{}|#ab2F') }).map((path) => `GET /a${path} HTTP/1.1`);
    const line = fc
      .tuple(fc.constantFrom('DPoP', 'Authorization', 'Content-Type', 'X-Forwarded-Host', 'Transfer-Coding'), printable)
      .map(([name, text]) => `${name}: ${MARK}${text}`);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('Bearer', 'DPoP'), line, target, async (scheme, other, start) => {
        await expectRefusals([`Authorization: ${scheme} ${token}`, other], start);
      }),
    );
  });

  test('records exactly one denial for each request that reaches a gate', () => {
    expect(told.records.length).toBe(answered);
    expect(told.records.filter(({ outcome }) => outcome !== 'deny')).toEqual([]);
  });
});
