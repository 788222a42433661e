import { type Kysely, sql } from 'kysely';
import { StoreUnavailableError } from '../../grants/errors.js';
import type { ChangeTransaction, Committed, LockName, StatementLog, Trace, Traced } from '../engine.js';
import type { Tables } from '../schema.js';
import { createPipeline, type Session } from './session.js';
import { setLocally, type TimeLimits } from './time-limits.js';

/**
 * How changes take turns on PostgreSQL.
 *
 * A change holds the lock of its environment from its first statement to its commit, so that what it reads is still so
 * when it writes. Changes of other environments do not wait for it. Only their last statements do: the change feed has one
 * order, with numbers without gaps in the order of the commits, so the lock `feed` is held from the first number that a
 * change takes to its commit. Those statements and the commit are sent in one flight, and the commit does not wait for
 * the disk (`synchronous_commit = off`): the lock is held for as long as the server takes for four short statements, and
 * never while a client, a network, a disk or a standby is waited for.
 *
 * The next change of the environment may begin then. The change is acknowledged when it is durable all the same: a second
 * transaction follows in the same flight, whose commit waits for the disk, and for the standbys that the server is
 * configured to wait for. The log of PostgreSQL has one order, so all that was committed before is durable with it, and
 * concurrent changes share one write of the disk. That transaction looks for the change: on the way through a pooler, it may
 * reach a server that took over without it.
 *
 * A reader of the feed cannot skip a change: when it sees a number, every lower one is committed and visible, on a standby
 * too, since the next holder of `feed` takes its numbers after the commit of the last one. It may see a change that is not
 * durable yet. If the server then crashes, the change is gone, was not acknowledged, and the mark of the reader's position
 * says that the history is another one.
 */
export interface ChangeSettings {
  readonly schema: string;
  readonly limits: TimeLimits;
  readonly log: StatementLog;
}

export async function runChange<T extends Traced>(
  session: Session,
  { schema, limits, log }: ChangeSettings,
  run: (change: ChangeTransaction) => Promise<T>,
): Promise<Committed<T>> {
  const flight = new Flight(session);
  const begin = `begin; ${setLocally(limits)}`;
  const tx = await createPipeline(flight, schema, log);
  void flight.add(flight.query(`${begin}; set local synchronous_commit = off`, []));
  try {
    const value = await run({
      tx,
      lock: (name) => flight.add(lock(tx, schema, name)),
      send: async (statement) => void flight.add(statement.execute()),
    });
    void flight.add(sql.raw(COMMIT).execute(tx));
    const landed = flight.land();
    const durable = flight.add(waitForDisk(tx, begin, value.trace));
    await landed;
    return { value, durable };
  } catch (error) {
    await flight.land().catch(() => undefined);
    await session.query('rollback', []).catch(() => undefined); // it, or the connection, may have ended already
    throw flight.failure ?? error;
  }
}

function lock(tx: Kysely<Tables>, schema: string, name: LockName): Promise<unknown> {
  return sql`select pg_advisory_xact_lock(hashtextextended(${`scopegate ${schema} ${name}`}, 0))`.execute(tx);
}

/**
 * Commits a transaction that writes to the log, so that it waits for the disk. A pooler may have led it elsewhere than the
 * change: to a standby that was promoted meanwhile, or to a server that came back without it.
 */
async function waitForDisk(tx: Kysely<Tables>, begin: string, trace: Trace | undefined): Promise<void> {
  const sent = [sql.raw(begin).execute(tx), writeToLog(tx, trace), sql.raw(COMMIT).execute(tx)] as const;
  await Promise.allSettled(sent); // the connection is free then
  const [, isFound] = await Promise.all(sent);
  if (!isFound) throw new StoreUnavailableError('The server lost the change before it was on disk.');
}

/** @returns whether the change is there */
async function writeToLog(tx: Kysely<Tables>, trace: Trace | undefined): Promise<boolean> {
  const written = sql<string>`pg_logical_emit_message(true, 'scopegate', '')`.as('written');
  const query =
    trace === undefined
      ? tx.selectNoFrom(written)
      : 'key' in trace
        ? tx.selectFrom('idempotency_keys').select(written).where('key', '=', trace.key)
        : tx.selectFrom('activities').select(written).where('id', '=', trace.activityId);
  return (await query.execute()).length > 0;
}

const COMMIT = 'commit';

/** The statements that were sent. */
class Flight implements Session {
  readonly #session: Session;
  readonly #sent: Promise<unknown>[] = [];
  #isOver = false;
  /** The first one that failed: the server refuses all that follow it. Not of those that follow the commit. */
  failure: unknown;

  constructor(session: Session) {
    this.#session = session;
  }

  async query(text: string, values: readonly unknown[]) {
    const isOver = this.#isOver;
    this.#isOver ||= text === COMMIT;
    try {
      return await this.#session.query(text, values);
    } catch (error) {
      if (!isOver) this.failure ??= error;
      throw error;
    }
  }

  add(statement: Promise<unknown>): Promise<unknown> {
    statement.catch(() => undefined);
    this.#sent.push(statement);
    return statement;
  }

  /** @throws the error of the first statement that failed, once all that were sent until now have a response */
  async land(): Promise<void> {
    await Promise.allSettled(this.#sent);
    if (this.failure !== undefined) throw this.failure;
  }
}
