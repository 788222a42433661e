import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { jwtVerifier } from 'scopegate';
import { json, keyServer } from '../../support/key-server.js';
import { AUDIENCE, claims, ISSUER, signingKey } from '../../support/tokens.js';
import { MovableClock, outageOf, outcomeOf, tokenOf, verifierOf } from './fixtures/setting.js';

const RSA = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const EC = ['ES256', 'ES384', 'ES512'];
const ALL = [...RSA, ...EC, 'EdDSA'];

interface JoseKey {
  readonly jwk: JsonWebKey;
  token(header?: object): Promise<string>;
}

const KINDS: Readonly<Record<string, { publicKey: KeyObject; privateKey: KeyObject }>> = {
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
};

/** All RSA algorithms have the same key, so that nothing but its "alg" tells them apart. */
function key(alg: string): JoseKey {
  const { publicKey, privateKey } = (KINDS[alg] ?? KINDS.RSA) as { publicKey: KeyObject; privateKey: KeyObject };
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' },
    token: (header) =>
      new SignJWT(claims()).setProtectedHeader({ typ: 'at+jwt', alg, kid: alg, ...header }).sign(privateKey),
  };
}

function jwks(...members: readonly JsonWebKey[]) {
  return keyServer(json({ keys: members }));
}

test.each(ALL)('verifies a token that jose signed with %s', async (alg) => {
  const server = await jwks(...ALL.map((each) => key(each).jwk));

  expect(await outcomeOf(verifierOf(server), await key(alg).token())).toBe('accepted');
});

test.each(ALL)(
  'rejects a token that jose signed with %s if its signature has another length or is out of range',
  async (alg) => {
    const server = await jwks(key(alg).jwk);
    const verifier = verifierOf(server);
    const [header, payload, signature] = (await key(alg).token()).split('.') as [string, string, string];
    const bytes = Buffer.from(signature, 'base64url');
    const bad = [
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0), bytes]),
      Buffer.alloc(bytes.length),
      Buffer.alloc(bytes.length, 0xff),
      Buffer.of(0),
    ].map((each) => each.toString('base64url'));
    const outcomes = await Promise.all(bad.map((each) => outcomeOf(verifier, `${header}.${payload}.${each}`)));
    expect(outcomes).toEqual(bad.map(() => 'signature_invalid'));
  },
);

test.each([...EC, 'EdDSA'])('derives the algorithm %s from the curve of a key without "alg"', async (alg) => {
  const { alg: _, ...jwk } = key(alg).jwk;

  expect(await outcomeOf(verifierOf(await jwks(jwk)), await key(alg).token())).toBe('accepted');
});

test('uses an Ed448 key for EdDSA', async () => {
  const ed448 = signingKey('EdDSA', 'ed448', generateKeyPairSync('ed448'));

  expect(ed448.jwk.crv).toBe('Ed448');
  expect(await outcomeOf(verifierOf(await jwks(ed448.jwk)), tokenOf(ed448))).toBe('accepted');
});

