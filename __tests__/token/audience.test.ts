import { ACCOUNT_AUDIENCE } from '../../lib/scope/grammar.js';
import type { JwtPayload } from '../../lib/token/access-token.js';
import { type Audience, accountAudience, tagAudience, toAudienceRule } from '../../lib/token/audience.js';
import { checkClaims } from '../../lib/token/jwt/claims.js';
import { claims, detailOf, ISSUER, NOW } from '../support/tokens.js';

const TAG = 'urn:opc:resource:scope:tag=';
const TENANT = 'idcs-0a1b';
const green = { key: 'color', value: 'green' };

function rejectionOf(audience: Audience | readonly Audience[], over: Readonly<Record<string, unknown>>) {
  const audiences = [audience].flat().map((each) => toAudienceRule('jwtVerifier()', each as Audience));
  const policy = { issuers: [ISSUER], audiences, times: { clockTolerance: 5, futureTolerance: 60 }, required: [] };
  return checkClaims(claims(over) as JwtPayload, policy, NOW);
}

function check(audience: Audience | readonly Audience[], over: Readonly<Record<string, unknown>>): string | undefined {
  return rejectionOf(audience, over)?.reason;
}

function tagged(content: unknown, encoding: BufferEncoding = 'base64'): string {
  const json = typeof content === 'string' ? content : JSON.stringify(content);
  return TAG + Buffer.from(json).toString(encoding);
}

describe('accountAudience', () => {
  const account = accountAudience({ tenant: TENANT });

  test('OPC-4: accepts the account audience with the configured tenant', () => {
    expect(check(account, { aud: ACCOUNT_AUDIENCE, tenant: TENANT })).toBeUndefined();
    expect(check(account, { aud: ['other', ACCOUNT_AUDIENCE], tenant: TENANT })).toBeUndefined();
  });

  test.each([
    ['idcs-other'],
    [TENANT.toUpperCase()],
    [`${TENANT} `],
    [undefined],
    [null],
    [[TENANT]],
    ['unchecked'],
    [''],
  ])('OPC-4: rejects another tenant: %j', (tenant) => {
    expect(check(account, { aud: ACCOUNT_AUDIENCE, tenant })).toBe('tenant_mismatch');
  });

  test('OPC-4: no other claim replaces the tenant claim', () => {
    const others = { tenant: undefined, client_tenantname: TENANT, user_tenantname: TENANT, domain_id: TENANT };
    expect(check(account, { aud: ACCOUNT_AUDIENCE, ...others })).toBe('tenant_mismatch');
  });

  test('the detail names the tenant claim that differs', () => {
    const rejection = rejectionOf(account, { aud: ACCOUNT_AUDIENCE, tenant: 'idcs-other' });
    expect(detailOf(rejection)).toBe('The token\'s "tenant" is "idcs-other"; expected "idcs-0a1b".');
    expect(detailOf(rejectionOf(account, { aud: ACCOUNT_AUDIENCE }))).toContain('"tenant" is missing; expected');
  });

  test.each([[`${ACCOUNT_AUDIENCE}s`], [ACCOUNT_AUDIENCE.toUpperCase()], ['urn:opc:resource:scope'], ['']])(
    'rejects another audience even if the tenant matches: %s',
    (aud) => {
      expect(check(account, { aud, tenant: TENANT })).toBe('audience_mismatch');
    },
  );

  test('tenant: "unchecked" accepts every tenant', () => {
    const everyone = accountAudience({ tenant: 'unchecked' });
    expect(check(everyone, { aud: ACCOUNT_AUDIENCE, tenant: 'idcs-other' })).toBeUndefined();
    expect(check(everyone, { aud: ACCOUNT_AUDIENCE })).toBeUndefined();
  });

  test.each(['Unchecked', 'UNCHECKED', ' unchecked', 'any', '*'])(
    'no other value disables the tenant check: %j',
    (tenant) => {
      expect(check(accountAudience({ tenant }), { aud: ACCOUNT_AUDIENCE, tenant: 'idcs-other' })).toBe(
        'tenant_mismatch',
      );
    },
  );

  test.each([[undefined], [null], [''], [false], [['idcs-0a1b']], [{}]])('throws for the tenant %j', (tenant) => {
    expect(() => accountAudience({ tenant } as never)).toThrow(/needs the "tenant".*say tenant: 'unchecked'/);
  });

  test('accountAudience() suggests the right name for a misspelt option', () => {
    expect(() => accountAudience({ tennant: TENANT } as never)).toThrow('no option "tennant". Did you mean "tenant"?');
    expect(() => accountAudience(TENANT as never)).toThrow('takes an object of options');
    expect(() => accountAudience(undefined as never)).toThrow('takes an object of options');
  });
});

