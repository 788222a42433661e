import { jwtVerifier, ociDomain, type TokenVerifier } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import { json, keyServer } from '../../support/key-server.js';
import { detailOf, type SigningKey, signingKey } from '../../support/tokens.js';
import { ask, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

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

describe.each(['x5t', 'x5t#S256'] as const)('keys with the same kid, distinguished by %s', (thumbprint) => {
  test('finds each of seventeen keys by its thumbprint', async () => {
    const verifier = await verifierWith(labelled(thumbprint, seventeen));

    const tokens = seventeen.map((key, i) => tokenOf(key, { [thumbprint]: `certificate-${i}` }));
    expect(await Promise.all(tokens.map((token) => outcomeOf(verifier, token)))).toEqual(
      seventeen.map(() => 'accepted'),
    );
  });

  test('the thumbprint of another key does not replace a valid signature', async () => {
    const verifier = await verifierWith(labelled(thumbprint, [first, second]));
    const stranger = signingKey('ES256', KID);

    expect(await outcomeOf(verifier, tokenOf(stranger, { [thumbprint]: 'certificate-1' }))).toBe('signature_invalid');
    expect(await outcomeOf(verifier, tokenOf(second, { [thumbprint]: 'certificate-0' }))).toBe('accepted');
  });

  test('reports an unknown key for an unknown thumbprint', async () => {
    const verifier = await verifierWith(labelled(thumbprint, [first]));
    const verdict = await ask(verifier, tokenOf(second, { [thumbprint]: 'certificate-1' }));

    expect(verdict).toMatchObject({ ok: false, reason: 'key_unknown' });
    expect(detailOf(verdict)).toContain(
      'key with the kid "SIGNING_KEY" has another certificate than the token names ("certificate-1")',
    );
  });

  test('reports an unknown key for an unknown thumbprint of a token without kid', async () => {
    const verifier = await verifierWith(labelled(thumbprint, [first]));
    const verdict = await ask(verifier, tokenOf(second, { kid: undefined, [thumbprint]: 'certificate-1' }));

    expect(verdict).toMatchObject({ ok: false, reason: 'key_unknown' });
    expect(detailOf(verdict)).toContain('keys with the algorithm of the token have another certificate');
  });
});

test('prefers x5t#S256 if the two thumbprints contradict each other', async () => {
  const keys = seventeen.map(({ jwk }, i) => ({ ...jwk, x5t: `sha1-${16 - i}`, 'x5t#S256': `sha256-${i}` }));
  const verifier = await verifierWith({ keys });

  expect(await outcomeOf(verifier, tokenOf(last, { x5t: 'sha1-16', 'x5t#S256': 'sha256-16' }))).toBe('accepted');
});

test('tries up to sixteen keys of one kid without thumbprints', async () => {
  const verifier = await verifierWith(published(...seventeen));

  const outcomes = await Promise.all(seventeen.map((key) => outcomeOf(verifier, tokenOf(key))));
  expect(outcomes).toEqual([...Array(16).fill('accepted'), 'signature_invalid']);
});

test('counts a key once that is published several times', async () => {
  const verifier = await verifierWith(published(...Array(16).fill(first), second));

  expect(await outcomeOf(verifier, tokenOf(first))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(second))).toBe('accepted');
});

test('ignores thumbprints present only in the token or only in the key set', async () => {
  const bare = await verifierWith(published(first, second));
  expect(await outcomeOf(bare, tokenOf(second, { x5t: 'certificate-1', 'x5t#S256': 'certificate-1' }))).toBe(
    'accepted',
  );

  const labelledOnly = await verifierWith(labelled('x5t#S256', [first, second]));
  expect(await outcomeOf(labelledOnly, tokenOf(second))).toBe('accepted');
  expect(await outcomeOf(labelledOnly, tokenOf(third))).toBe('signature_invalid');
});

test('uses x5t if the token has no x5t#S256', async () => {
  const keys = seventeen.map(({ jwk }, i) => ({ ...jwk, x5t: `sha1-${i}`, 'x5t#S256': `sha256-${i}` }));
  const verifier = await verifierWith({ keys });

  expect(await outcomeOf(verifier, tokenOf(last, { x5t: 'sha1-16' }))).toBe('accepted');
});

test.each([17, null, {}, ['certificate-0']])('ignores an invalid thumbprint of %j in the token', async (x5t) => {
  const verifier = await verifierWith(labelled('x5t', [first, second]));

  expect(await outcomeOf(verifier, tokenOf(second, { x5t }))).toBe('accepted');
});

test.each([17, null, {}])('ignores an invalid thumbprint of %j in the key set', async (x5t) => {
  const verifier = await verifierWith({ keys: [{ ...first.jwk, x5t, 'x5t#S256': x5t }] });
  const named = { x5t: 'certificate-0', 'x5t#S256': 'certificate-0' };

  expect(await outcomeOf(verifier, tokenOf(first, named))).toBe('accepted');
  expect(await outcomeOf(verifier, tokenOf(second, named))).toBe('signature_invalid');
});

test('the detail names the key that does not verify the signature', async () => {
  const verifier = await verifierWith({ keys: [first.jwk] });

  expect(detailOf(await ask(verifier, tokenOf(second)))).toBe(
    'The signature does not verify with the key that the token names (kid "SIGNING_KEY").',
  );
});

