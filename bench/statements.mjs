import pg from 'pg';
import { sqliteDriver } from './databases.mjs';

/**
 * Everything that stores in this process send to a database, seen at the drivers, if they are opened after this
 * call. Between `start` and `stop`, each becomes `{ kind, rows, bytes }`; `bytes` is the length of its rows as JSON.
 */
export async function logStatements() {
  const log = new StatementLog();
  const Driver = await sqliteDriver();
  // Where the store looks for its driver; that of the package cannot be patched.
  const { getBuiltinModule } = process;
  const patched = { DatabaseSync: createLoggedDatabase(Driver, log) };
  process.getBuiltinModule = (id) => (id === 'node:sqlite' ? patched : getBuiltinModule?.(id));
  logPostgres(log);
  return log;
}

class StatementLog {
  #statements;
  /** The clients of PostgreSQL. */
  clients = new Set();

  start() {
    this.#statements = [];
  }

  stop() {
    const logged = this.#statements;
    this.#statements = undefined;
    return logged;
  }

  record(sql, rows = []) {
    this.#statements?.push({
      kind: classifyStatement(sql),
      rows: rows.length,
      bytes: rows.length === 0 ? 0 : JSON.stringify(rows).length,
    });
  }

  /** The bytes received over connections to PostgreSQL so far. */
  received() {
    let bytes = 0;
    for (const { connection } of this.clients) bytes += connection.stream.bytesRead ?? 0;
    return bytes;
  }
}

/** A class like that of the driver, which logs what is read. */
function createLoggedDatabase(Driver, log) {
  return class LoggedDatabase {
    #database;
    constructor(file) {
      this.#database = new Driver(file);
    }
    exec(sql) {
      this.#database.exec(sql);
    }
    close() {
      this.#database.close();
    }
    prepare(sql) {
      const statement = this.#database.prepare(sql);
      return {
        all(...values) {
          const rows = statement.all(...values);
          log.record(sql, rows);
          return rows;
        },
      };
    }
  };
}

function logPostgres(log) {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (config, ...rest) {
    log.clients.add(this);
    const pending = query.call(this, config, ...rest);
    const sql = typeof config === 'string' ? config : config.text;
    if (pending?.then === undefined) return pending;
    return pending.then((result) => {
      log.record(sql, result.rows);
      return result;
    });
  };
}

const KINDS = [
  ['version read', /^pragma data_version/i],
  ['listen', /^listen/i],
  ['transaction', /^(?:begin|commit|rollback|set local)/i],
  ['status', /from (?:"\w+"\.)?"ledger" .*left join (?:"\w+"\.)?"applications"/s],
  ['feed', /from (?:"\w+"\.)?"ledger" .*"concerns"/s],
];

function classifyStatement(sql) {
  return KINDS.find(([, pattern]) => pattern.test(sql))?.[0] ?? sql;
}