describe('RFC 9864: the fully specified names of EdDSA', () => {
  const ed448 = signingKey('EdDSA', 'ed448', generateKeyPairSync('ed448'));
  const ed25519 = signingKey('EdDSA', 'ed25519');
  const judge = async (alg: string, jwk: object, signer = ed25519, algorithms?: readonly string[]) => {
    const options = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [jwk] }, clock: new MovableClock() };
    return outcomeOf(jwtVerifier({ ...options, algorithms }), tokenOf(signer, { alg }));
  };

  test.each(['EdDSA', 'Ed25519', undefined])('a key with "alg" %s verifies tokens of both names', async (alg) => {
    const jwk = { ...ed25519.jwk, alg };
    expect(await judge('EdDSA', jwk)).toBe('accepted');
    expect(await judge('Ed25519', jwk)).toBe('accepted');
    expect(await judge('Ed25519', { ...jwk, kid: undefined })).toBe('key_unknown');
  });

  test.each([['EdDSA'], ['Ed25519'], ['ES256', 'Ed25519']])('allowing %s allows both names', async (...algorithms) => {
    for (const alg of ['EdDSA', 'Ed25519']) {
      for (const named of ['EdDSA', 'Ed25519', undefined]) {
        expect(await judge(alg, { ...ed25519.jwk, alg: named }, ed25519, algorithms)).toBe('accepted');
      }
    }
  });

  test('Ed25519 needs a key of that curve', async () => {
    expect(await judge('Ed25519', ed448.jwk, ed448)).toBe('key_unknown');
    await expect(judge('EdDSA', ed448.jwk, ed448, ['Ed25519'])).rejects.toThrow('no usable key');
    await expect(judge('Ed448', { ...ed448.jwk, alg: 'Ed25519' }, ed448, ['Ed448'])).rejects.toThrow('no usable key');
  });

  test('Ed448 is rejected by name unless it is listed', async () => {
    expect(await judge('Ed448', ed448.jwk, ed448)).toBe('algorithm_not_allowed');
    expect(await judge('Ed448', { ...ed448.jwk, alg: 'Ed448' }, ed448, ['Ed448'])).toBe('accepted');
    expect(await judge('Ed448', ed448.jwk, ed448, ['Ed448'])).toBe('accepted');
    expect(await judge('EdDSA', ed448.jwk, ed448, ['Ed448'])).toBe('accepted');
    expect(await judge('Ed25519', ed25519.jwk, ed25519, ['Ed448', 'ES256']).catch(() => 'no usable key')).not.toBe(
      'accepted',
    );
  });

  test('a signature of another key is invalid under each name', async () => {
    const other = signingKey('EdDSA', ed25519.kid);
    for (const alg of ['EdDSA', 'Ed25519']) {
      expect(await judge(alg, ed25519.jwk, other)).toBe('signature_invalid');
    }
  });
});

test.each(RSA)('uses an RSA key without "alg" for %s if only that algorithm is allowed', async (alg) => {
  const { alg: _, ...jwk } = key(alg).jwk;
  const verifier = verifierOf(await jwks(jwk), { clock: new MovableClock(), algorithms: [alg] });

  expect(await outcomeOf(verifier, await key(alg).token())).toBe('accepted');
});

describe('8725-4: one algorithm for each key', () => {
  test.each(ALL)('a key published for %s verifies no other algorithm', async (alg) => {
    for (const other of ALL.filter((each) => each !== alg)) {
      // The very key that signed, where its type allows that name.
      const keys = [
        { ...key(other).jwk, alg },
        { ...key(alg).jwk, kid: other },
      ];
      const verifier = jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys }, clock: new MovableClock() });

      expect(await outcomeOf(verifier, await key(other).token())).toBe('key_unknown');
    }
  });

  test('uses an RSA key without "alg" only for the first allowed RSA algorithm', async () => {
    const { alg: _, ...jwk } = key('PS256').jwk;
    const server = await jwks({ ...jwk, kid: 'any' });
    const token = await key('PS256').token({ kid: 'any' });
    const allow = (...algorithms: string[]) => verifierOf(server, { clock: new MovableClock(), algorithms });

    expect(await outcomeOf(allow('PS256', 'RS256'), token)).toBe('accepted');
    expect(await outcomeOf(allow('RS256', 'PS256'), token)).toBe('key_unknown');
  });
});

describe('8725-1: the allow-list of the verifier', () => {
  test.each(ALL)('rejects a %s token if only other algorithms are allowed', async (alg) => {
    const algorithms = ALL.filter((other) => other !== alg);
    const verifier = verifierOf(await jwks(key(alg).jwk), { clock: new MovableClock(), algorithms });

    expect(await outcomeOf(verifier, await key(alg).token())).toBe('algorithm_not_allowed');
  });

  test('ignores a key whose algorithm is not allowed', async () => {
    const algorithms = ['RS256', 'PS256'];
    const verifier = verifierOf(await jwks(key('ES256').jwk), { clock: new MovableClock(), algorithms });

    const outage = await outageOf(verifier.ready());
    expect(outage.message).toContain(
      '"ES256" (no allowed algorithm (RS256, PS256) goes with its kty "EC", alg "ES256", crv "P-256")',
    );
  });
});
