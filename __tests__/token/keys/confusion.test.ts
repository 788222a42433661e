import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { jwtVerifier, ociDomain, type TokenVerifier } from 'scopegate';
import { json, keyServer } from '../../support/key-server.js';
import { AUDIENCE, claims, forge, hmac, ISSUER, part, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const key = signingKey('RS256', 'first');
const mine = signingKey('RS256', 'first');

async function verifier(): Promise<TokenVerifier> {
  return verifierOf(await keyServer(json(published(key))));
}

const secrets: readonly (readonly [string, string | Buffer])[] = [
  ['PEM', key.publicKey.export({ type: 'spki', format: 'pem' })],
  ['PEM without its last line break', String(key.publicKey.export({ type: 'spki', format: 'pem' })).trimEnd()],
  ['PKCS #1 PEM', key.publicKey.export({ type: 'pkcs1', format: 'pem' })],
  ['DER', key.publicKey.export({ type: 'spki', format: 'der' })],
  ['JWK', JSON.stringify(key.jwk)],
  ['modulus', Buffer.from(key.jwk.n as string, 'base64url')],
  ['nothing', ''],
];

describe('8725-3: public keys as HMAC secrets', () => {
  test.each(secrets)('rejects an HS256 token signed with the public key as %s', async (_, secret) => {
    const token = forge({ alg: 'HS256', kid: 'first' }, claims(), hmac(secret));

    expect(await outcomeOf(await verifier(), token)).toBe('algorithm_not_allowed');
  });

  test.each(secrets)('rejects an HMAC with the public key as %s under the alg of the key', async (_, secret) => {
    const token = forge({ alg: 'RS256', kid: 'first' }, claims(), hmac(secret));

    expect(await outcomeOf(await verifier(), token)).toBe('signature_invalid');
  });

  test('rejects an HS256 token that jose signed with the public key', async () => {
    const secret = Buffer.from(String(key.publicKey.export({ type: 'spki', format: 'pem' })));
    const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(secret);

    expect(await outcomeOf(await verifier(), token)).toBe('algorithm_not_allowed');
  });

  test.each(['HS256', 'HS512', 'none', 'NONE', ''])('algorithms cannot contain %j', (alg) => {
    const make = () => jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: published(key), algorithms: [alg] });
    expect(make).toThrow(TypeError);
    expect(make).toThrow('"algorithms" must be a list of RS256');
  });

  test('7517-4: a symmetric key published by mistake verifies nothing', async () => {
    const secret = createHmac('sha256', 'x').digest();
    const oct = { kty: 'oct', k: secret.toString('base64url'), kid: 'secret' };
    const keySets = [{ ...oct, alg: 'HS256' }, { ...oct, alg: 'RS256' }, oct];
    const verifying = verifierOf(await keyServer(json({ keys: [key.jwk, ...keySets] })));

    const signed = forge({ alg: 'HS256', kid: 'secret' }, claims(), hmac(secret));
    expect(await outcomeOf(verifying, signed)).toBe('algorithm_not_allowed');
    const renamed = forge({ alg: 'RS256', kid: 'secret' }, claims(), hmac(secret));
    expect(await outcomeOf(verifying, renamed)).toBe('key_unknown');
  });
});

describe('7515-4: keys in the token', () => {
  test.each([
    ['jwk', mine.jwk],
    ['jku', 'URL of the attacker'],
    ['x5u', 'URL of the attacker'],
    ['x5c', [mine.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')]],
  ])('ignores a key that the token provides in "%s"', async (member, value) => {
    const attacker = await keyServer(json(published(mine)));
    const given = value === 'URL of the attacker' ? `${attacker.url}/jwks` : value;

    expect(await outcomeOf(await verifier(), tokenOf(mine, { [member]: given }))).toBe('signature_invalid');
    expect(attacker.requests).toHaveLength(0);
  });

  test('does not fetch or open a kid that is a URL or a path', async () => {
    const attacker = await keyServer(json(published(mine)));
    for (const kid of [`${attacker.url}/jwks`, '../../../../dev/null', "first' OR '1'='1", 'first|id']) {
      expect(await outcomeOf(await verifier(), tokenOf(mine, { kid }))).toBe('key_unknown');
    }
    expect(attacker.requests).toHaveLength(0);
  });
});

test.each(['none', 'None', 'NONE', 'nOnE', ' none', 'none\u0000'])(
  '8725-2: rejects alg %j without a fetch',
  async (alg) => {
    const server = await keyServer(json(published(key)));
    const unsigned = [part({ alg, kid: 'first' }), part(claims())].join('.');

    expect(await outcomeOf(verifierOf(server), `${unsigned}.AAAA`)).toBe('algorithm_not_allowed');
    expect(await outcomeOf(verifierOf(server), `${unsigned}.`)).toBe('token_malformed');
    expect(server.requests).toHaveLength(0);
  },
);

test('8725-6: rejects a token signed by another issuer with the same kid', async () => {
  const theirs = await keyServer(json(published(mine)));
  const ours = await keyServer(json(published(key)));
  const token = tokenOf(mine);

  expect(await outcomeOf(verifierOf(theirs), token)).toBe('accepted');
  expect(await outcomeOf(verifierOf(ours), token)).toBe('signature_invalid');
});

test('8725-6: rejects a token signed by another domain with the same issuer and audience', async () => {
  const clock = new MovableClock();
  const server = await keyServer(json(published(key)));
  const verifying = jwtVerifier({ ...ociDomain({ url: server.url, tenant: 'idcs-ours' }), clock });
  const account = { iss: 'https://identity.oraclecloud.com/', aud: 'urn:opc:resource:scope:account' };

  const stolen = tokenOf(mine, {}, { ...account, tenant: 'idcs-ours' });
  expect(await ask(verifying, stolen)).toMatchObject({ ok: false, reason: 'signature_invalid' });
  expect(await outcomeOf(verifying, tokenOf(key, {}, { ...account, tenant: 'idcs-ours' }))).toBe('accepted');
});
