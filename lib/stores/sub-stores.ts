import type {
  ApplicationCommand,
  EnvironmentCommand,
  GrantCommand,
  NewSecretCommand,
  ResourceCommand,
  RevocationCommand,
  ScopeCommand,
  ScopeReference,
} from '../grants/commands.js';
import {
  completeApplication,
  completeEnvironment,
  completeResource,
  type NewApplicationInput,
  type NewEnvironmentInput,
  type NewResourceInput,
} from '../grants/defaults.js';
import type {
  ApplicationListRequest,
  GrantListRequest,
  ListRequest,
  ScopeListRequest,
} from '../grants/list-request.js';
import type {
  ActivityStore,
  ApplicationPath,
  Change,
  ChangeContext,
  GrantPath,
  InEnvironment,
  PageRequest,
  ResourcePath,
  ScopePath,
  SecretPath,
} from '../grants/store.js';
import * as activities from './queries/activities.js';
import * as applications from './queries/applications.js';
import * as environments from './queries/environments.js';
import * as grants from './queries/grants.js';
import * as namedSecrets from './queries/named-secrets.js';
import { readGrant, readGrants, readGrantsOfResource } from './queries/read-grants.js';
import * as resources from './queries/resources.js';
import { revokeTokens } from './queries/revocations.js';
import { countScopeHolders, type HeldScopes, readScopeHolders } from './queries/scope-holders.js';
import * as scopes from './queries/scopes.js';
import { findValidSecret, type SecretRow } from './queries/secret-rows.js';
import * as secrets from './queries/secrets.js';
import type { Queryable } from './schema.js';
import type { SecretCipher } from './secret-cipher.js';
import type { UnitOfWork } from './unit-of-work.js';

/** What a change takes and resolves with: a call of the store, or a call within one of its transactions. */
interface Modes<Value> {
  store: { context: ChangeContext; result: Change<Value> };
  transaction: { context: Pick<ChangeContext, 'ifMatch'> | undefined; result: Value };
}
type Mode = keyof Modes<unknown>;
type Context<M extends Mode> = Modes<unknown>[M]['context'];

/** How the parts of a store run their statements. */
export interface Runner<M extends Mode> {
  /** Runs a change of an environment. */
  change<Value>(
    environmentId: string | undefined,
    context: Context<M>,
    apply: (unit: UnitOfWork) => Promise<Value>,
  ): Promise<Modes<Value>[M]['result']>;
  /** Runs a single statement; within a transaction, no other change of the environment comes between it and the end. */
  read<Value>(environmentId: string | undefined, find: (db: Queryable) => Promise<Value>): Promise<Value>;
  /** Runs several statements, which see the same state. */
  readAll<Value>(environmentId: string | undefined, find: (db: Queryable) => Promise<Value>): Promise<Value>;
  /** The same, for what a change records. */
  readHistory<Value>(environmentId: string | undefined, find: (db: Queryable) => Promise<Value>): Promise<Value>;
  /** The current time, RFC 3339. */
  getTime(): string;
  /** Where secrets are to be shown again. */
  readonly cipher: SecretCipher | undefined;
  /** Notes uses of secrets, and waits until those noted are stored. None within a transaction. */
  readonly uses: { note(secret: SecretRow): void; settle(): Promise<void> } | undefined;
}

export function createSubStores<M extends Mode>(runner: Runner<M>) {
  return {
    environments: createEnvironmentStore(runner),
    resources: createResourceStore(runner),
    scopes: createScopeStore(runner),
    applications: createApplicationStore(runner),
    secrets: createSecretStore(runner),
    grants: createGrantSubStore(runner),
    activities: createActivityStore(runner),
  };
}

/**
 * In place of an id: environments are created one after another, so that their ids are in the order of the changes, and so
 * that a transaction that found none of a name can create it.
 */
const NEW_ENVIRONMENT = 'new';

