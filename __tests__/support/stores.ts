import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application, ChangeContext, Environment, GrantStore, Resource, ResourceScope } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { openSqliteStore, type SqliteStoreOptions } from 'scopegate/sqlite';
import { applicationCommand } from '../../lib/admin/commands/application.js';
import { environmentCommand } from '../../lib/admin/commands/environment.js';
import { resourceCommand } from '../../lib/admin/commands/resource.js';
import { createDatabase, type Postgres, startPostgres } from './postgres.js';
import { SHARED_DIRECTORY, SHARED_FAILURE } from './shared-postgres.js';

/** A database of one engine that a test may open as often as it likes, also from other processes. */
export interface TestDatabase {
  /** The file, or the connection string. */
  readonly address: string;
  /** The module of the entry point and the options that open it, for a child process. */
  readonly opening: { readonly entry: string; readonly creator: string; readonly options: object };
  open(options?: Pick<SqliteStoreOptions, 'clock' | 'showSecrets'>): Promise<GrantStore>;
}

/** Limits that no suite means to reach, even where other programs keep the machine busy. */
const PATIENT = {
  SQLite: { busyTimeout: 60_000 },
  PostgreSQL: { connectionTimeout: 60_000, statementTimeout: 60_000, lockTimeout: 60_000 },
};

export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** A new, empty database. */
  database(): Promise<TestDatabase>;
  /** The suite's own server. */
  readonly server: Postgres | undefined;
}

interface SuiteOptions {
  /** For a suite that ends the server, which needs one of its own. */
  readonly ownServer?: boolean;
}

/** The engine that the jest project stands for, where it stands for one: see `jest.config.mjs`. */
const { projectEngine } = globalThis as { projectEngine?: Engine['name'] };

/**
 * Runs the suite on each real engine, or on that of the jest project: `npm test` runs it on SQLite, the integration lane
 * on PostgreSQL.
 */
export function describeEachEngine(suite: (engine: Engine) => void, options: SuiteOptions = {}): void {
  if (projectEngine !== 'PostgreSQL') describeSqlite(suite);
  if (projectEngine !== 'SQLite') describePostgres(suite, options);
}

/** Runs the suite on one engine, so that two projects make a covering pair: Express 5 on SQLite, Express 4 on PostgreSQL. */
export function describeProjectEngine(suite: (engine: Engine) => void): void {
  if (projectEngine === 'PostgreSQL') describePostgres(suite);
  else describeSqlite(suite);
}

function describeSqlite(suite: (engine: Engine) => void): void {
  describe('SQLite', () => {
    const directory = mkdtempSync(join(tmpdir(), 'scopegate-sqlite-'));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));
    let files = 0;
    suite({
      name: 'SQLite',
      server: undefined,
      async database() {
        const options = { file: join(directory, `${++files}.db`), ...PATIENT.SQLite };
        return {
          address: options.file,
          opening: { entry: 'scopegate/sqlite', creator: 'openSqliteStore', options },
          open: (more) => openSqliteStore({ ...options, ...more }),
        };
      },
    });
  });
}

function describePostgres(suite: (engine: Engine) => void, { ownServer = false }: SuiteOptions = {}): void {
  describe('PostgreSQL', () => {
    let own: Postgres | undefined;
    if (ownServer) {
      beforeAll(async () => {
        own = await startPostgres();
      }, 60_000);
      afterAll(() => own?.stop());
    }
    suite({
      name: 'PostgreSQL',
      get server() {
        return own;
      },
      async database() {
        const connectionString = await (own?.createDatabase() ?? createDatabase(sharedServer()));
        const options = { connectionString, ...PATIENT.PostgreSQL };
        return {
          address: connectionString,
          opening: { entry: 'scopegate/postgres', creator: 'openPostgresStore', options },
          open: (more) => openPostgresStore({ ...options, ...more }),
        };
      },
    });
  });
}

type Method = (...parameters: readonly unknown[]) => unknown;

/** The same store with another method in place of each, those of its sub-stores included: `grants.create`, `close`. */
export function withMethods<Store extends object>(
  store: Store,
  replace: (name: string, method: Method) => Method,
  path = '',
): Store {
  const members = Object.entries(store).map(([name, member]) => {
    if (typeof member === 'function') return [name, replace(`${path}${name}`, member.bind(store))];
    const isSubStore = typeof member === 'object' && member !== null;
    return [name, isSubStore ? withMethods(member, replace, `${path}${name}.`) : member];
  });
  return Object.fromEntries(members);
}

function sharedServer(): string {
  const directory = process.env[SHARED_DIRECTORY];
  if (directory === undefined) throw new Error(`There is no PostgreSQL: ${process.env[SHARED_FAILURE]}`);
  return directory;
}

/** A change by nobody in particular. */
export const context: ChangeContext = { actor: {}, correlationId: '00000000-0000-4000-8000-000000000000' };

export const newEnvironment = (name = 'test') => environmentCommand.parse({ name });
export const newResource = (name: string, more: object = {}) => resourceCommand.parse({ name, ...more });
export const newApplication = (name: string, more: object = {}) =>
  applicationCommand.parse({
    name,
    enabled: true,
    type: 'WORKER',
    protocol: 'OPENID_CONNECT',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    grantTypes: ['CLIENT_CREDENTIALS'],
    ...more,
  });

/** An environment with one resource, its scopes, and one application without a grant. */
export interface Setting {
  readonly environment: Environment;
  readonly at: { readonly environmentId: string };
  readonly resource: Resource;
  readonly scopes: readonly ResourceScope[];
  readonly application: Application;
  readonly applicationAt: { readonly environmentId: string; readonly applicationId: string };
}

export async function createSetting(
  store: GrantStore,
  scopeNames = ['a', 'b', 'c'],
  name = 'test',
  more: object = {},
): Promise<Setting> {
  // One transaction, since each costs a test more than what it writes.
  const { value } = await store.transaction(context, async (tx) => {
    const environment = await tx.environments.create(newEnvironment(name));
    const at = { environmentId: environment.id };
    const resource = await tx.resources.create(at, newResource('reports'));
    const scopes: ResourceScope[] = [];
    for (const scopeName of scopeNames) {
      scopes.push(await tx.scopes.create({ ...at, resourceId: resource.id }, { name: scopeName }));
    }
    const application = await tx.applications.create(at, newApplication('reader', more));
    return { environment, at, resource, scopes, application };
  });
  return { ...value, applicationAt: { ...value.at, applicationId: value.application.id } };
}
