import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  accountAudience,
  introspectionVerifier,
  type JwtVerifierOptions,
  jwtVerifier,
  multiIssuerVerifier,
  tokenFormVerifier,
} from 'scopegate';
import { REFUSALS } from '../../lib/enforcement/refusal.js';
import { type Listening, listening } from '../http/fixtures/raw-http.js';
import { AUDIENCE, forge, ISSUER, type SigningKey, signingKey } from '../support/tokens.js';
import { echoIn, faultsOfRecords, faultsOfRefusal, reasonIn, sent } from './fixtures/answers.js';
import { type Attack, goodClaims, withTokens } from './fixtures/attack.js';
import { ATTACKS } from './fixtures/attacks.js';
import { service } from './fixtures/exchanges.js';
import { header, keySet, rs256, strangers, TENANT } from './fixtures/keys.js';
import { type Application, applicationOf } from './fixtures/targets.js';
import { GOOD } from './fixtures/valid-tokens.js';

// Issuers that share what they can: the names of their keys, the audience, and the last two the issuer as well.
const OTHER = 'https://second.example/';
const SHARED = 'https://identity.oraclecloud.com/';
const ACCOUNT = 'urn:opc:resource:scope:account';
const [otherKey] = strangers as [SigningKey];
const tenantKeys = { 'idcs-1': signingKey('RS256', 'SIGNING_KEY'), 'idcs-2': signingKey('RS256', 'SIGNING_KEY') };
type Tenant = keyof typeof tenantKeys;

const ofOther = (over: object = {}, key = otherKey) => forge(header, goodClaims({ iss: OTHER, ...over }), key);
const ofTenant = (tenant: Tenant, over: object = {}, key = tenantKeys[tenant]) =>
  forge({ alg: 'RS256', kid: 'SIGNING_KEY' }, goodClaims({ iss: SHARED, aud: ACCOUNT, tenant, ...over }), key);

const goodOpaque = 'mF_9.B5f-4.1JqM';
const active = new Set([goodOpaque]);
const GOOD_HERE = [...GOOD, ofOther(), ofTenant('idcs-1'), ofTenant('idcs-2')];

const crossed: readonly Attack[] = withTokens([
  ['the key of another issuer under our name', forge(header, goodClaims(), otherKey), 'signature_invalid'],
  ['our key under the name of another issuer', ofOther({}, rs256), 'signature_invalid'],
  ['the key of the other tenant', ofTenant('idcs-1', {}, tenantKeys['idcs-2']), 'signature_invalid'],
  ['the key of a tenant under the name of an issuer', ofOther({}, tenantKeys['idcs-1']), 'signature_invalid'],
  ['the shared issuer without a tenant', ofTenant('idcs-1', { tenant: undefined }), 'tenant_mismatch'],
  ['a tenant that is not configured', ofTenant('idcs-1', { tenant: 'idcs-3' }), 'tenant_mismatch'],
  ['the tenant of the first issuer', ofTenant('idcs-1', { tenant: TENANT }), 'tenant_mismatch'],
  ['both tenants at once', ofTenant('idcs-1', { tenant: ['idcs-1', 'idcs-2'] }), 'tenant_mismatch'],
  ['a tenant in capitals', ofTenant('idcs-1', { tenant: 'IDCS-1' }), 'tenant_mismatch'],
  ['the audience of the other issuer', ofTenant('idcs-1', { aud: AUDIENCE }), 'audience_mismatch'],
  ['the account as audience of the other issuer', ofOther({ aud: ACCOUNT }), 'audience_mismatch'],
  ['both issuers in a list', ofOther({ iss: [OTHER, ISSUER] }), 'claim_malformed'],
  ['an issuer and a slash', ofOther({ iss: `${OTHER}/` }), 'issuer_mismatch'],
  ['an issuer without its slash', ofOther({ iss: OTHER.slice(0, -1) }), 'issuer_mismatch'],
  ['an issuer that is an address of keys', ofOther({ iss: 'https://attacker.example/jwks' }), 'issuer_mismatch'],
  ['an issuer on this machine', ofOther({ iss: 'http://127.0.0.1:1/' }), 'issuer_mismatch'],
  [
    'two issuers in one payload',
    forge(header, `${JSON.stringify(goodClaims()).slice(0, -1)},"iss":"${OTHER}"}`, otherKey),
    'token_malformed',
  ],
  [
    'a jku of the attacker',
    forge({ ...header, jku: 'https://attacker.example' }, goodClaims(), otherKey),
    'signature_invalid',
  ],
  [
    'no algorithm',
    `${forge({ alg: 'none' }, goodClaims({ iss: OTHER }), otherKey).replace(/[^.]*$/, '')}`,
    'token_malformed',
  ],
  [
    'no algorithm, with a signature',
    forge({ alg: 'none' }, goodClaims({ iss: OTHER }), otherKey),
    'algorithm_not_allowed',
  ],
]);