function createEnvironmentStore<M extends Mode>({ change, read, readAll }: Runner<M>) {
  return {
    create: (data: NewEnvironmentInput, context: Context<M>) =>
      change(NEW_ENVIRONMENT, context, (unit) => environments.createEnvironment(unit, completeEnvironment(data))),
    replace: (id: string, data: EnvironmentCommand, context: Context<M>) =>
      change(id, context, (unit) => environments.replaceEnvironment(unit, id, data)),
    delete: (id: string, context: Context<M>) =>
      change(id, context, (unit) => environments.deleteEnvironment(unit, id)),
    get: (id: string) => read(id, (db) => environments.readEnvironment(db, id)),
    list: (request: ListRequest) => readAll(NEW_ENVIRONMENT, (db) => environments.readEnvironments(db, request)),
  };
}

function createResourceStore<M extends Mode>({ change, read, readAll }: Runner<M>) {
  return {
    create: (at: InEnvironment, data: NewResourceInput, context: Context<M>) =>
      change(at.environmentId, context, (unit) => resources.createResource(unit, at, completeResource(data))),
    replace: (at: ResourcePath, data: ResourceCommand, context: Context<M>) =>
      change(at.environmentId, context, (unit) => resources.replaceResource(unit, at, data)),
    delete: (at: ResourcePath, context: Context<M>) =>
      change(at.environmentId, context, (unit) => resources.deleteResource(unit, at)),
    get: (at: ResourcePath) => read(at.environmentId, (db) => resources.readResource(db, at)),
    list: (at: InEnvironment, request: ListRequest) =>
      readAll(at.environmentId, (db) => resources.readResources(db, at, request)),
  };
}

function createScopeStore<M extends Mode>({ change, read, readAll, getTime }: Runner<M>) {
  return {
    create: (at: ResourcePath, data: ScopeCommand, context: Context<M>) =>
      change(at.environmentId, context, (unit) => scopes.createScope(unit, at, data)),
    replace: (at: ScopePath, data: ScopeCommand, context: Context<M>) =>
      change(at.environmentId, context, (unit) => scopes.replaceScope(unit, at, data)),
    delete: (at: ScopePath, context: Context<M>) =>
      change(at.environmentId, context, (unit) => scopes.deleteScope(unit, at)),
    get: (at: ScopePath) => read(at.environmentId, (db) => scopes.readScope(db, at)),
    list: (at: InEnvironment | ResourcePath, request: ScopeListRequest) =>
      readAll(at.environmentId, (db) => scopes.readScopes(db, at, request, getTime())),
    holders: (at: InEnvironment, held: HeldScopes, request: PageRequest) =>
      readAll(at.environmentId, (db) => readScopeHolders(db, at, held, request, getTime())),
    countHolders: (at: InEnvironment, scopeIds: readonly string[], most: number) =>
      read(at.environmentId, (db) => countScopeHolders(db, at, scopeIds, most, getTime())),
  };
}

