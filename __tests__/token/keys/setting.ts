import {
  type Clock,
  type JwtVerifier,
  type JwtVerifierOptions,
  jwtVerifier,
  type TokenVerifier,
  VerifierUnavailableError,
} from 'scopegate';
import type { KeyServer } from '../../support/key-server.js';
import { AUDIENCE, claims, forge, ISSUER, NOW, reasonOf, type SigningKey } from '../../support/tokens.js';

/** Time that the test moves. As on a real clock, no two looks at it are alike. */
export class MovableClock implements Clock {
  /** Wall-clock milliseconds; may be set, as an operator sets a clock. */
  wall: number;
  #elapsed = 0;

  constructor(wall = NOW * 1000) {
    this.wall = wall;
  }

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    this.#elapsed += 0.001;
    return this.#elapsed;
  }

  advance(milliseconds: number): void {
    this.wall += milliseconds;
    this.#elapsed += milliseconds;
  }
}

/** A verifier whose keys come from `server`. */
export function verifierOf(
  server: KeyServer,
  options: Partial<JwtVerifierOptions> & { clock: Clock } = { clock: new MovableClock() },
): JwtVerifier {
  return jwtVerifier({ issuer: ISSUER, audience: AUDIENCE, jwksUri: `${server.url}/jwks`, ...options });
}

/** A good token but for `header` and `over`. */
export function tokenOf(key: SigningKey, header: object = {}, over: Readonly<Record<string, unknown>> = {}): string {
  return forge({ alg: key.alg, kid: key.kid, ...header }, claims(over), key);
}

export function ask(verifier: TokenVerifier, token: string) {
  return verifier.verify({ scheme: 'bearer', token });
}

/** The reason of a rejection, `accepted`, or `outage`. */
export async function outcomeOf(verifier: TokenVerifier, token: string): Promise<string> {
  try {
    return reasonOf(await ask(verifier, token));
  } catch (error) {
    if (error instanceof VerifierUnavailableError) return 'outage';
    throw error;
  }
}

/** The outage that `doing` ends in. */
export async function outageOf(doing: unknown): Promise<VerifierUnavailableError> {
  const ending = await Promise.resolve(doing).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (ending instanceof VerifierUnavailableError) return ending;
  throw new Error('There was no outage.', { cause: ending });
}

export function published(...keys: readonly { readonly jwk: object }[]): { keys: object[] } {
  return { keys: keys.map(({ jwk }) => jwk) };
}

/**
 * Holds the timers of the library until the test lets them run with `jest.advanceTimersByTime()`. Clocks, promises and
 * sockets are left alone: what comes over the network still comes by itself.
 */
export function holdTimers(): void {
  jest.useFakeTimers({
    doNotFake: [
      'Date',
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
    ],
  });
}
