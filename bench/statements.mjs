import pg from 'pg';
import { sqliteDriver } from './databases.mjs';

/**
 * Everything that stores in this process send to a database, seen at the drivers, if they are opened after this
 * call. Between `start` and `stop`, each becomes `{ kind, rows, bytes }`; `bytes` is the length of its rows as JSON.
 */
export async function logStatements() {
  let log;
  const clients = new Set();
  const note = (sql, rows = []) => {
    log?.push({
      kind: classifyStatement(sql),
      rows: rows.length,
      bytes: rows.length === 0 ? 0 : JSON.stringify(rows).length,
    });
  };

  const Driver = await sqliteDriver();
  class LoggedDatabase {
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
          note(sql, rows);
          return rows;
        },
      };
    }
  }
  const { getBuiltinModule } = process; // where the store looks for its driver; that of the package cannot be patched
  process.getBuiltinModule = (id) => (id === 'node:sqlite' ? { DatabaseSync: LoggedDatabase } : getBuiltinModule?.(id));

  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (config, ...rest) {
    clients.add(this);
    const pending = query.call(this, config, ...rest);
    const sql = typeof config === 'string' ? config : config.text;
    if (pending?.then === undefined) return pending;
    return pending.then((result) => {
      note(sql, result.rows);
      return result;
    });
  };

  return {
    start() {
      log = [];
    },
    stop() {
      const logged = log;
      log = undefined;
      return logged;
    },
    /** The bytes received over connections to PostgreSQL so far. */
    received() {
      let bytes = 0;
      for (const { connection } of clients) bytes += connection.stream.bytesRead ?? 0;
      return bytes;
    },
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
