import type { ApplicationStatus, ChangeEvent, ChangeFeed, FeedPosition } from '../grants/store.js';

/**
 * Where live grants read what is granted: a store of scopegate's, or three methods of your own.
 *
 * The two queries reject with a `StoreUnavailableError` where they cannot tell; any other error counts as the same. A
 * request waits for `applicationStatus` no longer than `timeoutMs`. Check your own source with
 * `liveGrantsSourceContract` of `scopegate/testing`.
 *
 * @example
 * ```ts
 * const source: LiveGrantsSource = {
 *   applicationStatus: (id) => fetchStatus(id),
 *   changes: {
 *     since: (position) => fetchChanges(position),
 *     subscribe: (listener) => {
 *       const notify = () => listener([]);
 *       socket.on('change', notify);
 *       return () => socket.off('change', notify);
 *     },
 *   },
 * };
 * ```
 */
export interface LiveGrantsSource {
  /**
   * The current status of an application: state, granted scopes, revocations (milliseconds since the epoch), and the
   * number of the latest change that it takes into account, with its position. All of one moment. An application that never
   * existed has the state `unknown`, which is not an error.
   *
   * @param applicationId a lower-case UUID
   */
  applicationStatus(applicationId: string): Promise<ApplicationStatus>;
  /** Resolves where the source responds: `gate.health()` asks it. Default: the age of what is cached tells. */
  ping?(): Promise<unknown>;
  readonly changes: {
    /**
     * The next changes after `position`, in the order of their numbers, which rise without gaps. `hasGap` where the feed
     * does not continue the very history that `position` was read from: then everything that is cached is dropped. A
     * position is a string of your own, such as a number and the id of the change that has it.
     */
    since(position: FeedPosition): Promise<ChangeFeed>;
    /**
     * Calls `listener` soon after a change was committed: with its events where they are known, else with none. A call
     * may be missed: live grants poll {@link LiveGrantsSource.changes.since} as well.
     *
     * @returns unsubscribes
     */
    subscribe(listener: (events: readonly ChangeEvent[]) => void): () => void;
  };
}
