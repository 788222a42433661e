import { openSql, type Row, type Sql } from './sql.js';

/** A JSON object. */
export type Payload = Readonly<Record<string, unknown>>;

export interface StoredRecord {
  readonly id: string;
  readonly payload: Payload;
  /** Seconds since the epoch; absent while it has not been used. */
  readonly consumedAt?: number;
}

export interface NewRecord {
  readonly payload: Payload;
  /** The consent that it came from, which is deleted together with it. */
  readonly grantId?: string | undefined;
  /** A second id that sessions have. */
  readonly uid?: string | undefined;
  /** Seconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

/** The records of the authorization server, in one table of the demo's database: `model` distinguishes the kinds. */
export interface Records {
  find(model: string, id: string): Promise<StoredRecord | undefined>;
  findByUid(model: string, uid: string): Promise<StoredRecord | undefined>;
  list(model: string): Promise<readonly StoredRecord[]>;
  put(model: string, id: string, record: NewRecord): Promise<void>;
  /** Stores it unless there is one already, and returns the stored record: of several processes, the first wins. */
  keep(model: string, id: string, payload: Payload): Promise<Payload>;
  /** Whether nobody had consumed it before: of two concurrent calls, one gets `true`. */
  consume(model: string, id: string, now: number): Promise<boolean>;
  remove(model: string, id: string): Promise<void>;
  removeOfGrant(model: string, grantId: string): Promise<void>;
  /** The consent with everything that came from it, of all models. */
  removeGrant(grantId: string): Promise<void>;
  /** Those that expired before `now`, in seconds. */
  removeExpired(now: number): Promise<void>;
  close(): Promise<void>;
}

const TABLES = [
  `create table if not exists authorization_server (
    model text not null, id text not null, payload text not null, grant_id text, uid text,
    expires_at bigint, consumed_at bigint, primary key (model, id))`,
  'create index if not exists authorization_server_grant on authorization_server (grant_id)',
  'create index if not exists authorization_server_uid on authorization_server (uid)',
  'create index if not exists authorization_server_expiry on authorization_server (expires_at)',
];

/** @param database a file, or a `postgres:` address */
export async function openRecords(database: string): Promise<Records> {
  return new SqlRecords(await openSql(database, TABLES));
}

class SqlRecords implements Records {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  find(model: string, id: string): Promise<StoredRecord | undefined> {
    return this.#findOne('model = $1 and id = $2', [model, id]);
  }

  findByUid(model: string, uid: string): Promise<StoredRecord | undefined> {
    return this.#findOne('model = $1 and uid = $2', [model, uid]);
  }

  async list(model: string): Promise<readonly StoredRecord[]> {
    return (await this.#sql.query('select * from authorization_server where model = $1', [model])).map(toRecord);
  }

  async put(model: string, id: string, record: NewRecord): Promise<void> {
    const { payload, grantId = null, uid = null, expiresAt = null } = record;
    await this.#sql.query(
      `insert into authorization_server (model, id, payload, grant_id, uid, expires_at)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
         uid = excluded.uid, expires_at = excluded.expires_at`,
      [model, id, JSON.stringify(payload), grantId, uid, expiresAt],
    );
  }

  async keep(model: string, id: string, payload: Payload): Promise<Payload> {
    await this.#sql.query(
      'insert into authorization_server (model, id, payload) values ($1, $2, $3) on conflict (model, id) do nothing',
      [model, id, JSON.stringify(payload)],
    );
    const kept = await this.find(model, id);
    return kept?.payload ?? payload;
  }

  async consume(model: string, id: string, now: number): Promise<boolean> {
    const changed = await this.#sql.query(
      `update authorization_server set consumed_at = $1
       where model = $2 and id = $3 and consumed_at is null returning id`,
      [now, model, id],
    );
    return changed.length > 0;
  }

  async remove(model: string, id: string): Promise<void> {
    await this.#sql.query('delete from authorization_server where model = $1 and id = $2', [model, id]);
  }

  async removeOfGrant(model: string, grantId: string): Promise<void> {
    await this.#sql.query('delete from authorization_server where model = $1 and grant_id = $2', [model, grantId]);
  }

  async removeGrant(grantId: string): Promise<void> {
    await this.#sql.query(`delete from authorization_server where grant_id = $1 or (model = 'Grant' and id = $1)`, [
      grantId,
    ]);
  }

  async removeExpired(now: number): Promise<void> {
    await this.#sql.query('delete from authorization_server where expires_at < $1', [now]);
  }

  close(): Promise<void> {
    return this.#sql.close();
  }

  async #findOne(condition: string, values: readonly string[]): Promise<StoredRecord | undefined> {
    if (values.some((value) => value.includes('\0'))) return undefined; // nobody's: PostgreSQL has no such text
    const [row] = await this.#sql.query(`select * from authorization_server where ${condition}`, values);
    return row && toRecord(row);
  }
}

function toRecord(row: Row): StoredRecord {
  const { id, payload, consumed_at: consumedAt } = row;
  return {
    id: String(id),
    payload: JSON.parse(String(payload)) as Payload,
    ...(consumedAt != null && { consumedAt: Number(consumedAt) }),
  };
}
