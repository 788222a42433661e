import { jwtVerifier, ociDomain, type TokenVerifier } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { json, keyServer } from '../../support/key-server.js';
import { detailOf, type SigningKey, signingKey } from '../../support/tokens.js';
import { ask, outcomeOf, published, tokenOf, verifierOf } from './setting.js';

const KID = 'SIGNING_KEY';
/** More than are tried with one token. */
const seventeen = Array.from({ length: 17 }, () => signingKey('ES256', KID));
const [first, second, third] = seventeen as [SigningKey, SigningKey, SigningKey];
const last = seventeen.at(-1) as SigningKey;

function labelled(thumbprint: 'x5t' | 'x5t#S256', keys: readonly SigningKey[]) {
  return { keys: keys.map(({ jwk }, i) => ({ ...jwk, [thumbprint]: `certificate-${i}` })) };
}

async function verifierWith(keySet: object): Promise<TokenVerifier> {
  return verifierOf(await keyServer(json(keySet)));
}

describe.each(['x5t', 'x5t#S256'] as const)('keys that share one kid are told apart by %s', (thumbprint) => {
  test('so that each of seventeen is found', async () => {
    const verifier = await verifierWith(labelled(thumbprint, seventeen));

    const tokens = seventeen.map((key, i) => tokenOf(key, { [thumbprint]: `certificate-${i}` }));
    expect(await Promise.all(tokens.map((token) => outcomeOf(verifier, token)))).toEqual(
      seventeen.map(() => 'accepted'),
    );
  });

  test('but the signature decides: the thumbprint of another key makes no token good', async () => {
    const verifier = await verifierWith(labelled(thumbprint, [first, second]));
    const stranger = signingKey('ES256', KID);

    expect(await outcomeOf(verifier, tokenOf(stranger, { [thumbprint]: 'certificate-1' }))).toBe('signature_invalid');
    expect(await outcomeOf(verifier, tokenOf(second, { [thumbprint]: 'certificate-0' }))).toBe('accepted');
  });

  test('and a thumbprint that no key has is a key that is not known', async () => {
    const verifier = await verifierWith(labelled(thumbprint, [first]));
    const verdict = await ask(verifier, tokenOf(second, { [thumbprint]: 'certificate-1' }));

    expect(verdict).toMatchObject({ rejected: 'key_unknown' });
    expect(detailOf(verdict)).toContain('key with the kid "SIGNING_KEY" has another certificate');
  });
});

test('where the two thumbprints contradict each other, the stronger one is believed', async () => {
  const keys = seventeen.map(({ jwk }, i) => ({ ...jwk, x5t: `sha1-${16 - i}`, 'x5t#S256': `sha256-${i}` }));
  const verifier = await verifierWith({ keys });

  expect(await outcomeOf(verifier, tokenOf(last, { x5t: 'sha1-16', 'x5t#S256': 'sha256-16' }))).toBe('accepted');
});

test('without thumbprints up to sixteen keys of one kid are tried', async () => {
  const verifier = await verifierWith(published(...seventeen));

  const outcomes = await Promise.all(seventeen.map((key) => outcomeOf(verifier, tokenOf(key))));
  expect(outcomes).toEqual([...Array(16).fill('accepted'), 'signature_invalid']);
});

test('a key that is published several times counts once', async () => {
  const verifier = await verifierWith(published(...Array(16).fill(first), second));

  expect(await outcomeOf(verifier, tokenOf(first))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(second))).toBe('accepted');
});

test('thumbprints in the token only, or in the key set only, do no harm', async () => {
  const bare = await verifierWith(published(first, second));
  expect(await outcomeOf(bare, tokenOf(second, { x5t: 'certificate-1', 'x5t#S256': 'certificate-1' }))).toBe(
    'accepted',
  );

  const labelledOnly = await verifierWith(labelled('x5t#S256', [first, second]));
  expect(await outcomeOf(labelledOnly, tokenOf(second))).toBe('accepted');
  expect(await outcomeOf(labelledOnly, tokenOf(third))).toBe('signature_invalid');
});