describe('tagAudience', () => {
  const resource = tagAudience({ tags: [green, { key: 'stage', value: '' }], tenant: TENANT });
  const accepted = (aud: unknown) => check(resource, { aud, tenant: TENANT });

  test('accepts a token with one of several tags', () => {
    expect(accepted(tagged({ tags: [{ key: 'color', value: 'blue' }, green] }))).toBeUndefined();
    expect(accepted([tagged({ tags: [] }), tagged({ tags: [green] })])).toBeUndefined();
    expect(accepted(tagged({ tags: [{ key: 'stage', value: '' }] }))).toBeUndefined();
    expect(accepted(tagged({ tags: [null, 1, 'color', { key: 'color' }, green] }))).toBeUndefined();
  });

  test('decodes the sample of the Oracle documentation with its irregular white space', () => {
    const sample = `${TAG}eyAidGFncyI6WyB7ICJrZXkiOiJjb2xvciIsInZhbHVlIjoiZ3JlZW4ifSAsICB7ICJrZXkiOiJjb2xvciIsInZhbHVlIjoiYmx1ZSJ9IF19`;
    expect(accepted(sample)).toBeUndefined();
    expect(accepted(`${sample}=`)).toBeUndefined();
    expect(
      check(tagAudience({ tags: [{ key: 'color', value: 'red' }], tenant: TENANT }), { aud: sample, tenant: TENANT }),
    ).toBe('audience_mismatch');
  });

  test.each<BufferEncoding>(['base64', 'base64url'])('decodes %s tags with non-ASCII text', (encoding) => {
    const czech = tagAudience({ tags: [{ key: 'barva', value: 'žlutá>>>???' }], tenant: TENANT });
    expect(
      check(czech, { aud: tagged({ tags: [{ key: 'barva', value: 'žlutá>>>???' }] }, encoding), tenant: TENANT }),
    ).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['another value', tagged({ tags: [{ key: 'color', value: 'blue' }] })],
    ['another key', tagged({ tags: [{ key: 'colour', value: 'green' }] })],
    ['key and value exchanged', tagged({ tags: [{ key: 'green', value: 'color' }] })],
    ['other letter case', tagged({ tags: [{ key: 'Color', value: 'Green' }] })],
    ['a pair put together from two', tagged({ tags: [{ key: 'color' }, { value: 'green' }] })],
    ['white space in the value', tagged({ tags: [{ key: 'color', value: ' green' }] })],
    ['a value that is no string', tagged({ tags: [{ key: 'color', value: ['green'] }] })],
    ['a pair as text', tagged({ tags: ['color=green'] })],
    ['null as a pair', tagged({ tags: [null] })],
    ['no tags', tagged({ tags: [] })],
    ['tags as an object', tagged({ tags: { color: 'green' } })],
    ['tags elsewhere', tagged({ __proto__: null, tag: [green] })],
    ['tags in the prototype', tagged('{"__proto__":{"tags":[{"key":"color","value":"green"}]}}')],
    ['a list', tagged([green])],
    ['null', tagged('null')],
    ['a number', tagged('1')],
    ['no JSON', tagged('color=green')],
    ['JSON cut short', tagged('{"tags":[{"key":"color","value":"green"}')],
    ['no base64', `${TAG}{"tags":[{"key":"color","value":"green"}]}`],
    ['nothing', TAG],
    ['another prefix', tagged({ tags: [green] }).replace('tag=', 'tags=')],
    ['the prefix in capitals', tagged({ tags: [green] }).replace('urn', 'URN')],
    ['the account audience', ACCOUNT_AUDIENCE],
    ['deep nesting', tagged(`{"tags":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)],
  ])('rejects an audience without a matching tag: %s', (_, aud) => {
    expect(accepted(aud)).toBe('audience_mismatch');
  });

  test('OPC-4: accepts tags only with the configured tenant', () => {
    const aud = tagged({ tags: [green] });
    expect(check(resource, { aud, tenant: 'idcs-other' })).toBe('tenant_mismatch');
    expect(check(resource, { aud })).toBe('tenant_mismatch');
    expect(check(tagAudience({ tags: [green], tenant: 'unchecked' }), { aud })).toBeUndefined();
  });

  test('the detail names the expected tags', () => {
    expect(detailOf(rejectionOf(resource, { aud: 'other' }))).toContain(
      'expected urn:opc:resource:scope:tag=… with color=green',
    );
  });

  test.each([
    [undefined],
    [[]],
    ['color=green'],
    [[{ key: 'color' }]],
    [[{ key: '', value: 'a' }]],
    [[null]],
    [[green, 'a']],
  ])('tagAudience() throws for invalid tags: %j', (tags) => {
    expect(() => tagAudience({ tags, tenant: TENANT } as never)).toThrow('"tags" must be a list of { key, value }');
  });

  test('tagAudience() throws for a missing tenant or a misspelt option', () => {
    expect(() => tagAudience({ tags: [green] } as never)).toThrow(/^tagAudience\(\).* needs the "tenant"/);
    expect(() => tagAudience({ tag: [green], tenant: TENANT } as never)).toThrow('Did you mean "tags"?');
  });
});

describe('an audience given as a bare string', () => {
  test.each([
    ACCOUNT_AUDIENCE,
    ACCOUNT_AUDIENCE.toUpperCase(),
    'URN:OPC:resource:scope:account',
    ` ${ACCOUNT_AUDIENCE}`,
    `${ACCOUNT_AUDIENCE}\n`,
    `\u00a0${ACCOUNT_AUDIENCE}\t`,
  ])('OPC-4: the account audience as a string throws and suggests accountAudience(): %j', (audience) => {
    expect(() => toAudienceRule('jwtVerifier()', audience)).toThrow('Say accountAudience({ tenant }).');
  });

  test.each([TAG, tagged({ tags: [green] }), ` ${TAG.toUpperCase()}`])('throws for a tag audience: %j', (audience) => {
    expect(() => toAudienceRule('jwtVerifier()', audience)).toThrow('Say tagAudience({ tags, tenant }).');
  });

  test.each([[undefined], [null], [''], [1], [{}], [{ accepts: true }], [/./]])(
    'any other invalid audience throws: %j',
    (audience) => {
      expect(() => toAudienceRule('jwtVerifier()', audience as never)).toThrow(
        '"audience" must be a string, accountAudience(…)',
      );
    },
  );

  test('a string audience must match exactly', () => {
    expect(check('http://rs.example/', { aud: 'http://rs.example/' })).toBeUndefined();
    for (const aud of ['http://rs.example', 'http://RS.example/', 'http://rs.example/ ', 'http://rs.example/read']) {
      expect(check('http://rs.example/', { aud })).toBe('audience_mismatch');
    }
  });
});

test('accepts one of several audiences, each with its own tenant only', () => {
  const two = [
    accountAudience({ tenant: TENANT }),
    tagAudience({ tags: [green], tenant: 'idcs-2' }),
    'http://rs.example/',
  ];
  expect(check(two, { aud: 'http://rs.example/' })).toBeUndefined();
  expect(check(two, { aud: ACCOUNT_AUDIENCE, tenant: 'idcs-2' })).toBe('tenant_mismatch');
  expect(check(two, { aud: tagged({ tags: [green] }), tenant: 'idcs-2' })).toBeUndefined();
  expect(check(two, { aud: tagged({ tags: [green] }), tenant: TENANT })).toBe('tenant_mismatch');
  expect(detailOf(rejectionOf(two, { aud: 'x' }))).toContain(
    `${ACCOUNT_AUDIENCE} or ${TAG}… with color=green or http://rs`,
  );
});
