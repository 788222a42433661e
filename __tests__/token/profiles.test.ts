import { ACCOUNT_AUDIENCE } from '../../lib/scope/grammar.js';
import { testIssuer } from '../../lib/testing/test-issuer.js';
import { accountAudience } from '../../lib/token/audience.js';
import { jwtVerifier } from '../../lib/token/jwt/jwt-verifier.js';
import type { JwtVerifierOptions } from '../../lib/token/jwt/jwt-verifier-options.js';
import { type OciDomainOptions, ociDomain } from '../../lib/token/presets/oci-domain.js';
import { type PingOneEnvironmentOptions, pingOneEnvironment } from '../../lib/token/presets/pingone-environment.js';
import { claims, clockAt, detailOf, forge, keyEndpoint, NOW, reasonOf, signingKey } from '../support/tokens.js';

const URL_OF_DOMAIN = 'https://idcs-0a1b.identity.oraclecloud.com';
const TENANT = 'idcs-0a1b';
const ENVIRONMENT = '5caa81af-ec05-41ff-a709-c7378007a99c';
const OTHER = 'abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6';
const key = signingKey('RS256', 'k1');

/** The verdict of a verifier with these options on a token with these claims, and what was fetched for it. */
async function judge(options: JwtVerifierOptions, over: Readonly<Record<string, unknown>>, header: object = {}) {
  const endpoint = keyEndpoint(key);
  const verifier = jwtVerifier({ ...options, fetch: endpoint.fetch, clock: clockAt(NOW) });
  const token = forge({ alg: 'RS256', kid: 'k1', ...header }, claims(over), key);
  const verdict = await verifier.verify({ scheme: 'bearer', token });
  return { reason: reasonOf(verdict), detail: detailOf(verdict), asked: endpoint.asked };
}

