import { type Deadline, findDeadline, NEVER, refuseAgain } from '../enforcement/passed-policy.js';
import { REFUSALS, type RefusalReason } from '../enforcement/refusal.js';
import type { LiveVerdict } from '../live/live-grants.js';
import { insistThat } from '../options.js';
import type { GateSettings } from './gate-options.js';
import type { AuthContext } from './req-auth.js';

/** The access of an open connection, from `gate.watch`. */
export interface WatchedAccess {
  /**
   * Fires when the access ends. Its `reason` is an error with the name `AccessEndedError`, the same `reason`, and what was
   * thrown, if anything, as `cause`. If you await something before you listen, check `aborted` first.
   */
  readonly signal: AbortSignal;
  /** Why the access ended; `undefined` while it lasts. */
  readonly reason: RefusalReason | undefined;
  /** Stops watching, without firing. Call it when the connection closes; otherwise the token is watched until it expires. */
  end(): void;
}

/** The `reason` of the signal. Its message is constant, and may be sent to the client. */
class AccessEndedError extends Error {
  override readonly name = 'AccessEndedError';

  constructor(
    readonly reason: RefusalReason,
    cause: unknown,
  ) {
    super(REFUSALS[reason].description, cause === undefined ? undefined : { cause });
  }
}

/** The longest time between two readings of the clock: it may be set, and timers stop while the machine sleeps. */
const MAX_DELAY_MS = 1000;

type Settings = Pick<GateSettings, 'clock' | 'grants' | 'isSelfScope' | 'verifier'>;

/** The open connections of a gate. One timer serves all of them; live grants notify of everything but the time. */
export class OpenConnections {
  readonly #settings: Settings;
  readonly #open = new Set<Connection>();
  #nextDeadline = NEVER;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** @throws {TypeError} where the grants cannot be watched */
  watch({ accessToken, passed }: AuthContext): WatchedAccess {
    const { clock, grants, isSelfScope, verifier } = this.#settings;
    insistThat(
      grants === undefined || typeof grants.watch === 'function',
      'gate.watch(): the "grants" of this gate have no watch(). Use what liveGrants() returns.',
    );
    const deadline = findDeadline(passed, accessToken, verifier);
    const connection = new Connection(deadline, (each) => this.#remove(each));
    const onVerdict = (verdict: LiveVerdict) => {
      if (connection.hasEnded) return;
      let reason: RefusalReason | undefined;
      let cause = verdict.ok ? undefined : verdict.cause;
      try {
        reason = refuseAgain(passed, verdict, isSelfScope, clock.now());
      } catch (error) {
        // The application's own scope model threw: nothing says that the connection may stay open.
        [reason, cause] = ['grants_unavailable', error];
      }
      if (reason !== undefined) connection.fire(reason, cause);
    };
    connection.unsubscribe = grants?.watch?.(accessToken, onVerdict);
    if (connection.hasEnded) connection.unsubscribe?.();
    else this.#add(connection);
    return connection;
  }

  #add(connection: Connection): void {
    this.#open.add(connection);
    if (connection.deadline.at >= this.#nextDeadline) return;
    this.#nextDeadline = connection.deadline.at;
    this.#startTimer();
  }

  #remove(connection: Connection): void {
    this.#open.delete(connection);
    if (this.#open.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#nextDeadline = NEVER;
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    const delay = Math.min(this.#nextDeadline - this.#settings.clock.now(), MAX_DELAY_MS);
    this.#timer = setTimeout(() => this.#endOverdue(), Math.max(1, delay));
    this.#timer.unref();
  }

  #endOverdue(): void {
    const now = this.#settings.clock.now();
    if (now >= this.#nextDeadline) {
      this.#nextDeadline = NEVER;
      // A copy, since a listener may watch again.
      for (const connection of [...this.#open]) {
        const { at, reason } = connection.deadline;
        if (now >= at) connection.fire(reason);
        else this.#nextDeadline = Math.min(at, this.#nextDeadline);
      }
    }
    if (this.#nextDeadline < NEVER) this.#startTimer();
  }
}

class Connection implements WatchedAccess {
  readonly #controller = new AbortController();
  readonly #onEnd: (connection: Connection) => void;
  hasEnded = false;
  #reason: RefusalReason | undefined;
  unsubscribe: (() => void) | undefined;

  constructor(
    readonly deadline: Deadline,
    onEnd: (connection: Connection) => void,
  ) {
    this.#onEnd = onEnd;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get reason(): RefusalReason | undefined {
    return this.#reason;
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.unsubscribe?.();
    this.#onEnd(this);
  }

  fire(reason: RefusalReason, cause?: unknown): void {
    if (this.hasEnded) return;
    this.#reason = reason;
    this.end();
    this.#controller.abort(new AccessEndedError(reason, cause));
  }
}
