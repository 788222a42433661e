import { type AccessToken, scopeSet, type TokenVerifier, tokenFormVerifier, VerifierUnavailableError } from 'scopegate';
import { claims, forge, reasonOf, signingKey } from '../support/tokens.js';

const key = signingKey('ES256', 'k');
const jwt = forge({ alg: 'ES256' }, claims(), key);

function verifierThat(verify: () => AccessToken | { ok: false; reason: 'token_rejected' } | Promise<never>) {
  const verifier = {
    asked: [] as string[],
    verify: ({ token }: { token: string }) => {
      verifier.asked.push(token);
      return verify();
    },
  };
  return verifier;
}

const accept = () => ({ payload: {}, header: {}, token: 'x', scopes: scopeSet('a') });
const refuse = () => ({ ok: false as const, reason: 'token_rejected' as const });
const fail = () => Promise.reject(new VerifierUnavailableError('down'));

const ask = async (verifier: TokenVerifier, token: string) => verifier.verify({ scheme: 'bearer', token });

describe('the form of a token', () => {
  test.each([
    ['a signed JWT', jwt, 'jwt'],
    ['an unsigned JWT', `${forge({ alg: 'none' }, claims(), key).replace(/[^.]*$/, '')}`, 'jwt'],
    ['a JWT with a broken payload', 'e30.!!.AA', 'jwt'],
    ['one part', 'opaque', 'opaque'],
    ['two parts', 'e30.e30', 'opaque'],
    ['three parts without a JSON header', 'mF_9.B5f-4.1JqM', 'opaque'],
    ['three parts with a list as header', 'W10.e30.AA', 'opaque'],
    ['three parts with null as header', 'bnVsbA.e30.AA', 'opaque'],
    ['an encrypted JWT', 'e30.AA.AA.AA.AA', 'opaque'],
    ['dots alone', '..', 'opaque'],
    ['a number', '42', 'opaque'],
  ])('%s goes to its verifier, and to no other', async (_, token, expected) => {
    const [forJwt, forOpaque] = [verifierThat(accept), verifierThat(accept)];
    const verifier = tokenFormVerifier({ jwt: forJwt, opaque: forOpaque });

    const verdict = await ask(verifier, token);

    expect(verdict).toMatchObject({ verifier: expected === 'jwt' ? forJwt : forOpaque });
    expect([forJwt.asked, forOpaque.asked]).toEqual(expected === 'jwt' ? [[token], []] : [[], [token]]);
  });
});

test.each([
  ['a JWT that is refused', jwt],
  ['an opaque token that is refused', 'opaque'],
])('%s is not shown to the other verifier', async (_, token) => {
  const [forJwt, forOpaque] = [verifierThat(refuse), verifierThat(refuse)];

  expect(reasonOf(await ask(tokenFormVerifier({ jwt: forJwt, opaque: forOpaque }), token))).toBe('token_rejected');
  expect(forJwt.asked.length + forOpaque.asked.length).toBe(1);
});

test.each([
  ['jwt', jwt],
  ['opaque', 'opaque'],
] as const)('an outage of the verifier "%s" is no reason to ask the other', async (name, token) => {
  const others = { jwt: verifierThat(accept), opaque: verifierThat(accept), [name]: verifierThat(fail) };

  await expect(ask(tokenFormVerifier(others), token)).rejects.toThrow('down');
  expect(others.jwt.asked.length + others.opaque.asked.length).toBe(1);
});

test('scopes are requested as the verifier says that accepted the token', async () => {
  const prefixed = { ...verifierThat(accept), toRequestedScope: (scope: string) => `api://orders/${scope}` };
  const verifier = tokenFormVerifier({ jwt: prefixed, opaque: verifierThat(accept) });
  const requested = async (token: string) => verifier.toRequestedScope?.('read', (await ask(verifier, token)) as never);

  expect([await requested(jwt), await requested('opaque')]).toEqual(['api://orders/read', 'read']);
});

test('ready() rejects while the verifier of JWTs has no keys, since the other one loads nothing', async () => {
  const verifier = tokenFormVerifier({ jwt: { ...verifierThat(accept), ready: fail }, opaque: verifierThat(accept) });

  await expect(verifier.ready()).rejects.toThrow('down');
});

test('ready() resolves where neither verifier loads anything', async () => {
  const verifier = tokenFormVerifier({ jwt: verifierThat(accept), opaque: verifierThat(accept) });

  await expect(verifier.ready()).resolves.toBeUndefined();
});

test.each<[string, object | undefined, RegExp]>([
  ['no options', undefined, /takes an object of options/],
  ['options that are no object', 'jwt' as never, /^tokenFormVerifier\(\) takes/],
  ['no verifier of JWTs', { opaque: verifierThat(accept) }, /"jwt" must be a verifier/],
  ['no verifier of opaque tokens', { jwt: verifierThat(accept) }, /"opaque" must be a verifier/],
  [
    'the name of the request',
    { jwt: verifierThat(accept), introspection: verifierThat(accept) },
    /Did you mean "opaque"/,
  ],
  ['a misspelt option', { jwt: verifierThat(accept), opague: verifierThat(accept) }, /Did you mean "opaque"/],
  ['a fallback', { jwt: verifierThat(accept), opaque: verifierThat(accept), fallback: true }, /no option "fallback"/],
])('tokenFormVerifier() throws for %s', (_, options, sentence) => {
  expect(() => tokenFormVerifier(options as never)).toThrow(sentence);
});
