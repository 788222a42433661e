import { jwtVerifier } from 'scopegate';
import { AUDIENCE, ISSUER, signingKey } from '../../support/tokens.js';
import { ask, MovableClock, outageOf, outcomeOf, published, tokenOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const fresh = signingKey('ES256', 'fresh');

/** A verifier with keys, whose endpoint answers when the test says so. */
async function slow(first = published(key)) {
  const clock = new MovableClock();
  const answers: ((response: Response) => void)[] = [];
  const fetch = () => new Promise<Response>((answer) => answers.push(answer));
  const verifier = jwtVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: 'https://issuer.example/jwks',
    clock,
    fetch,
  });
  const ready = verifier.ready();
  answers[0]?.(Response.json(first));
  await ready;
  return { verifier, clock, answers };
}

/** One request starts a fetch; another comes while it is under way, and the endpoint takes `milliseconds` for it. */
async function joinsAfter(milliseconds: number, token: string, keys: object) {
  const { verifier, clock, answers } = await slow();
  const starter = outcomeOf(verifier, tokenOf(signingKey('ES256', 'forged')));
  const joiner = Promise.resolve(ask(verifier, token));
  clock.advance(milliseconds);
  answers[1]?.(Response.json(keys));
  expect(await starter).toBe('key_unknown');
  return { joiner, answers };
}

test('a request that joined a slow fetch in vain gets an outage, not a second fetch', async () => {
  const { joiner, answers } = await joinsAfter(4900, tokenOf(fresh), published(key));

  expect((await outageOf(joiner)).message).toContain('Timed out waiting');
  expect(answers).toHaveLength(2);
});

test('a request that joined a slow fetch is accepted if the fetch finds its key', async () => {
  const { joiner } = await joinsAfter(4900, tokenOf(fresh), published(key, fresh));

  expect(await joiner).toHaveProperty('payload');
});

test('a request that joined a quick fetch in vain starts its own fetch', async () => {
  const { joiner, answers } = await joinsAfter(100, tokenOf(fresh), published(key));

  answers[2]?.(Response.json(published(key, fresh)));
  expect(await joiner).toHaveProperty('payload');
});
