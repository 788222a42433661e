import express, { type RequestHandler } from 'express';
import { type AuthOptions, auth } from 'express-oauth2-jwt-bearer';
import { ACCOUNT_AUDIENCE, createGate } from 'scopegate';
import {
  type BearerAuthVerifierOptions,
  bearerAuthVerifier,
  type ReplayStore,
  senderConstrainedVerifier,
} from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { domainOptions, issuer, PAAS, recorder, showAuth } from '../../http/fixtures/domain.js';
import { type Listening, listening } from '../../http/fixtures/raw-http.js';
import { type DpopClient, dpopClient } from './fixtures/proofs.js';

// auth() verifies a DPoP proof, and accepts it as often as it comes.

const keys = issuer.jwks().keys.map(({ key_ops: _, ...key }) => key); // that package obeys key_ops
const authWith = (dpop: AuthOptions['dpop'] = {}) =>
  auth({ issuer: issuer.issuer, audience: ACCOUNT_AUDIENCE, publicKey: { keys }, dpop }) as RequestHandler;

let client: DpopClient;
let token: string;
const servers: Listening[] = [];

beforeAll(async () => {
  client = await dpopClient();
  token = issuer.token({ scope: PAAS, cnf: { jkt: client.jkt } });
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function serve(options: BearerAuthVerifierOptions, ...before: RequestHandler[]) {
  const told = recorder();
  const gate = createGate({ verifier: bearerAuthVerifier(options), onDecision: told.observe });
  const app = express().use(...before, gate.authenticate);
  const server = await listening(app.get('/reports', gate.require(PAAS), showAuth));
  servers.push(server);
  const url = `${server.origin}/reports`;
  const send = (headers: Record<string, string>) => request(url).get('').set(headers);
  return {
    records: told.records,
    prove: (claims: object = {}) => client.proof({ token, url, claims: { ...claims } }),
    send: (proof: string) => send({ Authorization: `DPoP ${token}`, DPoP: proof }),
    sendWithoutProof: () => send({ Authorization: `DPoP ${token}` }),
    sendBearer: (bearer: string) => send({ Authorization: `Bearer ${bearer}` }),
  };
}

const before: RequestHandler = (_req, _res, next) => next();

describe.each<[string, () => Parameters<typeof serve>]>([
  ['that the gate runs', () => [{ auth: authWith() }, before]],
  ['before the gate', () => [{}, authWith()]],
])('a proof verified by an auth() %s', (_, options) => {
  test('a proof is accepted for one request', async () => {
    const { send, prove, records } = await serve(...options());
    const proof = await prove();

    expect((await send(proof)).status).toBe(200);
    expect((await send(proof)).status).toBe(401);
    expect(records.at(-1)).toMatchObject({
      reason: 'dpop_proof_invalid',
      detail: 'The DPoP proof was used before: a client makes one for each request.',
    });
    expect((await send(await prove())).status).toBe(200);
  });
});

test('bearer tokens need no proof, and nothing is remembered for them', async () => {
  const remember = jest.fn(() => true);
  const { sendBearer } = await serve({ auth: authWith(), dpop: { replayStore: { remember } } }, before);
  const bearer = issuer.token({ scope: PAAS });

  for (let i = 0; i < 2; i++) expect((await sendBearer(bearer)).status).toBe(200);
  expect(remember).not.toHaveBeenCalled();
});

test('a proof that another process accepted is refused', async () => {
  const replayStore: ReplayStore = { remember: async () => false };
  const { send, prove } = await serve({ auth: authWith(), dpop: { replayStore } }, before);

  expect((await send(await prove())).status).toBe(401);
});

test('a store that fails makes the response 503', async () => {
  const remember = () => Promise.reject(new Error('No connection.'));
  const { send, prove, records } = await serve({ auth: authWith(), dpop: { replayStore: { remember } } }, before);

  expect((await send(await prove())).status).toBe(503);
  expect(records[0]).toMatchObject({ outcome: 'outage', detail: 'No connection.' });
});

test('a proof is refused that auth() accepts for longer than it would be remembered', async () => {
  const long = authWith({ enabled: true, iatOffset: 3600 });
  const iat = Math.floor(Date.now() / 1000) - 1000;
  const short = await serve({ auth: long }, before);
  const same = await serve({ auth: long, dpop: { iatOffset: 3600 } }, before);

  expect((await short.send(await short.prove({ iat }))).status).toBe(401);
  expect(short.records.at(-1)).toMatchObject({ detail: 'The DPoP proof is older than "dpop.iatOffset" allows.' });
  expect((await same.send(await same.prove({ iat }))).status).toBe(200);
});

test('a token that something else wrote to req.auth is refused without a proof', async () => {
  const write: RequestHandler = (req, _res, next) => {
    const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    req.auth = { token, header: JSON.parse(header as string), payload: JSON.parse(payload as string) };
    next();
  };
  const { sendWithoutProof, records } = await serve({}, write);

  expect((await sendWithoutProof()).status).toBe(401);
  expect(records.at(-1)).toMatchObject({ detail: 'No DPoP proof came with the request.' });
});

test.each<[object, RegExp]>([
  [{ replayStore: {} }, /"dpop.replayStore" must be an object with remember\(\)/],
  [{ iatOffset: -1 }, /"dpop.iatOffset" must be a number of seconds/],
  [{ iatOfset: 300 }, /bearerAuthVerifier\(\), in "dpop", has no option "iatOfset". Did you mean "iatOffset"\?/],
  [{ required: true }, /has no option "required"/],
])('the option dpop of bearerAuthVerifier() cannot be %j', (dpop, sentence) => {
  expect(() => bearerAuthVerifier({ dpop } as BearerAuthVerifierOptions)).toThrow(sentence);
});

test('a request that passes two gates uses its proof once', async () => {
  const verifiers = [senderConstrainedVerifier(domainOptions), bearerAuthVerifier({ auth: authWith() })];
  for (const verifier of verifiers) {
    const [outer, inner] = [createGate({ verifier, realm: 'outer' }), createGate({ verifier, realm: 'inner' })];
    const app = express().get('/reports', outer.authenticate, inner.require(PAAS), showAuth);
    const server = await listening(app);
    servers.push(server);
    const url = `${server.origin}/reports`;
    const proof = await client.proof({ token, url });
    const send = () =>
      request(url)
        .get('')
        .set({ Authorization: `DPoP ${token}`, DPoP: proof });

    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(401);
  }
});
