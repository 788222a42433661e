import { randomBytes } from 'node:crypto';
import { scopeSet } from '../../lib/scope/scope-set.js';
import { deepFreeze } from '../../lib/token/cache/deep-freeze.js';
import { ScopeSetCache } from '../../lib/token/cache/scope-set-cache.js';
import { TokenCache } from '../../lib/token/cache/token-cache.js';
import { parseJwt } from '../../lib/token/jwt/decode.js';
import { isRejection } from '../../lib/token/verifier.js';

// The program of a child process, run with --expose-gc: what a cache of tokens costs, in bytes of the heap, for each kind.

const [, , tokens, maxTokens] = process.argv.map(Number) as [number, number, number, number];

const random = (length: number) => randomBytes(length).toString('hex').slice(0, length);
const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
const usual = () => ({
  iss: 'https://issuer.example/',
  aud: ['a', 'b'],
  sub: random(32),
  jti: random(32),
  exp: 1_790_000_000.5,
});

const KINDS: Readonly<Record<string, () => object>> = {
  usual: () => ({
    ...usual(),
    client_id: random(32),
    scope: 'urn:opc:resource:consumer:paas:analytics::read reports:read',
  }),
  'with next to nothing': () => ({ a: random(6) }),
  'with fifty scopes': () => ({ ...usual(), scope: many(50, () => random(20)).join(' ') }),
  'with lists of numbers': () => ({ ...usual(), numbers: many(100, (i) => i / 7) }),
  'with many small objects': () => ({ ...usual(), groups: many(60, () => ({})), lists: many(60, () => []) }),
  'with members that no other has': () =>
    Object.fromEntries(many(40, () => [random(8), { [random(8)]: 1 }]) as [string, object][]),
  'with text beyond Latin': () => ({ ...usual(), name: 'Ж'.repeat(300) }),
};

function heap(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const key = { kid: 'k', x5t: undefined, x5tS256: undefined, alg: 'EdDSA' } as never;

function fill(cache: TokenCache | undefined, make: () => object, count: number): void {
  for (let i = 0; i < count; i++) {
    const parts = [{ alg: 'EdDSA', kid: 'k' }, make()].map((each) =>
      Buffer.from(JSON.stringify(each)).toString('base64url'),
    );
    const token = `${parts.join('.')}.${randomBytes(64).toString('base64url')}`;
    const jwt = parseJwt(token);
    if (isRejection(jwt)) throw new Error('It is no token.');
    deepFreeze(jwt.header);
    deepFreeze(jwt.payload);
    for (let sight = 0; sight < 2; sight++) {
      cache?.record(token, {
        header: jwt.header,
        payload: jwt.payload,
        scopes: scopeSet(jwt.payload.scope ?? undefined),
        key,
      });
    }
  }
}

/** The rare kinds are large, and slow to make: fewer of them fill a cache. */
const numberOf = (kind: string) => (kind === 'usual' ? tokens : tokens / 25);

const kept: TokenCache[] = [];
const costs = Object.entries(KINDS).map(([kind, make]): [string, number] => {
  fill(undefined, make, 100); // what the engine keeps for itself is not the cache's
  const before = heap();
  const cache = new TokenCache({ maxTokens });
  kept.push(cache);
  fill(cache, make, numberOf(kind));
  const cost = heap() - before;
  kept.pop();
  return [kind, cost];
});

/** Claims of the greatest length that is cached, with as many scopes as possible. */
function compileClaims(sets: ScopeSetCache): void {
  for (let i = 0; i < 1000; i++) {
    const scopes = many(133, (place) => ((i + place) % 1296).toString(36).padStart(2, '0'));
    sets.compile(scopes.join(' '));
  }
}

compileClaims(new ScopeSetCache());
const before = heap();
const sets = new ScopeSetCache();
compileClaims(sets);
costs.push(['scope sets', heap() - before]);
sets.compile('the last use, so that the cache is alive until then');
process.stdout.write(JSON.stringify(Object.fromEntries(costs)));
