import { createHash } from 'node:crypto';
import { type IntrospectionVerifierOptions, introspectionVerifier, VerifierUnavailableError } from 'scopegate';
import { deferred } from '../../http/fixtures/domain.js';
import { NOW } from '../../support/tokens.js';
import { MovableClock, outageOf } from '../keys/fixtures/setting.js';
import { ACTIVE, ask, endpointOf, options, reasonFor } from './fixtures/fake-endpoint.js';

/** A verifier with a clock that the test moves, and a server that knows these tokens. */
function setting(over: Partial<IntrospectionVerifierOptions> = {}, response: object = ACTIVE) {
  const clock = new MovableClock();
  const active = new Set(['one', 'two']);
  const endpoint = endpointOf(({ form }) =>
    Response.json(active.has(form.get('token') as string) ? response : { active: false }),
  );
  const verifier = introspectionVerifier(options({ fetch: endpoint.fetch, clock, ...over }));
  return { clock, active, verifier, asked: endpoint.asked };
}

describe('without a cache', () => {
  test('each request asks the server, so that a revoked token is refused at once', async () => {
    const { verifier, active, asked } = setting();
    expect([await reasonFor(verifier, 'one'), await reasonFor(verifier, 'one')]).toEqual(['accepted', 'accepted']);

    active.delete('one');

    expect(await reasonFor(verifier, 'one')).toBe('token_inactive');
    expect(asked).toHaveLength(3);
  });

  test('requests with one token at one time share one request, and others do not', async () => {
    const { verifier, asked } = setting();

    const reasons = await Promise.all(['one', 'two', 'one', 'one'].map((token) => reasonFor(verifier, token)));

    expect(reasons).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
    expect(asked.map(({ form }) => form.get('token'))).toEqual(['one', 'two']);
  });

  test('requests that share one request share its outage, and the next one asks again', async () => {
    const gate = deferred<Response>();
    const { asked, fetch } = endpointOf(() => (asked.length === 1 ? gate.promise : Response.json(ACTIVE)));
    const verifier = introspectionVerifier(options({ fetch }));
    const outages = [outageOf(ask(verifier, 'one')), outageOf(ask(verifier, 'one'))];
    gate.resolve(new Response('', { status: 502 }));

    expect((await Promise.all(outages)).map(({ message }) => message.includes('502'))).toEqual([true, true]);
    expect(await reasonFor(verifier, 'one')).toBe('accepted');
    expect(asked).toHaveLength(2);
  });

  test('each request gets a token object of its own', async () => {
    const { verifier } = setting();
    const [first, second] = await Promise.all([ask(verifier, 'one'), ask(verifier, 'one')]);

    expect(first).not.toBe(second);
  });
});

