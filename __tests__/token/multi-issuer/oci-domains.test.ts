import {
  type AccessToken,
  multiIssuerVerifier,
  ociDomain,
  ociDomains,
  type TokenVerifier,
  VerifierUnavailableError,
} from 'scopegate';
import { type TestIssuer, testIssuer } from 'scopegate/testing';
import { detailOf, reasonOf } from '../../support/tokens.js';

const audience = 'https://orders.example/';
const [first, second, third] = ['idcs-1', 'idcs-2', 'idcs-3'].map((tenant) =>
  testIssuer({ url: `https://${tenant}.identity.oraclecloud.com`, tenant, audience }),
) as [TestIssuer, TestIssuer, TestIssuer];

function internet(...down: readonly TestIssuer[]) {
  const fetched: string[] = [];
  const fetch = async (url: string) => {
    fetched.push(url);
    const issuer = [first, second, third].find(({ jwksUri }) => jwksUri === url);
    if (issuer === undefined || down.includes(issuer)) throw new TypeError('fetch failed');
    return issuer.fetch(url);
  };
  return { fetched, fetch };
}

const domains = [first, second].map(({ url, tenant }) => ({ url, tenant, audience }));
const ask = async (verifier: TokenVerifier, token: string) => verifier.verify({ scheme: 'bearer', token });

test('ociDomains() with several domains verifies the tokens of each with its own keys', async () => {
  const { fetched, fetch } = internet();
  const verifier = ociDomains(domains, { fetch });

  const accepted = await Promise.all(
    [first, second].map((issuer) => ask(verifier, issuer.token()) as Promise<AccessToken>),
  );

  expect(accepted.map(({ payload }) => payload.tenant)).toEqual(['idcs-1', 'idcs-2']);
  expect(accepted[0]?.verifier).not.toBe(accepted[1]?.verifier);
  expect(fetched.toSorted()).toEqual([first.jwksUri, second.jwksUri]);
});

test.each([
  ['the other domain signs for a tenant', second.token({ tenant: 'idcs-1' }), 'key_unknown'],
  ['the token is of a third tenant', third.token(), 'tenant_mismatch'],
  ['the token names no tenant', first.token({ tenant: undefined }), 'tenant_mismatch'],
  ['the tenant is a list', first.token({ tenant: ['idcs-1', 'idcs-2'] }), 'tenant_mismatch'],
  ['the token is for another audience', first.token({ aud: 'https://else.example/' }), 'audience_mismatch'],
])('ociDomains() with several domains refuses a token where %s', async (_, token, reason) => {
  const verifier = ociDomains(domains, { fetch: internet().fetch });

  expect(reasonOf(await ask(verifier, token))).toBe(reason);
});

test('the record of an unknown tenant names it, and no key is fetched for it', async () => {
  const { fetched, fetch } = internet();

  const verdict = await ask(ociDomains(domains, { fetch }), third.token());

  expect(detailOf(verdict)).toBe(
    'The token\'s "tenant" is "idcs-3"; the verifiers of its issuer take "idcs-1", "idcs-2".',
  );
  expect(fetched).toEqual([]);
});

test('an outage of one domain is an outage for its own tokens only', async () => {
  const verifier = ociDomains(domains, { fetch: internet(second).fetch });

  await expect(ask(verifier, second.token())).rejects.toThrow(VerifierUnavailableError);
  expect(reasonOf(await ask(verifier, first.token()))).toBe('accepted');
});

test('what the domains share applies to each', async () => {
  const verifier = ociDomains(domains, { fetch: internet().fetch, clockTolerance: 7200 });

  for (const issuer of [first, second]) expect(reasonOf(await ask(verifier, issuer.expiredToken()))).toBe('accepted');
});

test.each<[string, () => unknown, RegExp]>([
  ['an empty list', () => ociDomains([]), /"domains" must be a list of \{ url, tenant \}/],
  ['a domain without a tenant', () => ociDomains([{ url: first.url } as never]), /needs the "tenant"/],
  ['one tenant twice', () => ociDomains([domains[0], domains[0]] as never), /two verifiers take the tokens of/],
  ['a single domain', () => ociDomains(domains[0] as never), /"domains" must be a list of \{ url, tenant \}/],
  ['a shared audience', () => ociDomains(domains, { audience } as never), /"audience" belongs to each domain/],
  ['a shared issuer', () => ociDomains(domains, { issuer: 'x' } as never), /"issuer" belongs to each domain/],
  ['a misspelt shared option', () => ociDomains(domains, { fetsh: fetch } as never), /Did you mean "fetch"/],
])('ociDomains() throws for %s', (_, declare, sentence) => {
  expect(declare).toThrow(TypeError);
  expect(declare).toThrow(sentence);
});

test('ociDomain() with a list names the function for it', () => {
  expect(() => ociDomain(domains as never)).toThrow(
    'ociDomain() takes one domain. For a list of them write ociDomains([…]).',
  );
});

test('a verifier of several domains is one of a larger group', async () => {
  const { fetch } = internet();
  const verifier = multiIssuerVerifier([
    ociDomains(domains, { fetch }),
    ociDomains(
      [{ ...third, audience }].map(({ url, tenant }) => ({ url, tenant, audience })),
      { fetch },
    ),
  ]);

  for (const issuer of [first, second, third]) expect(reasonOf(await ask(verifier, issuer.token()))).toBe('accepted');
});
