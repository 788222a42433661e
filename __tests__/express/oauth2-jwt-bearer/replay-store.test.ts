import express from 'express';
import { createGate, StoreUnavailableError } from 'scopegate';
import { type DpopOptions, type ReplayStore, senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { openSqliteStore } from 'scopegate/sqlite';
import request from 'supertest';
import { MemoryReplayStore } from '../../../lib/express/oauth2-jwt-bearer/memory-replay-store.js';
import { domainOptions, issuer, PAAS, recorder, showAuth } from '../../http/fixtures/domain.js';
import { type Listening, listening } from '../../http/fixtures/raw-http.js';
import { type DpopClient, dpopClient, type ProofOf } from './fixtures/proofs.js';

let client: DpopClient;
let token: string;
const servers: Listening[] = [];

beforeAll(async () => {
  client = await dpopClient();
  token = issuer.token({ scope: PAAS, cnf: { jkt: client.jkt } });
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

async function serve(dpop: DpopOptions) {
  const told = recorder();
  const gate = createGate({
    verifier: senderConstrainedVerifier({ ...domainOptions, dpop }),
    onDecision: told.observe,
  });
  const server = await listening(express().get('/reports', gate.require(PAAS), showAuth));
  servers.push(server);
  const url = `${server.origin}/reports`;
  const send = (proof: string, headers: object = {}) =>
    request(url)
      .get('')
      .set({ Authorization: `DPoP ${token}`, DPoP: proof, ...headers });
  return {
    send,
    url,
    records: told.records,
    prove: (of: Partial<ProofOf> = {}) => client.proof({ token, url, ...of }),
  };
}

describe('the store of used proofs', () => {
  test('gets one key for each proof, and the end of its acceptance', async () => {
    const calls: [string, number][] = [];
    const remember: ReplayStore['remember'] = (...call) => {
      calls.push(call);
      return true;
    };
    const { send, prove } = await serve({ replayStore: { remember }, iatOffset: 120, iatLeeway: 20 });
    const now = Math.floor(Date.now() / 1000);
    for (const iat of [now, now + 15, now - 60]) {
      expect((await send(await prove({ claims: { iat, jti: 'j' } }))).status).toBe(200);
    }

    const [[key]] = calls as [[string, number]];
    expect(key).toMatch(/^[\w-]{43}$/);
    expect(calls).toEqual([now, now + 15, now - 60].map((iat) => [key, (iat + 120 + 20 + 1) * 1000]));
  });

  test('the store of used proofs is not asked for a proof that is refused, and not for a token without one', async () => {
    const remember = jest.fn(() => true);
    const { send, prove, url } = await serve({ replayStore: { remember } });
    await send(await prove({ method: 'POST' }));
    await send(await (await dpopClient()).proof({ token, url }));
    await request(url)
      .get('')
      .set('Authorization', `Bearer ${issuer.token({ scope: PAAS })}`);

    expect(remember).not.toHaveBeenCalled();
  });

  test.each<[string, ReplayStore['remember'], RegExp]>([
    ['rejects', () => Promise.reject(new StoreUnavailableError('The database is away.')), /The database is away/],
    [
      'throws',
      () => {
        throw new Error('No connection.');
      },
      /No connection/,
    ],
    ['returns nothing', (() => undefined) as never, /"dpop.replayStore" must return true or false/],
    ['returns a word', (async () => 'OK') as never, /"dpop.replayStore" must return true or false/],
  ])('that %s makes the response 503, never a permit', async (_, remember, sentence) => {
    const { send, prove, records } = await serve({ replayStore: { remember } });
    const { status, headers } = await send(await prove());

    expect({ status, retry: headers['retry-after'] }).toEqual({ status: 503, retry: '1' });
    expect(headers).not.toHaveProperty('www-authenticate');
    expect(records[0]).toMatchObject({
      outcome: 'outage',
      reason: 'verifier_unavailable',
      detail: expect.stringMatching(sentence),
    });
  });

  test('the store of used proofs of a database serves several processes', async () => {
    const store = await openSqliteStore({ file: ':memory:' });
    const publicUrl = 'https://api.example';
    const dpop = { replayStore: store.replays, publicUrl };
    const [one, other] = [await serve(dpop), await serve(dpop)];
    const proof = await one.prove({ url: `${publicUrl}/reports` });

    expect((await one.send(proof)).status).toBe(200);
    expect((await other.send(proof)).status).toBe(401);
    await store.close();
    expect((await other.send(await one.prove({ url: `${publicUrl}/reports` }))).status).toBe(503);
  });
});

describe('the store in memory', () => {
  const inSecond = (second: number) => (second + 1000) * 1000;
  const opened = (maxKeys?: number) => {
    const time = { second: 0 };
    const store = new MemoryReplayStore({ now: () => inSecond(time.second) }, maxKeys);
    const remember = (key: string, second: number) => store.remember(key, inSecond(second));
    return { remember, time };
  };

  test('remembers a key until it expires', () => {
    const { remember, time } = opened();
    expect(remember('a', 10)).toBe(true);
    expect(remember('b', 10)).toBe(true);
    time.second = 9;
    expect(remember('a', 10)).toBe(false);
    time.second = 10;
    expect(remember('a', 20)).toBe(true);
    expect(remember('a', 20)).toBe(false);
  });

  test('remembers a key whose part of a second has not passed', () => {
    const { remember, time } = opened();
    expect(remember('a', 10.2)).toBe(true);
    time.second = 10.1;
    expect(remember('a', 10.2)).toBe(false);
  });

  test('refuses another key while it is full, with the seconds until a place is free', () => {
    const { remember, time } = opened(2);
    remember('a', 10);
    remember('b', 30);
    expect(() => remember('c', 30)).toThrow(/2 DPoP proofs are remembered.*"dpop.replayStore"/);
    expect(() => remember('c', 30)).toThrow(expect.objectContaining({ retryAfter: 10 }));
    expect(remember('b', 30)).toBe(false);
    time.second = 10;
    expect(remember('c', 30)).toBe(true);
    expect(() => remember('d', 30)).toThrow(expect.objectContaining({ retryAfter: 20 }));
  });

  test('a key that came first and expires last does not fill it for good', () => {
    const { remember, time } = opened(3);
    remember('long', 100);
    remember('a', 10);
    remember('b', 10);
    time.second = 50;
    expect(() => remember('c', 60)).toThrow(/3 DPoP proofs/);
    time.second = 100;
    for (const key of ['c', 'd', 'e']) expect(remember(key, 110)).toBe(true);
  });
});

describe('dpop.publicUrl', () => {
  test.each<[string, string, string, number]>([
    ['the prefix that a proxy strips', 'https://api.example/orders', 'https://api.example/orders/reports', 200],
    ['a slash at its end adds none', 'https://api.example/orders/', 'https://api.example/orders/reports', 200],
    ['its host in another case', 'https://API.example', 'https://api.example/reports', 200],
    ['its default port', 'https://api.example:443', 'https://api.example/reports', 200],
    ['a port of its own', 'https://api.example:8443', 'https://api.example:8443/reports', 200],
    ['an address of IPv6', 'http://[::1]:3000/a', 'http://[::1]:3000/a/reports', 200],
    ['a query is ignored', 'https://api.example', 'https://api.example/reports?page=1', 200],
    ['not without the prefix', 'https://api.example/orders', 'https://api.example/reports', 401],
    ['not with another prefix', 'https://api.example/orders', 'https://api.example/bills/reports', 401],
    ['not with another scheme', 'https://api.example', 'http://api.example/reports', 401],
    ['not with another port', 'https://api.example', 'https://api.example:8443/reports', 401],
    ['not with another path', 'https://api.example/orders', 'https://api.example/orders/others', 401],
  ])('is what htu is compared with: %s', async (_, publicUrl, htu, status) => {
    const { send, prove } = await serve({ publicUrl });

    expect((await send(await prove({ url: htu }))).status).toBe(status);
  });

  test('takes the place of what the request says', async () => {
    const { send, prove, url } = await serve({ publicUrl: 'https://api.example' });
    const forwarded = { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'http', Host: 'evil.example' };

    expect((await send(await prove())).status).toBe(401);
    expect((await send(await prove({ url: 'http://evil.example/reports' }), forwarded)).status).toBe(401);
    expect((await send(await prove({ url: 'https://api.example/reports' }), forwarded)).status).toBe(200);
    expect(url).toMatch(/^http:/);
  });
});