describe('ociDomain', () => {
  const oci = (over: Partial<OciDomainOptions> = {}) => ociDomain({ url: URL_OF_DOMAIN, tenant: TENANT, ...over });
  const real = { iss: 'https://identity.oraclecloud.com/', aud: ACCOUNT_AUDIENCE, tenant: TENANT, tok_type: 'AT' };

  test('ociDomain() accepts a token of a real domain and fetches its keys there', async () => {
    const { reason, asked } = await judge(oci(), real, { x5t: 'a', 'x5t#S256': 'b' });
    expect(reason).toBe('accepted');
    expect(asked).toEqual([`${URL_OF_DOMAIN}/admin/v1/SigningCert/jwk`]);
  });

  test('ociDomain() accepts tokens of the test issuer', async () => {
    const issuer = testIssuer();
    const options = ociDomain({ url: issuer.url, tenant: issuer.tenant });
    const verifier = jwtVerifier({ ...options, fetch: issuer.fetch });
    const judged = async (token: string) => reasonOf(await verifier.verify({ scheme: 'bearer', token }));
    expect(await judged(issuer.token({ scope: 'read' }))).toBe('accepted');
    expect(await judged(issuer.expiredToken())).toBe('token_expired');
    expect(await judged(testIssuer().token())).toBe('key_unknown');
  });

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['another tenant', { tenant: 'idcs-other' }, 'tenant_mismatch'],
    ['no tenant', { tenant: undefined }, 'tenant_mismatch'],
    ['an ID token', { tok_type: 'IT' }, 'not_an_access_token'],
    ['the issuer without its slash', { iss: 'https://identity.oraclecloud.com' }, 'issuer_mismatch'],
    ['the domain as issuer', { iss: URL_OF_DOMAIN }, 'issuer_mismatch'],
    ['the audience of a single resource', { aud: 'http://rs.example/' }, 'audience_mismatch'],
  ])('ociDomain() rejects a token with %s', async (_, over, reason) => {
    expect(await judge(oci(), { ...real, ...over })).toMatchObject({ reason, asked: [] });
  });

  test.each(['PS256', 'RS384', 'ES256', 'HS256', 'none'])('ociDomain() rejects the algorithm %s', async (alg) => {
    expect((await judge(oci(), real, { alg })).reason).toBe('algorithm_not_allowed');
  });

  test('ociDomain() also checks the tenant for the audience of a resource', async () => {
    const own = oci({ audience: ['http://rs.example/', 'http://second.example/'] });
    expect((await judge(own, { ...real, aud: 'http://second.example/' })).reason).toBe('accepted');
    expect((await judge(own, { ...real, aud: 'http://rs.example/', tenant: 'idcs-x' })).reason).toBe('tenant_mismatch');
    expect((await judge(own, { ...real, aud: 'http://rs.example/', tenant: undefined })).reason).toBe(
      'tenant_mismatch',
    );
    expect((await judge(own, real)).reason).toBe('audience_mismatch');
  });

  test('ociDomain() keeps the tenant of a given audience rule', async () => {
    const other = oci({ audience: [accountAudience({ tenant: 'idcs-x' }), 'http://rs.example/'] });
    expect((await judge(other, { ...real, tenant: 'idcs-x' })).reason).toBe('accepted');
    expect((await judge(other, real)).reason).toBe('tenant_mismatch');
    expect((await judge(other, { ...real, aud: 'http://rs.example/' })).reason).toBe('accepted');
  });

  test('tenant: "unchecked" accepts tokens of every tenant', async () => {
    const anyone = oci({
      tenant: 'unchecked',
      audience: [accountAudience({ tenant: 'unchecked' }), 'http://rs.example/'],
    });
    expect((await judge(anyone, { ...real, tenant: 'idcs-x' })).reason).toBe('accepted');
    expect((await judge(anyone, { ...real, aud: 'http://rs.example/', tenant: undefined })).reason).toBe('accepted');
  });

  test('a custom issuer replaces the common issuer of ociDomain()', async () => {
    const own = oci({ issuer: ['https://login.example.com', 'https://old.example.com'] });
    expect((await judge(own, { ...real, iss: 'https://old.example.com' })).reason).toBe('accepted');
    expect((await judge(own, real)).reason).toBe('issuer_mismatch');
  });

  test('ociDomain() ignores trailing slashes in the URL', () => {
    expect(oci({ url: `${URL_OF_DOMAIN}//` }).jwksUri).toBe(`${URL_OF_DOMAIN}/admin/v1/SigningCert/jwk`);
    expect(oci({ url: `${URL_OF_DOMAIN}:443/` }).jwksUri).toBe(`${URL_OF_DOMAIN}:443/admin/v1/SigningCert/jwk`);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ domain: URL_OF_DOMAIN, url: undefined }, 'ociDomain() has no option "domain". Did you mean "url"?'],
    [{ tennant: TENANT }, 'Did you mean "tenant"?'],
    [{ audiences: [] }, 'Did you mean "audience"?'],
    [{ tenant: undefined }, 'ociDomain() needs the "tenant" (idcs-…)'],
    [{ tenant: '' }, 'needs the "tenant"'],
    [{ url: undefined }, '"url" must be the address of the domain'],
    [{ url: 'idcs-0a1b' }, '"url" must be the address of the domain'],
    [{ url: 'idcs-0a1b.identity.oraclecloud.com:443' }, '"url" must be the address of the domain'],
    [{ url: 'ftp://idcs-0a1b.identity.oraclecloud.com' }, '"url" must be the address of the domain'],
    [{ url: `${URL_OF_DOMAIN}/?a=b` }, '"url" must be the address of the domain'],
    [{ url: `${URL_OF_DOMAIN}/ui/v1/adminconsole` }, '"url" must be the address of the domain'],
    [{ url: ` ${URL_OF_DOMAIN}` }, '"url" must be the address of the domain'],
    [{ url: `x${URL_OF_DOMAIN}` }, '"url" must be the address of the domain'],
    [{ url: `${URL_OF_DOMAIN}#a` }, '"url" must be the address of the domain'],
    [{ audience: ACCOUNT_AUDIENCE }, 'Say accountAudience({ tenant }).'],
    [{ audience: '' }, '"audience" must be'],
    [{ keyCredentials: { clientId: 'a' } }, '"clientSecret" must be a string'],
    [{ keyCredentials: { id: 'a', clientSecret: 'b' } }, 'has no option "id"'],
  ])('ociDomain() throws for invalid options: %j', (over, sentence) => {
    expect(() => jwtVerifier(oci(over))).toThrow(sentence);
  });

  test('a verifier for a domain URL with plain http throws', () => {
    expect(() => jwtVerifier(oci({ url: URL_OF_DOMAIN.replace('https', 'http') }))).toThrow('must be an https address');
  });
});