describe('a token without kid', () => {
  test('tries a token without kid with the keys of its algorithm', async () => {
    const rsa = signingKey('RS256', 'rsa');
    const verifier = await verifierWith({ keys: [rsa.jwk, { ...first.jwk, kid: 'a' }, { ...second.jwk, kid: 'b' }] });

    expect(await outcomeOf(verifier, tokenOf(second, { kid: undefined }))).toBe('accepted');
    expect(await outcomeOf(verifier, tokenOf(rsa, { kid: undefined }))).toBe('accepted');
    expect(await outcomeOf(verifier, tokenOf(third, { kid: undefined }))).toBe('signature_invalid');
  });

  const named = seventeen.map(({ jwk }, i) => ({ ...jwk, kid: `${i}` }));
  const without = { kid: undefined };

  test('accepts a token without kid of each of sixteen keys, with one fetch in all', async () => {
    const server = await keyServer(json({ keys: named.slice(0, 16) }));
    const verifier = verifierOf(server);

    for (const key of seventeen.slice(0, 16)) expect(await outcomeOf(verifier, tokenOf(key, without))).toBe('accepted');
    expect(server.requests).toHaveLength(1);
  });

  test('counts only the keys of the algorithm of the token', async () => {
    const others = Array.from({ length: 20 }, (_, i) => ({ ...signingKey('EdDSA', `${i}`).jwk }));
    const verifier = await verifierWith({ keys: [...others, ...named.slice(0, 16)] });

    expect(await outcomeOf(verifier, tokenOf(seventeen[15] as SigningKey, without))).toBe('accepted');
  });

  test.each([
    ['a token without kid', named, without, 'The token names no key ("kid")'],
    ['a token with the kid of them all', seventeen.map(({ jwk }) => jwk), {}, 'The token names the kid "SIGNING_KEY"'],
  ])('rejects %s of the seventeenth key without another fetch', async (_, keys, header, start) => {
    const server = await keyServer(json({ keys }));
    const verifier = verifierOf(server);

    for (let i = 0; i < 5; i++) {
      const verdict = await ask(verifier, tokenOf(last, header));
      expect(verdict).toMatchObject({ ok: false, reason: 'signature_invalid' });
      expect(detailOf(verdict)).toBe(
        `${start}, which fits 17 keys of the issuer; none of the first 16 verifies its signature, and no more are tried.`,
      );
    }
    expect(server.requests).toHaveLength(1);
  });

  test('finds the seventeenth key by its thumbprint', async () => {
    const verifier = await verifierWith(labelled('x5t#S256', seventeen));

    expect(await outcomeOf(verifier, tokenOf(last, { ...without, 'x5t#S256': 'certificate-16' }))).toBe('accepted');
  });

  test('fetches again for a token without kid where a newer key could verify it', async () => {
    const server = await keyServer(json({ keys: named.slice(0, 5) }));
    const verifier = verifierOf(server);
    expect(await outcomeOf(verifier, tokenOf(first, without))).toBe('accepted');

    server.answer = json({ keys: [...named.slice(0, 5), { ...last.jwk, kid: 'new' }] });
    expect(await outcomeOf(verifier, tokenOf(last, without))).toBe('accepted');
    expect(server.requests).toHaveLength(2);
  });

  test.each([
    [1, 'the one key'],
    [3, 'any of the 3 keys'],
  ])('the detail says that %i keys were tried', async (count, which) => {
    const verifier = await verifierWith({ keys: named.slice(0, count) });

    expect(detailOf(await ask(verifier, tokenOf(last, without)))).toBe(
      `The token names no key ("kid"), and its signature does not verify with ${which} of the issuer for "ES256".`,
    );
  });

  test('finds a key without kid only for a token without kid', async () => {
    const verifier = await verifierWith({ keys: [{ ...first.jwk, kid: undefined }] });

    expect(await outcomeOf(verifier, tokenOf(first, { kid: undefined }))).toBe('accepted');
    expect(await outcomeOf(verifier, tokenOf(first))).toBe('key_unknown');
  });
});

test.each(['', '__proto__', 'constructor', '../first', 'first\u0000', 'FIRST', 'x'.repeat(50_000)])(
  '8725-10: the kid %.20j finds only the key of exactly that kid',
  async (kid) => {
    const named = { ...first.jwk, kid: 'first' };
    const verifier = await verifierWith({ keys: [named] });
    expect(await outcomeOf(verifier, tokenOf(first, { kid }))).toBe('key_unknown');

    const same = await verifierWith({ keys: [named, { ...second.jwk, kid }] });
    expect(await outcomeOf(same, tokenOf(second, { kid }))).toBe('accepted');
  },
);

test('distinguishes the old and new key of a domain that publishes both', async () => {
  const issuer = testIssuer();
  const before = issuer.token();
  issuer.rotateKeys({ keepOld: true });
  const server = await keyServer(issuer.keyEndpoint);
  const verifier = jwtVerifier(ociDomain({ url: server.url, tenant: issuer.tenant }));

  expect(await outcomeOf(verifier, before)).toBe('accepted');
  expect(await outcomeOf(verifier, issuer.token())).toBe('accepted');
  expect(server.requests).toHaveLength(1);
});
