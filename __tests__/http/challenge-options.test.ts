import express from 'express';
import { anyOf, createGate, type GateOptions, jwtVerifier, ociDomain, protectedResourceMetadata } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { parseChallenges } from '../enforcement/fixtures/challenge-parser.js';
import { domainOptions } from './fixtures/domain.js';

const audience = 'https://orders.example/';
const issuer = testIssuer({ audience });
const verifier = jwtVerifier({
  ...ociDomain({ url: issuer.url, tenant: issuer.tenant, audience }),
  fetch: issuer.fetch,
});
const metadata = protectedResourceMetadata({
  resource: 'https://api.example/orders',
  authorizationServers: ['https://issuer.example'],
});
const METADATA_URL = 'https://api.example/.well-known/oauth-protected-resource/orders';

async function challengesOf(over: Partial<GateOptions>, authorization?: string, path = '/orders') {
  const gate = createGate({ verifier, ...over });
  const app = express()
    .get('/orders', gate.require('orders:read', 'orders:write'))
    .get('/either', gate.require(anyOf('reports:read', 'orders:read')))
    .get('/either-two', gate.require(anyOf('orders:read', 'a'), 'b'))
    .get('/offline', gate.require('offline_access'))
    .get('/any', gate.authenticate);
  const sent = request(app).get(path);
  const { status, headers, body } = await (authorization === undefined
    ? sent
    : sent.set('Authorization', authorization));
  return { status, body, challenges: parseChallenges(headers['www-authenticate']).map((each) => each.parameters) };
}

describe('the option resourceMetadata', () => {
  test.each<[string, GateOptions['resourceMetadata']]>([
    ['the handler', metadata],
    ['its URL', METADATA_URL],
    ['an object with the URL', { url: METADATA_URL }],
  ])('9728-5.1: with %s, challenges of 401 and 403 name the metadata', async (_, resourceMetadata) => {
    const read = `Bearer ${issuer.token({ scope: 'orders:read' })}`;
    for (const [authorization, status] of [
      [undefined, 401],
      ['Bearer a.b.c', 401],
      [read, 403],
    ] as const) {
      const response = await challengesOf({ resourceMetadata }, authorization);
      expect(response.status).toBe(status);
      expect(response.challenges).toEqual([expect.objectContaining({ resource_metadata: METADATA_URL })]);
    }
  });

  test('a malformed request gets a challenge without it', async () => {
    const { status, challenges } = await challengesOf({ resourceMetadata: metadata }, 'Bearer');

    expect(status).toBe(400);
    expect(challenges[0]).not.toHaveProperty('resource_metadata');
  });

  test('each of two schemes names the metadata', async () => {
    const both = senderConstrainedVerifier({ ...domainOptions, getCertificate: () => undefined });
    const { challenges } = await challengesOf({ verifier: both, resourceMetadata: metadata });

    expect(challenges.map((each) => each.resource_metadata)).toEqual([METADATA_URL, METADATA_URL]);
  });

  test.each<[unknown]>([
    ['/.well-known/oauth-protected-resource'],
    ['http://api.example/.well-known/oauth-protected-resource'],
    ['https://api.example/", error="x'],
    ['https://api.example/\r\nX: 1'],
    ['https://api.example/#a'],
    ['https://user:secret@api.example/'],
    [''],
    [null],
    [7],
    [{}],
    [() => undefined],
    [new URL('https://api.example')],
  ])('%p is refused', (resourceMetadata) => {
    expect(() => createGate({ verifier, resourceMetadata: resourceMetadata as never })).toThrow(
      /"resourceMetadata" must be what protectedResourceMetadata\(…\) returns, or an https URL/,
    );
  });
});

describe('the option challengeScope', () => {
  const qualified = (...names: string[]) => names.map((name) => audience + name).join(' ');

  test('by default, a challenge to a caller without a token names no scope', async () => {
    for (const over of [{}, { challengeScope: 'insufficient' as const }]) {
      const { challenges, body } = await challengesOf(over);
      expect(challenges).toEqual([{ realm: 'api' }]);
      expect(body).not.toHaveProperty('required_scope');
    }
  });

  test('with always, the first 401 names what the route requires, as clients request it', async () => {
    const { status, challenges, body } = await challengesOf({ challengeScope: 'always' });

    expect(status).toBe(401);
    expect(challenges).toEqual([{ realm: 'api', scope: qualified('orders:read', 'orders:write') }]);
    expect(body.required_scope).toBe(qualified('orders:read', 'orders:write'));
  });

  test('with always, a 401 for a bad token and one for another scheme name it as well', async () => {
    for (const authorization of ['Bearer a.b.c', 'Basic YTpi']) {
      const { status, challenges } = await challengesOf({ challengeScope: 'always' }, authorization);
      expect([status, challenges[0]?.scope]).toEqual([401, qualified('orders:read', 'orders:write')]);
    }
  });

  test('with always, a 403 and a 400 stay as they are', async () => {
    const token = issuer.token({ scope: 'orders:read' });
    for (const authorization of [`Bearer ${token}`, 'Bearer']) {
      const [one, other] = [
        await challengesOf({ challengeScope: 'always' }, authorization),
        await challengesOf({}, authorization),
      ];
      expect(one).toEqual(other);
    }
  });

  test.each([
    ['/either', qualified('reports:read')],
    ['/either-two', qualified('orders:read', 'b')],
    ['/offline', undefined],
    ['/any', undefined],
  ])('with always, the 401 of %s names %s', async (path, scope) => {
    const { status, challenges } = await challengesOf({ challengeScope: 'always' }, undefined, path);

    expect([status, challenges[0]?.scope]).toEqual([401, scope]);
  });

  test('a 403 never names offline_access', async () => {
    const { status, challenges } = await challengesOf({}, `Bearer ${issuer.token({ scope: 'a' })}`, '/offline');

    expect([status, challenges[0]?.scope]).toEqual([403, undefined]);
  });

  test('another value is refused', () => {
    expect(() => createGate({ verifier, challengeScope: 'never' as never })).toThrow(
      /"challengeScope" must be 'insufficient' or 'always'/,
    );
  });
});
