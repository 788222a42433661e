import { isObject } from '../../options.js';
import type { AccessToken } from '../access-token.js';
import { getCachedVerification } from '../cache/cached-verification.js';
import type { AuthScheme, Credentials } from '../credentials.js';
import { reject } from '../jwt/rejection.js';
import { isPromise, isRejection, type TokenVerifier, type Verdict, VerifierUnavailableError } from '../verifier.js';

/** Several verifiers that work as one. Each keeps its own keys, rules and outages. */
export class VerifierGroup {
  readonly #verifiers: readonly TokenVerifier[];
  /** What `ready()` reported about verifiers that have accepted no token since. */
  readonly #failures = new Map<TokenVerifier, string>();

  constructor(verifiers: readonly TokenVerifier[]) {
    this.#verifiers = verifiers;
  }

  get schemes(): readonly AuthScheme[] {
    return [...new Set(this.#verifiers.flatMap(getSchemes))];
  }

  /** Verifies with the one verifier that was chosen. The access token says which it was. */
  verify(verifier: TokenVerifier, credentials: Credentials, request: object | undefined): Verdict | Promise<Verdict> {
    const { scheme } = credentials;
    if (!getSchemes(verifier).includes(scheme)) {
      return reject('token_rejected', () => `The verifier for this token does not take the scheme ${scheme}.`);
    }
    return this.#attribute(verifier.verify(credentials, request), verifier);
  }

  /**
   * Verifies a token that one of the verifiers has cached; `undefined` where none has. No claim has to be read to choose:
   * a cache knows a token by the digest of its whole text, and only the verifier that accepted the token has it.
   */
  verifyCached(credentials: Credentials, request: object | undefined): Verdict | Promise<Verdict> | undefined {
    for (const verifier of this.#verifiers) {
      const verifyCached = getCachedVerification(verifier);
      if (!verifyCached || !getSchemes(verifier).includes(credentials.scheme)) continue;
      const verdict = verifyCached(credentials, request);
      if (verdict !== undefined) return this.#attribute(verdict, verifier);
    }
    return undefined;
  }

  #attribute(verdict: Verdict | Promise<Verdict>, verifier: TokenVerifier): Verdict | Promise<Verdict> {
    return isPromise(verdict)
      ? verdict.then((settled) => this.#attributeSettled(settled, verifier))
      : this.#attributeSettled(verdict, verifier);
  }

  /** A verifier of the application may return anything: what is no access token is left to the gate. */
  #attributeSettled(verdict: Verdict, verifier: TokenVerifier): Verdict {
    if (!isObject(verdict) || isRejection(verdict)) return verdict;
    if (this.#failures.size > 0) this.#failures.delete(verifier);
    return verdict.verifier ? verdict : { ...verdict, verifier }; // a group within a group says more
  }

  /**
   * Waits for every verifier.
   *
   * @throws {VerifierUnavailableError} where none of those that load something is available. While one is, the others are
   *   reported by `warning()`
   * @throws {Error} what is no outage, such as a missing package
   */
  async ready(): Promise<void> {
    const loading = this.#verifiers.filter((verifier) => verifier.ready !== undefined);
    const outages: VerifierUnavailableError[] = [];
    const results = await Promise.allSettled(loading.map(async (verifier) => verifier.ready?.()));
    for (const [i, result] of results.entries()) {
      const verifier = loading[i] as TokenVerifier;
      this.#failures.delete(verifier);
      if (result.status === 'fulfilled') continue;
      const failure: unknown = result.reason;
      if (!(failure instanceof VerifierUnavailableError)) throw failure;
      this.#failures.set(verifier, failure.message);
      outages.push(failure);
    }
    if (outages.length > 0 && outages.length === loading.length) throw combineOutages(outages);
  }

  warning(): string | undefined {
    const sentences = [
      ...this.#failures.values(),
      ...this.#verifiers.flatMap((verifier) => verifier.warning?.() ?? []),
    ];
    return sentences.length === 0 ? undefined : sentences.join(' ');
  }

  /** Writes a scope as clients of the token's issuer request it. Without a token, nothing says which issuer that is. */
  toRequestedScope(scope: string, accessToken: AccessToken | undefined): string {
    const verifier = accessToken?.verifier as Partial<TokenVerifier> | undefined;
    return verifier?.toRequestedScope?.(scope, accessToken) ?? scope;
  }
}

function getSchemes({ schemes = ['bearer'] }: TokenVerifier): readonly AuthScheme[] {
  return schemes;
}

function combineOutages(outages: readonly VerifierUnavailableError[]): VerifierUnavailableError {
  const [first] = outages;
  if (outages.length === 1 && first) return first;
  return new VerifierUnavailableError(outages.map(({ message }) => message).join(' '), {
    retryAfter: Math.min(...outages.map(({ retryAfter }) => retryAfter)),
    cause: new AggregateError(outages, 'No verifier is available.'),
  });
}