test('where the key set has both thumbprints and the token the weaker one, that tells the keys apart', async () => {
  const keys = seventeen.map(({ jwk }, i) => ({ ...jwk, x5t: `sha1-${i}`, 'x5t#S256': `sha256-${i}` }));
  const verifier = await verifierWith({ keys });

  expect(await outcomeOf(verifier, tokenOf(last, { x5t: 'sha1-16' }))).toBe('accepted');
});

test.each([17, null, {}, ['certificate-0']])('a thumbprint of %j in the token does no harm', async (x5t) => {
  const verifier = await verifierWith(labelled('x5t', [first, second]));

  expect(await outcomeOf(verifier, tokenOf(second, { x5t }))).toBe('accepted');
});

test.each([17, null, {}])('a thumbprint of %j in the key set counts as none', async (x5t) => {
  const verifier = await verifierWith({ keys: [{ ...first.jwk, x5t, 'x5t#S256': x5t }] });
  const named = { x5t: 'certificate-0', 'x5t#S256': 'certificate-0' };

  expect(await outcomeOf(verifier, tokenOf(first, named))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(second, named))).toBe('signature_invalid');
});

describe('a token without kid', () => {
  test('is tried with the keys of its algorithm', async () => {
    const rsa = signingKey('RS256', 'rsa');
    const verifier = await verifierWith({ keys: [rsa.jwk, { ...first.jwk, kid: 'a' }, { ...second.jwk, kid: 'b' }] });

    expect(await outcomeOf(verifier, tokenOf(second, { kid: undefined }))).toBe('accepted');
    expect(await outcomeOf(verifier, tokenOf(rsa, { kid: undefined }))).toBe('accepted');
    expect(await outcomeOf(verifier, tokenOf(third, { kid: undefined }))).toBe('signature_invalid');
  });

  test('is tried with no more than four of them', async () => {
    const verifier = await verifierWith(published(...seventeen));

    const outcomes = seventeen.slice(0, 5).map((key) => outcomeOf(verifier, tokenOf(key, { kid: undefined })));
    expect(await Promise.all(outcomes)).toEqual([...Array(4).fill('accepted'), 'signature_invalid']);
  });

  test('finds a key without kid, which a token with a kid does not', async () => {
    const verifier = await verifierWith({ keys: [{ ...first.jwk, kid: undefined }] });

    expect(await outcomeOf(verifier, tokenOf(first, { kid: undefined }))).toBe('accepted');
    expect(await outcomeOf(verifier, tokenOf(first))).toBe('key_unknown');
  });
});

test.each(['', '__proto__', 'constructor', '../first', 'first\u0000', 'FIRST', 'x'.repeat(50_000)])(
  '8725-10: the kid %.20j finds nothing but the key of that name',
  async (kid) => {
    const named = { ...first.jwk, kid: 'first' };
    const verifier = await verifierWith({ keys: [named] });
    expect(await outcomeOf(verifier, tokenOf(first, { kid }))).toBe('key_unknown');

    const same = await verifierWith({ keys: [named, { ...second.jwk, kid }] });
    expect(await outcomeOf(same, tokenOf(second, { kid }))).toBe('accepted');
  },
);

test('the keys of a domain that rotates and publishes both are told apart', async () => {
  const issuer = testIssuer();
  const before = issuer.token();
  issuer.rotateKeys({ keepOld: true });
  const server = await keyServer(issuer.keyEndpoint);
  const verifier = jwtVerifier(ociDomain({ url: server.url, tenant: issuer.tenant }));

  expect(await outcomeOf(verifier, before)).toBe('accepted');
  expect(await outcomeOf(verifier, issuer.token())).toBe('accepted');
  expect(server.requests).toHaveLength(1);
});
