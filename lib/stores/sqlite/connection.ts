import { type Database, statement } from './driver.js';

/** What a connection asks of those it belongs to. */
export interface Watch {
  isWritable(): boolean;
  /** @throws {Error} where it is not the same, and cannot be opened anew */
  isSame(): boolean;
  renew(): void;
}

/** For how long a connection that reads believes that the file is where it was, in milliseconds. */
const TRUST = 50;

/** A file that may not be written is opened again after so long at the earliest, in milliseconds: it may have changed. */
const PERSISTENCE = 1000;

/** In SQLite's words. */
const READ_ONLY = 'attempt to write a readonly database';
export const NOT_OPEN = 'database is not open';

/** What transactions begin with that write; those that read begin with `begin`. */
export const BEGIN_WRITING = 'begin immediate';

/** A connection that looks, before it begins, whether the file is still there, and goes on in the one that is. */
export class Connection implements Database {
  private database: Database | undefined;
  private transaction: 'none' | 'reads' | 'writes' = 'none';
  /** Whether a transaction went with its connection: it does not go on in another. */
  private isBroken = false;
  private isReadOnly = false;
  private openedAt = Number.NEGATIVE_INFINITY;
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly configure: (database: Database) => void,
    private readonly watch: Watch,
  ) {}

  begin(database: Database): void {
    this.database = database;
    this.openedAt = performance.now();
    this.isReadOnly = false;
    try {
      this.configure(database);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Ends its transaction, whose locks a connection might keep that is not gone when it is closed. */
  abandon(): void {
    if (this.transaction === 'none' || this.isBroken) return;
    this.isBroken = true;
    try {
      this.database?.exec('rollback');
    } catch {
      // SQLite has done so already.
    }
  }

  settle(): void {
    try {
      this.database?.exec('pragma wal_checkpoint(truncate)');
    } catch {
      // Nothing is lost: the log is read when the file is opened again.
    }
  }

  end(): void {
    this.isBroken ||= this.transaction !== 'none';
    this.database?.close();
    this.database = undefined;
    this.lookedAt = Number.NEGATIVE_INFINITY;
  }

  close(): void {
    this.end();
  }

  exec(sql: string): void {
    this.opened().exec(sql);
  }

  prepare(sql: string) {
    return statement((parameters) => this.perform(sql, parameters));
  }

  private perform(sql: string, parameters: readonly unknown[]): unknown[] {
    if (sql === 'rollback') return this.rollBack();
    if (this.isBroken) throw new Error(NOT_OPEN);
    if (this.transaction === 'none') this.look(sql === BEGIN_WRITING);
    const rows = this.run(sql, parameters);
    if (sql === BEGIN_WRITING) this.transaction = 'writes';
    else if (sql === 'begin') this.transaction = 'reads';
    else if (sql === 'commit') this.committed();
    return rows;
  }

  private run(sql: string, parameters: readonly unknown[]): unknown[] {
    try {
      return this.opened().prepare(sql).all(parameters);
    } catch (error) {
      this.isReadOnly ||= (error as Error).message.startsWith(READ_ONLY);
      throw error;
    }
  }

  private look(isUrgent: boolean): void {
    const now = performance.now();
    if (!isUrgent && now - this.lookedAt < TRUST) return;
    if (!this.watch.isSame() || this.mayWriteByNow(now)) this.watch.renew();
    this.lookedAt = now;
  }

  /** SQLite opens a file that it may not write all the same, to be read, and leaves it at that. */
  private mayWriteByNow(now: number): boolean {
    return this.isReadOnly && now - this.openedAt > PERSISTENCE && this.watch.isWritable();
  }

  /** @throws {Error} where nobody else will ever see what was committed */
  private committed(): void {
    const isWritten = this.transaction === 'writes';
    this.transaction = 'none';
    if (isWritten && !this.watch.isSame()) throw new Error(NOT_OPEN);
  }

  private rollBack(): unknown[] {
    const isThere = !this.isBroken;
    this.isBroken = false;
    this.transaction = 'none';
    return isThere ? this.opened().prepare('rollback').all([]) : [];
  }

  private opened(): Database {
    if (this.database === undefined) throw new Error(NOT_OPEN);
    return this.database;
  }
}
