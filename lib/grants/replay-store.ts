/**
 * Remembers what may be used once only, such as DPoP proofs (RFC 9449 §11.1).
 *
 * A store of scopegate's has one for all processes that open the database: `store.replays`. For another database, write
 * the one method.
 *
 * @example
 * ```ts
 * const replayStore: ReplayStore = {
 *   remember: async (key, expiresAt) =>
 *     (await redis.set(`dpop:${key}`, '', { condition: 'NX', expiration: { type: 'PXAT', value: expiresAt } })) === 'OK',
 * };
 * ```
 */
export interface ReplayStore {
  /**
   * Remembers `key`, and returns whether it was new. Atomic: of several calls with one key, in any process, only one gets
   * `true`. If it cannot tell, it throws or rejects, and the request gets 503.
   *
   * @param key 43 characters: letters, digits, `-` and `_`
   * @param expiresAt milliseconds since the epoch: the key must be remembered until then, and may be longer
   */
  remember(key: string, expiresAt: number): boolean | Promise<boolean>;
}
