/**
 * What has to come back, by a model of each application that only one process changes: it knows what it asked for, and
 * when that was acknowledged.
 */

export const READ = 'urn:opc:resource:consumer:paas:analytics::read';
export const WRITE = 'urn:opc:resource:consumer:paas:analytics::write';

/** Milliseconds for which a server other than the one that made a change may not know of it. */
export const STALENESS = 1000;
/** Milliseconds for which a server may keep using keys that are no longer published. */
export const KEYS_MAX_AGE = 5000;

/** An application as it is now; `changing` while a change is in progress, of which it is unknown whether it was made. */
export class ModelApplication {
  enabled = true;
  scopes = new Set([READ, WRITE]);
  changing = false;
  /** How many changes were begun. */
  changes = 0;
  #settledAt = Number.NEGATIVE_INFINITY;
  #settledBy;
  /** The time before which tokens are revoked, and the time from which new ones are valid: `iat` has whole seconds, and clocks differ. */
  voidBefore = Number.NEGATIVE_INFINITY;
  usableFrom = Number.NEGATIVE_INFINITY;

  constructor({ id, grantId }) {
    this.id = id;
    this.grantId = grantId;
  }

  /** Makes a change through one server: nothing is known of the application until it is acknowledged. */
  async change(server, make) {
    this.changing = true;
    this.changes++;
    await make();
    this.#settledAt = performance.now();
    this.#settledBy = server;
    this.changing = false;
  }

  /** Predicts the response to a request sent now, if nothing changes before the response. */
  request(server, token, required) {
    const begun = performance.now();
    const bound = server === this.#settledBy ? 0 : STALENESS;
    const isKnown = !this.changing && begun - this.#settledAt >= bound;
    const { changes } = this;
    const expected = this.#expected(token, required);
    return {
      /** `undefined` where either response is correct. */
      expected: () => (isKnown && changes === this.changes ? expected : undefined),
    };
  }

  #expected({ madeAt }, required) {
    if (!this.enabled || this.scopes.size === 0 || madeAt < this.voidBefore) return 401;
    if (madeAt < this.usableFrom) return undefined;
    return this.scopes.has(required) ? 200 : 403;
  }
}