let applications: readonly Application[];
let servers: readonly Listening[];
const asked = new Set<string>();
const seeRequest = (message: unknown) => {
  const { request } = message as { request: { readonly origin: string } };
  asked.add(request.origin);
};

/** A server of RFC 7662 that knows one token, as long as that is active. */
async function respondToIntrospection(req: IncomingMessage, res: ServerResponse): Promise<void> {
  let form = '';
  for await (const chunk of req) form += chunk;
  const isActive = active.has(new URLSearchParams(form).get('token') ?? '');
  const body = isActive ? { ...goodClaims({ iss: 'https://opaque.example' }), token_type: 'Bearer' } : {};
  res.setHeader('content-type', 'application/json').end(JSON.stringify({ active: isActive, ...body }));
}

beforeAll(async () => {
  subscribe('undici:request:create', seeRequest);
  const publish = (...keys: readonly object[]) => listening((_req, res) => res.end(JSON.stringify({ keys })));
  servers = await Promise.all([
    publish(...keySet.keys),
    publish(...strangers.map(({ jwk }) => jwk)),
    publish(tenantKeys['idcs-1'].jwk),
    publish(tenantKeys['idcs-2'].jwk),
    listening(respondToIntrospection),
  ]);
  const [ours, other, first, second, introspection] = servers.map(({ origin }) => origin) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const ofAll = (clock: Application['clock']) =>
    multiIssuerVerifier([
      jwtVerifier({ issuer: ISSUER, audience: [AUDIENCE, accountAudience({ tenant: TENANT })], jwksUri: ours, clock }),
      jwtVerifier({ issuer: OTHER, audience: AUDIENCE, jwksUri: other, clock }),
      jwtVerifier({ issuer: SHARED, audience: accountAudience({ tenant: 'idcs-1' }), jwksUri: first, clock }),
      jwtVerifier({ issuer: SHARED, audience: accountAudience({ tenant: 'idcs-2' }), jwksUri: second, clock }),
    ]);
  const opaqueOf = (clock: Application['clock']) =>
    introspectionVerifier({
      introspectionEndpoint: introspection,
      client: { clientId: 'api', clientSecret: 'hush' },
      audience: AUDIENCE,
      clock,
    });
  /** The same issuers, whose keys are found by discovery. */
  const discoveredBy = (clock: Application['clock']) => {
    const discovered = (issuer: string, jwksUri: string, audience: JwtVerifierOptions['audience']) =>
      jwtVerifier({
        issuerBaseURL: issuer,
        audience,
        clock,
        fetch: async (url, init) =>
          String(url).startsWith(jwksUri) ? fetch(url, init) : Response.json({ issuer, jwks_uri: jwksUri }),
      });
    return multiIssuerVerifier([
      discovered(ISSUER, ours, [AUDIENCE, accountAudience({ tenant: TENANT })]),
      discovered(OTHER, other, AUDIENCE),
      discovered(SHARED, first, accountAudience({ tenant: 'idcs-1' })),
      discovered(SHARED, second, accountAudience({ tenant: 'idcs-2' })),
    ]);
  };
  applications = await Promise.all([
    applicationOf('several issuers', (clock) => ({ verifier: ofAll(clock as Application['clock']) })),
    applicationOf('both forms', (clock) => ({
      verifier: tokenFormVerifier({
        jwt: ofAll(clock as Application['clock']),
        opaque: opaqueOf(clock as Application['clock']),
      }),
    })),
    applicationOf('discovery', (clock) => ({ verifier: discoveredBy(clock as Application['clock']) })),
  ]);
  // Twice: a token is cached from its second sight on.
  expect([...(await serviceOfAll()), ...(await serviceOfAll())]).toEqual([]);
});

