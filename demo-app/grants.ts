import { AdminError, type Environment, type GrantStore } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { readAllPages } from './authorization-server/all-pages.js';
import { isPostgres } from './authorization-server/database-address.js';

/** The grants of the demo, and their environment. */
export interface Administration {
  readonly store: GrantStore;
  readonly environment: Environment;
}

/** The environment of the demo, as it is created. */
export const NEW_ENVIRONMENT = { name: 'demo', description: 'Made on first start', type: 'SANDBOX' } as const;

/** How long a database may take that is started together with the demo, in milliseconds. */
const STARTUP_TIMEOUT_MS = 30_000;

/** Opens the database, a file or a `postgres:` address. Creates the environment of the demo on first start. */
export async function openAdministration(database: string): Promise<Administration> {
  const store = await openStore(database);
  return { store, environment: (await existing(store)) ?? (await created(store)) };
}

async function openStore(database: string): Promise<GrantStore> {
  if (!isPostgres(database)) return openSqliteStore({ file: database });
  const { openPostgresStore } = await import('scopegate/postgres');
  return openPostgresStore({ connectionString: database, startupTimeout: STARTUP_TIMEOUT_MS });
}

async function existing(store: GrantStore): Promise<Environment | undefined> {
  const environments = await readAllPages((page) => store.environments.list(page));
  return environments.find(({ name }) => name === NEW_ENVIRONMENT.name);
}

async function created(store: GrantStore): Promise<Environment> {
  try {
    const { value } = await store.environments.create(NEW_ENVIRONMENT, {
      actor: {},
      correlationId: crypto.randomUUID(),
    });
    return value;
  } catch (error) {
    const other = error instanceof AdminError ? await existing(store) : undefined; // another process was first
    if (other === undefined) throw error;
    return other;
  }
}
