import express from 'express';
import { createGate, type DecisionRecord, entraTenant, jwtVerifier } from 'scopegate';
import type { TestClaims } from 'scopegate/testing';
import request from 'supertest';
import { clockAt, forge, NOW, signingKey } from '../../support/tokens.js';
import { moduleFiles, type Page } from '../fixtures/pages.js';
import { commandsOf, walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

/** What a token of an OCI domain has, and these issuers do not write. */
const NOT_OF_ORACLE: TestClaims = {
  tok_type: undefined,
  tenant: undefined,
  client_tenantname: undefined,
  client_name: undefined,
  sub_type: undefined,
  gtp: undefined,
  client_id: undefined,
};

const TENANT = '3f8a1c52-7d40-4e1b-9a6c-5b0e2d7f9c31';
const API = '6e74172b-be56-4843-9ff4-e66a39bb12e3';

interface Vendor {
  readonly heading: string;
  readonly file: string;
  /** Any address of the issuer. */
  readonly url: string;
  /** A token as the issuer publishes its shape, which may read and not write. */
  readonly claims: TestClaims;
  /** What makes the first request a refusal. */
  readonly wrong: TestClaims;
}

const VENDORS: readonly Vendor[] = [
  {
    heading: 'Auth0',
    file: 'auth0.ts',
    url: 'https://acme.eu.auth0.com/',
    claims: {
      iss: 'https://acme.eu.auth0.com/',
      sub: 'auth0|65f0',
      aud: ['https://orders.example', 'https://acme.eu.auth0.com/userinfo'],
      azp: 'K1AUPhZq',
      scope: 'openid read:orders',
      permissions: ['read:orders', 'write:orders'],
      jti: undefined,
    },
    wrong: { aud: 'https://acme.eu.auth0.com/userinfo' },
  },
  {
    heading: 'Amazon Cognito',
    file: 'cognito.ts',
    url: 'https://cognito-idp.eu-west-1.amazonaws.com',
    claims: {
      iss: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123',
      sub: 'aaaa-bbbb',
      aud: undefined,
      client_id: '57cbishk4j24pabc1234567890',
      token_use: 'access',
      scope: 'orders/read',
      version: 2,
      origin_jti: 'o-1',
      username: 'jane',
    },
    wrong: { client_id: 'another' },
  },
  {
    heading: 'Microsoft Entra ID',
    file: 'entra.ts',
    url: 'https://login.microsoftonline.com',
    claims: {
      iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      aud: API,
      azp: '0f1e',
      oid: '6902',
      scp: 'Orders.Read access_as_user',
      sub: 'HKZp',
      tid: TENANT,
      ver: '2.0',
      jti: undefined,
    },
    wrong: { iss: `https://login.microsoftonline.com/${API}/v2.0` },
  },
  {
    heading: 'Keycloak',
    file: 'keycloak.ts',
    url: 'https://sso.acme.example',
    claims: {
      iss: 'https://sso.acme.example/realms/main',
      aud: ['orders-api', 'account'],
      sub: 'f1e2',
      typ: 'Bearer',
      azp: 'console',
      sid: 's-1',
      resource_access: { 'orders-api': { roles: ['editor'] } },
      scope: 'email profile orders.read',
    },
    wrong: { aud: 'account' },
  },
  {
    heading: 'Okta',
    file: 'okta.ts',
    url: 'https://acme.okta.com',
    claims: {
      ver: 1,
      jti: 'AT.abc',
      iss: 'https://acme.okta.com/oauth2/default',
      aud: 'api://default',
      cid: '0oa1',
      uid: '00u1',
      scp: ['openid', 'orders.read'],
      sub: 'jane@acme.example',
    },
    wrong: { iss: 'https://acme.okta.com' },
  },
];

const { page, running } = usePage('docs/issuers.md');

/** The blocks below one heading of the page. */
function sectionOf(heading: string): Page {
  const lines = page.text.split('\n');
  const first = lines.indexOf(`## ${heading}`) + 1;
  const end = lines.findIndex((line, i) => i >= first && line.startsWith('## '));
  return { ...page, blocks: page.blocks.filter(({ line }) => line > first && line <= end) };
}

describe.each(VENDORS)('a new user of $heading', ({ heading, file, url, claims, wrong }) => {
  const section = sectionOf(heading);

  test('finds one program and the commands for a 200 and a 403', () => {
    expect(moduleFiles(section).map((each) => each.file)).toEqual([file]);
    expect(commandsOf(section).map(({ shown }) => shown?.code.split('\n')[0])).toEqual([
      'HTTP/1.1 200 OK',
      'HTTP/1.1 403 Forbidden',
    ]);
  });

  test('gets these responses with a token of the published shape', async () => {
    await running().importModule(page, file);
    const TOKEN = await running().token(url, { ...NOT_OF_ORACLE, ...claims });

    expect(await walk(section, running(), { TOKEN })).toEqual([]);
  });

  test('a new user is refused with a token that is for somebody else', async () => {
    const TOKEN = await running().token(url, { ...NOT_OF_ORACLE, ...claims, ...wrong });
    const differing = await walk(section, running(), { TOKEN });

    expect(
      differing.filter((each) => each.includes('it is HTTP/1.1 401') || each.includes('is HTTP/1.1 401')),
    ).toHaveLength(2);
  });
});

test('the record of an application of Entra ID without a user is the one that the page shows', async () => {
  const key = signingKey('RS256', 'k1');
  const options = { ...entraTenant({ tenantId: TENANT, audience: API }), jwksUri: undefined };
  const verifier = jwtVerifier({ ...options, jwks: { keys: [key.jwk] }, clock: clockAt(NOW) });
  const [iss] = [options.issuer].flat();
  const payload = { iss, aud: API, iat: NOW, exp: NOW + 60, sub: '1111', roles: ['Orders.Read.All'] };
  const token = forge({ alg: 'RS256', kid: 'k1', typ: 'JWT' }, payload, key);
  const records: DecisionRecord[] = [];
  const gate = createGate({ verifier, onDecision: (record) => records.push(record) });
  const app = express().get('/orders', gate.require('Orders.Read'));
  const shown = sectionOf('Microsoft Entra ID').blocks.find(({ language }) => language === 'text');

  await request(app).get('/orders').set('Authorization', `Bearer ${token}`).expect(403);
  expect(records.map(({ detail }) => detail)).toEqual([shown?.code]);
});