describe('with a cache', () => {
  const cache = { maxAgeMs: 30_000 };

  test('a token is asked about again after maxAgeMs, so that a revocation counts then at the latest', async () => {
    const { verifier, clock, active, asked } = setting({ cache });
    await reasonFor(verifier, 'one');
    active.delete('one');

    clock.advance(29_990);
    expect(await reasonFor(verifier, 'one')).toBe('accepted');
    clock.advance(20);
    expect(await reasonFor(verifier, 'one')).toBe('token_inactive');
    expect(asked).toHaveLength(2);
  });

  test('a cached token is verified synchronously', async () => {
    const { verifier } = setting({ cache });
    await ask(verifier, 'one');

    const verdict = verifier.verify({ scheme: 'bearer', token: 'one' });

    expect(verdict).not.toBeInstanceOf(Promise);
    expect(verdict).toMatchObject({ payload: ACTIVE, token: 'one' });
  });

  test('a token is not used after its exp, however long the cache keeps it', async () => {
    const { verifier, clock, asked } = setting({ cache: { maxAgeMs: 86_400_000 } }, { ...ACTIVE, exp: NOW + 10 });
    await reasonFor(verifier, 'one');
    clock.advance(16_000); // with the tolerance of 5 s

    expect(await reasonFor(verifier, 'one')).toBe('token_expired');
    expect(asked).toHaveLength(1);
  });

  test('a token that expired is asked about again, since an issuer can prolong it', async () => {
    let exp = NOW + 10;
    const clock = new MovableClock();
    const { fetch } = endpointOf(() => Response.json({ ...ACTIVE, exp }));
    const verifier = introspectionVerifier(options({ fetch, clock, cache: { maxAgeMs: 86_400_000 } }));
    await reasonFor(verifier, 'one');
    clock.advance(16_000);
    exp = NOW + 60;

    expect([await reasonFor(verifier, 'one'), await reasonFor(verifier, 'one')]).toEqual(['token_expired', 'accepted']);
  });

  test('the age counts from the moment when the request was sent', async () => {
    const clock = new MovableClock();
    const { asked, fetch } = endpointOf(() => {
      clock.advance(20_000);
      return Response.json(ACTIVE);
    });
    const verifier = introspectionVerifier(options({ fetch, clock, cache }));
    await reasonFor(verifier, 'one');
    clock.advance(10_000);
    await reasonFor(verifier, 'one');

    expect(asked).toHaveLength(2);
  });

  test('the age counts by the clock on the wall while the machine was suspended', async () => {
    const { verifier, clock, asked } = setting({ cache });
    await reasonFor(verifier, 'one');
    clock.wall += 31_000;
    await reasonFor(verifier, 'one');

    expect(asked).toHaveLength(2);
  });

  test.each([
    ['begins alike', 'one', `one${'x'.repeat(100)}`],
    ['ends alike', 'one', `${'x'.repeat(100)}one`],
    ['differs by letter case', 'one', 'ONE'],
  ])('another token is not accepted for a cached one: %s', async (_, known, other) => {
    const { verifier } = setting({ cache });
    await reasonFor(verifier, known);

    expect(await reasonFor(verifier, other)).toBe('token_inactive');
  });

  test('refused tokens are not cached', async () => {
    const { verifier, active, asked } = setting({ cache });
    expect(await reasonFor(verifier, 'new')).toBe('token_inactive');
    active.add('new');

    expect(await reasonFor(verifier, 'new')).toBe('accepted');
    expect(asked).toHaveLength(2);
  });

  test('an outage leaves what is cached usable until its age, and no longer', async () => {
    const clock = new MovableClock();
    let isDown = false;
    const { fetch } = endpointOf(() => (isDown ? new Response('', { status: 500 }) : Response.json(ACTIVE)));
    const verifier = introspectionVerifier(options({ fetch, clock, cache }));
    await reasonFor(verifier, 'one');
    isDown = true;

    expect(await reasonFor(verifier, 'one')).toBe('accepted');
    clock.advance(30_001);
    await expect(ask(verifier, 'one')).rejects.toThrow(VerifierUnavailableError);
  });

  test.each([
    [4, 20],
    [1000, 10],
  ])('the cache keeps maxTokens at most: %d', async (maxTokens, requests) => {
    const { asked, fetch } = endpointOf(() => Response.json(ACTIVE));
    const verifier = introspectionVerifier(options({ fetch, cache: { maxAgeMs: 30_000, maxTokens } }));
    const tokens = Array.from({ length: 10 }, (_, i) => createHash('sha256').update(`${i}`).digest('hex'));
    for (const token of [...tokens, ...tokens]) await reasonFor(verifier, token);

    expect(asked).toHaveLength(requests);
  });
});

