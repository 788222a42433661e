import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application, ChangeContext, Environment, GrantStore, Resource, ResourceScope } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import { openSqliteStore } from 'scopegate/sqlite';
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
  open(options?: { clock?: { now(): number } }): Promise<GrantStore>;
}

const MINUTE = 60_000;

export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** A new, empty database. With `patient`, no wait for it ends early, however busy the machine is. */
  database(options?: { patient: boolean }): Promise<TestDatabase>;
  /** The suite's own server. */
  readonly server: Postgres | undefined;
}

interface SuiteOptions {
  /** For a suite that ends the server, which needs one of its own. */
  readonly ownServer?: boolean;
}

/** Runs the suite once on each real engine. */
export function describeEachEngine(suite: (engine: Engine) => void, options: SuiteOptions = {}): void {
  describeSqlite(suite);
  describePostgres(suite, options);
}

/**
 * Runs the suite on the engine that the jest project stands for, so that two projects make a covering pair: Express 5 on
 * SQLite, Express 4 on PostgreSQL.
 */
export function describeProjectEngine(suite: (engine: Engine) => void): void {
  if ((globalThis as { projectEngine?: Engine['name'] }).projectEngine === 'PostgreSQL') describePostgres(suite);
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
      async database({ patient } = { patient: false }) {
        const options = { file: join(directory, `${++files}.db`), ...(patient && { busyTimeout: MINUTE }) };
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
      async database({ patient } = { patient: false }) {
        const connectionString = await (own?.createDatabase() ?? createDatabase(sharedServer()));
        const limits = { connectionTimeout: MINUTE, lockTimeout: MINUTE, statementTimeout: MINUTE };
        const options = { connectionString, ...(patient && limits) };
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
  const { value: environment } = await store.environments.create(newEnvironment(name), context);
  const at = { environmentId: environment.id };
  const { value: resource } = await store.resources.create(at, newResource('reports'), context);
  const scopes: ResourceScope[] = [];
  for (const scopeName of scopeNames) {
    const change = await store.scopes.create({ ...at, resourceId: resource.id }, { name: scopeName }, context);
    scopes.push(change.value);
  }
  const { value: application } = await store.applications.create(at, newApplication('reader', more), context);
  return { environment, at, resource, scopes, application, applicationAt: { ...at, applicationId: application.id } };
}
