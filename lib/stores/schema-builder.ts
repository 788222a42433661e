import type { CreateTableBuilder } from 'kysely';
import type { Db, Queryable } from './schema.js';

/** How an engine keeps a table in the order of its primary key, where it can. */
export type ClusteredTables = (table: CreateTableBuilder<string, never>) => CreateTableBuilder<string, never>;

type Column = 'text' | 'bigint' | 'integer';
type Columns = Readonly<Record<string, Column | `${Column}?` | `${Column}=0`>>;

export const stored = { id: 'text', version: 'integer', created_at: 'text', updated_at: 'text' } as const;

/** In what words migrations define tables. */
export function definitions(tx: Queryable) {
  const { schema } = tx as Db;

  /** Columns are `not null` unless marked with `?`. */
  function table(name: string, columns: Columns): CreateTableBuilder<string, string> {
    let builder = schema.createTable(name) as CreateTableBuilder<string, string>;
    for (const [column, type] of Object.entries(columns)) {
      builder = builder.addColumn(column, type.replace(/\?|=0$/, '') as Column, (definition) => {
        if (type.endsWith('?')) return definition;
        return type.endsWith('=0') ? definition.notNull().defaultTo(0) : definition.notNull();
      });
    }
    return builder;
  }

  function index(name: string, on: string, columns: readonly string[]): Promise<void> {
    return schema
      .createIndex(name)
      .on(on)
      .columns([...columns])
      .execute();
  }

  return { table, index, schema };
}