describe('a flood of unknown tokens', () => {
  const unknownTokens = { burst: 3, perSecond: 2 };
  const flood = async (verifier: ReturnType<typeof setting>['verifier'], count: number) => {
    for (let i = 0; i < count; i++) await ask(verifier, `unknown ${i}`).catch(() => undefined);
  };

  test('reaches the server in limited numbers, and gets 503 with a time beyond them', async () => {
    const { verifier, asked } = setting({ unknownTokens });
    await flood(verifier, 100);
    expect(asked).toHaveLength(3);

    const outage = await outageOf(ask(verifier, 'another'));
    expect(outage.message).toContain('too many unknown tokens');
    expect(outage.retryAfter).toBe(1);
  });

  test.each([
    [0.1, 10],
    [0.25, 4],
  ])('at %d tokens in a second, the next one may come in %d s', async (perSecond, seconds) => {
    const { verifier } = setting({ unknownTokens: { burst: 3, perSecond } });
    await flood(verifier, 3);

    expect((await outageOf(ask(verifier, 'another'))).retryAfter).toBe(seconds);
  });

  test('a good token gives back what it took from the limit, and no more', async () => {
    const { verifier, asked } = setting({ unknownTokens });
    await flood(verifier, 2);
    await reasonFor(verifier, 'one');
    await flood(verifier, 100);

    expect(asked).toHaveLength(2 + 1 + 1);
  });

  test('goes on in the long run at the rate of the option', async () => {
    const { verifier, asked, clock } = setting({ unknownTokens });
    await flood(verifier, 100);
    for (let second = 1; second <= 3; second++) {
      clock.advance(1000);
      await flood(verifier, 100);
    }

    expect(asked).toHaveLength(3 + 3 * 2);
  });

  test('leaves the tokens that were accepted before alone', async () => {
    const { verifier } = setting({ unknownTokens });
    await reasonFor(verifier, 'one');
    await flood(verifier, 100);

    expect(await reasonFor(verifier, 'one')).toBe('accepted');
    await expect(ask(verifier, 'two')).rejects.toThrow(VerifierUnavailableError);
  });

  test('an outage does not make a token unknown', async () => {
    let isDown = false;
    const { fetch } = endpointOf(({ form }) => {
      if (isDown) return new Response('', { status: 500 });
      return Response.json(form.get('token') === 'one' ? ACTIVE : { active: false });
    });
    const verifier = introspectionVerifier(options({ fetch, unknownTokens }));
    await reasonFor(verifier, 'one');
    isDown = true;
    await expect(ask(verifier, 'one')).rejects.toThrow('500');
    isDown = false;
    await flood(verifier, 100);

    expect(await reasonFor(verifier, 'one')).toBe('accepted');
  });

  test('good tokens are no flood, however many are new', async () => {
    const { asked, fetch } = endpointOf(() => Response.json(ACTIVE));
    const verifier = introspectionVerifier(options({ fetch, unknownTokens }));
    for (let i = 0; i < 50; i++) expect(await reasonFor(verifier, `good ${i}`)).toBe('accepted');

    expect(asked).toHaveLength(50);
  });

  test('a token that was revoked is unknown from then on', async () => {
    const { verifier, active, asked } = setting({ unknownTokens });
    await reasonFor(verifier, 'one');
    active.delete('one');
    for (let i = 0; i < 100; i++) await ask(verifier, 'one').catch(() => undefined);

    expect(asked).toHaveLength(1 + 1 + 3);
  });

  test('at most 1000 requests are in flight', async () => {
    const silent = deferred<Response>();
    const { asked, fetch } = endpointOf(() => silent.promise);
    const verifier = introspectionVerifier(options({ fetch, unknownTokens: { burst: 5000 } }));
    const asking = Array.from({ length: 1000 }, (_, i) => ask(verifier, `token ${i}`));

    const outage = await outageOf(ask(verifier, 'another'));
    expect(outage.message).toContain('1000 requests are already waiting');
    expect(outage.retryAfter).toBe(3);
    silent.resolve(new Response('', { status: 500 }));
    expect((await Promise.allSettled(asking)).every(({ status }) => status === 'rejected')).toBe(true);
    expect(asked).toHaveLength(1000);
    expect((await outageOf(ask(verifier, 'another'))).message).toContain('500');
  });
});