describe('pingOneEnvironment', () => {
  const ping = (over: Partial<PingOneEnvironmentOptions> = {}) =>
    pingOneEnvironment({ environmentId: ENVIRONMENT, audience: 'reports', ...over });
  const issuer = `https://auth.pingone.com/${ENVIRONMENT}/as`;
  const real = { iss: issuer, aud: ['reports'], env: ENVIRONMENT };

  test('pingOneEnvironment() accepts a token of an environment and fetches its keys there', async () => {
    for (const header of [{ typ: 'at+jwt' }, {}]) {
      const { reason, asked } = await judge(ping(), real, header);
      expect(reason).toBe('accepted');
      expect(asked).toEqual([`${issuer}/jwks`]);
    }
  });

  test.each(['com', 'eu', 'ca', 'asia', 'com.au', 'sg'] as const)('accepts tokens of the region %s', async (region) => {
    const iss = `https://auth.pingone.${region}/${ENVIRONMENT}/as`;
    expect(await judge(ping({ region }), { ...real, iss })).toMatchObject({
      reason: 'accepted',
      asked: [`${iss}/jwks`],
    });
    const other = iss.replace(`pingone.${region}/`, 'pingone.example/');
    expect((await judge(ping({ region }), { ...real, iss: other })).reason).toBe('issuer_mismatch');
  });

  test('a custom domain replaces region and environment in the issuer', async () => {
    const custom = ping({ domain: 'login.example.com' });
    const iss = 'https://login.example.com/as';
    expect(await judge(custom, { ...real, iss })).toMatchObject({ reason: 'accepted', asked: [`${iss}/jwks`] });
    expect((await judge(custom, { ...real, iss, env: OTHER })).reason).toBe('tenant_mismatch');
    expect((await judge(custom, real)).reason).toBe('issuer_mismatch');
  });

  test('pingOneEnvironment() checks the env claim if the token has one', async () => {
    expect((await judge(ping(), { ...real, env: undefined })).reason).toBe('accepted');
    expect(await judge(ping(), { ...real, env: OTHER })).toMatchObject({
      reason: 'tenant_mismatch',
      detail: `The token's "env" is "${OTHER}"; expected "${ENVIRONMENT}".`,
    });
    expect((await judge(ping(), { ...real, env: null })).reason).toBe('tenant_mismatch');
  });

  test.each<[string, Readonly<Record<string, unknown>>, object, string]>([
    ['another environment’s issuer', { iss: issuer.replace(ENVIRONMENT, OTHER) }, {}, 'issuer_mismatch'],
    ['another resource', { aud: ['other'] }, {}, 'audience_mismatch'],
    ['another algorithm', {}, { alg: 'RS512' }, 'algorithm_not_allowed'],
    ['an ID token', { nonce: 'n', scope: undefined }, {}, 'not_an_access_token'],
  ])('pingOneEnvironment() rejects a token with %s', async (_, over, header, reason) => {
    expect((await judge(ping(), { ...real, ...over }, header)).reason).toBe(reason);
  });

  test('pingOneEnvironment() accepts one of several audiences', async () => {
    const two = ping({ audience: ['reports', 'bills'] });
    expect((await judge(two, { ...real, aud: ['bills'] })).reason).toBe('accepted');
    expect((await judge(two, { ...real, aud: ['bills'], env: OTHER })).reason).toBe('tenant_mismatch');
  });

  test.each<[Record<string, unknown>, string]>([
    [{ env: ENVIRONMENT }, 'pingOneEnvironment() has no option "env". Did you mean "environmentId"?'],
    [{ enviromentId: ENVIRONMENT }, 'Did you mean "environmentId"?'],
    [{ environmentId: undefined }, '"environmentId" must be a UUID in lower case'],
    [{ environmentId: ENVIRONMENT.toUpperCase() }, 'a UUID in lower case'],
    [{ environmentId: `${ENVIRONMENT}/../${OTHER}` }, 'a UUID in lower case'],
    [{ environmentId: [ENVIRONMENT] }, 'a UUID in lower case'],
    [{ environmentId: `${ENVIRONMENT}\n` }, 'a UUID in lower case'],
    [{ region: 'us' }, '"region" must be one of com, eu, ca, asia, com.au, sg'],
    [{ region: 'EU' }, '"region" must be one of'],
    [{ region: 'evil.example/' }, '"region" must be one of'],
    [{ domain: 'https://login.example.com' }, '"domain" must be a host name'],
    [{ domain: 'login.example.com/a' }, '"domain" must be a host name'],
    [{ domain: 'user@login.example.com' }, '"domain" must be a host name'],
    [{ domain: 'localhost' }, '"domain" must be a host name'],
    [{ region: 'eu', domain: 'login.example.com' }, '"region" or "domain", not both'],
    [{ audience: undefined }, '"audience" must be a string or a list of strings'],
    [{ audience: [] }, '"audience" must be a string or a list of strings'],
    [{ audience: ['a', ''] }, '"audience" must be a string or a list of strings'],
  ])('pingOneEnvironment() throws for invalid options: %j', (over, sentence) => {
    expect(() => ping(over)).toThrow(sentence);
  });
});