afterAll(async () => {
  const doors = applications.flatMap((application) => Object.values(application.doors));
  await Promise.all([...doors, ...servers].map((server) => server.close()));
  unsubscribe('undici:request:create', seeRequest);
});

async function serviceOfAll(): Promise<string[]> {
  const found: string[] = [];
  for (const application of applications) {
    const tokens = application.place === 'both forms' ? [...GOOD_HERE, goodOpaque] : GOOD_HERE;
    for (const token of tokens) found.push(...(await service(application, token)));
  }
  return found;
}

/** What is wrong with the responses to an attack. Without a reason, any refusal that blames the request is right. */
async function faultsAfter(attack: Attack, reason?: Attack['reason']): Promise<string[]> {
  const head = [attack.start ?? 'GET / HTTP/1.1', 'Host: api.example', ...attack.lines].join('\r\n');
  const request = sent(`${head}\r\n\r\n${attack.body ?? ''}`);
  const found: string[] = [];
  for (const application of applications) {
    application.clock.skip();
    const { handled, place, schemes, doors } = application;
    const answer = await (await doors.strict.wire()).ask(request.request);
    const given = reasonIn(answer);
    const records = application.records.splice(0);
    const faults = [...echoIn(answer, request), ...application.faults.splice(0).map(String)];
    if (application.handled !== handled) faults.push('the handler was reached');
    if (given === undefined || REFUSALS[given].status === 503) faults.push(`the reason ${given}`);
    else faults.push(...faultsOfRefusal(answer, given, schemes), ...faultsOfRecords(records, given, request));
    if (reason !== undefined && given !== reason) faults.push(`the reason ${given} in place of ${reason}`);
    found.push(...faults.map((fault) => `${place}: ${fault} of ${answer.text}`));
  }
  return found;
}

/** Those for a gate with plain verifiers, which Node's own parser lets through. */
const general = ATTACKS.map(([chapter, attacks]) => [chapter, attacks.filter(isGeneral)] as const).filter(
  ([, attacks]) => attacks.length > 0,
);

function isGeneral({ places, parser, at }: Attack): boolean {
  return places === undefined && parser === undefined && at?.remembering !== null;
}

test.each(general)('gates with several issuers and with introspection withstand: %s', async (_, attacks) => {
  const found: string[] = [];
  for (const attack of attacks) found.push(...(await faultsAfter(attack)));

  expect(found).toEqual([]);
});

test.each(crossed.map((attack) => [attack.name, attack] as const))(
  'no token of one issuer passes as that of another: %s',
  async (_, attack) => {
    const isOpaque = attack.lines.some((line) => line.endsWith('.'));
    expect(await faultsAfter(attack, isOpaque ? undefined : attack.reason)).toEqual([]);
  },
);

test('a token that the server revokes is refused with the next request, and so are tokens that resemble it', async () => {
  const [, forms] = applications as [Application, Application];
  expect(await service(forms, goodOpaque)).toEqual([]);
  for (const token of [`${goodOpaque}=`, goodOpaque.toUpperCase(), goodOpaque.slice(0, -1), `${goodOpaque}M`]) {
    expect(
      await faultsAfter({ name: 'similar', lines: [`Authorization: Bearer ${token}`], reason: 'token_inactive' }),
    ).toEqual([]);
  }

  active.delete(goodOpaque);
  const [fault = ''] = await service(forms, goodOpaque);
  active.add(goodOpaque);

  expect(fault).toContain('token_inactive');
  expect(await service(forms, goodOpaque)).toEqual([]);
});

test('during all attacks the gates contact nothing but the configured addresses', () => {
  expect([...asked].toSorted()).toEqual(servers.map(({ origin }) => origin).toSorted());
});

test('the gates accept every good token after all attacks', async () => {
  expect(await serviceOfAll()).toEqual([]);
});