function createApplicationStore<M extends Mode>({ change, read, readAll, getTime, cipher, uses }: Runner<M>) {
  return {
    create: (at: InEnvironment, data: NewApplicationInput, context: Context<M>) =>
      change(at.environmentId, context, (unit) => applications.createApplication(unit, at, completeApplication(data))),
    replace: (at: ApplicationPath, data: ApplicationCommand, context: Context<M>) =>
      change(at.environmentId, context, (unit) => applications.replaceApplication(unit, at, data)),
    delete: (at: ApplicationPath, context: Context<M>) =>
      change(at.environmentId, context, (unit) => applications.deleteApplication(unit, at)),
    get: (at: ApplicationPath) => read(at.environmentId, (db) => applications.readApplication(db, at)),
    list: (at: InEnvironment, request: ApplicationListRequest) =>
      readAll(at.environmentId, (db) => applications.readApplications(db, at, request, getTime())),
    rotateSecret: (at: ApplicationPath, secret: string, previousExpiresAt: string | undefined, context: Context<M>) =>
      change(at.environmentId, context, (unit) => secrets.rotateSecret(unit, at, secret, previousExpiresAt, cipher)),
    endPreviousSecrets: (at: ApplicationPath, context: Context<M>) =>
      change(at.environmentId, context, (unit) => secrets.endPreviousSecrets(unit, at)),
    secret: async (at: ApplicationPath) => {
      await uses?.settle();
      return read(at.environmentId, (db) => secrets.readSecretState(db, at, getTime(), cipher));
    },
    hasSecret: async (at: ApplicationPath, candidate: string) => {
      const found = await read(at.environmentId, (db) => findValidSecret(db, at, candidate, getTime()));
      if (found !== undefined) uses?.note(found);
      return found !== undefined;
    },
    revokeTokens: (at: ApplicationPath, revoked: string | RevocationCommand | undefined, context: Context<M>) =>
      change(at.environmentId, context, (unit) =>
        revokeTokens(unit, at, typeof revoked === 'object' ? revoked : { subject: revoked }),
      ),
  };
}

function createSecretStore<M extends Mode>({ change, readAll, getTime, cipher, uses }: Runner<M>) {
  return {
    create: (at: ApplicationPath, data: NewSecretCommand, secret: string, context: Context<M>) =>
      change(at.environmentId, context, (unit) => namedSecrets.createSecret(unit, at, data, secret, cipher)),
    delete: (at: SecretPath, context: Context<M>) =>
      change(at.environmentId, context, (unit) => namedSecrets.deleteSecret(unit, at)),
    get: async (at: SecretPath) => {
      await uses?.settle();
      return readAll(at.environmentId, (db) => namedSecrets.readSecret(db, at, getTime(), cipher));
    },
    list: async (at: ApplicationPath, request: PageRequest) => {
      await uses?.settle();
      return readAll(at.environmentId, (db) => namedSecrets.readSecrets(db, at, request, getTime()));
    },
  };
}

function createGrantSubStore<M extends Mode>({ change, readAll }: Runner<M>) {
  return {
    create: (at: ApplicationPath, data: GrantCommand, context: Context<M>) =>
      change(at.environmentId, context, (unit) => grants.createGrant(unit, at, data)),
    replace: (at: GrantPath, data: GrantCommand, context: Context<M>) =>
      change(at.environmentId, context, (unit) => grants.replaceGrant(unit, at, data)),
    delete: (at: GrantPath, context: Context<M>) =>
      change(at.environmentId, context, (unit) => grants.deleteGrant(unit, at)),
    get: (at: GrantPath) => readAll(at.environmentId, (db) => readGrant(db, at)),
    list: (at: ApplicationPath, request: GrantListRequest) =>
      readAll(at.environmentId, (db) => readGrants(db, at, request)),
    listOfResource: (at: ResourcePath, request: PageRequest) =>
      readAll(at.environmentId, (db) => readGrantsOfResource(db, at, request)),
    addScopes: (at: GrantPath, added: readonly ScopeReference[], context: Context<M>) =>
      change(at.environmentId, context, (unit) => grants.addGrantScopes(unit, at, added)),
    removeScope: (at: GrantPath, scopeId: string, context: Context<M>) =>
      change(at.environmentId, context, (unit) => grants.removeGrantScope(unit, at, scopeId)),
    setAll: (at: ApplicationPath, wanted: readonly GrantCommand[], context: Context<M>) =>
      change(at.environmentId, context, (unit) => grants.setGrants(unit, at, wanted)),
  };
}

function createActivityStore({ readHistory }: Pick<Runner<Mode>, 'readHistory'>): Pick<ActivityStore, 'get' | 'list'> {
  return {
    get: (at) => readHistory(at.environmentId, (db) => activities.readActivity(db, at)),
    list: (at, filter, request) =>
      readHistory(at.environmentId, (db) => activities.readActivities(db, at, filter, request)),
  };
}
