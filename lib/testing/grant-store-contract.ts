import type { GrantStore } from '../grants/store.js';
import { changeChecks } from './grant-store/change-checks.js';
import { dateChecks } from './grant-store/date-checks.js';
import { findChecks } from './grant-store/find-checks.js';
import { historyChecks } from './grant-store/history-checks.js';
import { listChecks } from './grant-store/list-checks.js';
import { objectChecks } from './grant-store/object-checks.js';
import { type Prepared, prepare, toGrantCommand } from './grant-store/prepared.js';
import { replayChecks } from './grant-store/replay-checks.js';
import { secretChecks } from './grant-store/secret-checks.js';
import { tokenChecks } from './grant-store/token-checks.js';
import { usageChecks } from './grant-store/usage-checks.js';
import { liveGrantsSourceContract, type OpenedSource } from './live-grants-source-contract.js';

export interface GrantStoreContractOptions {
  /**
   * Opens a store for each check, which closes it. The database may have other contents, since each check creates an
   * environment of its own; nothing else may change it meanwhile.
   */
  open(): Promise<GrantStore> | GrantStore;
}

export interface GrantStoreCheck {
  readonly title: string;
  /** Rejects with an `AssertionError` where the store breaks the contract. */
  run(): Promise<void>;
}

/**
 * The contract of a {@link GrantStore}, as checks for any test runner.
 *
 * Checked: defaults; names, ids and references that contradict what is stored; environments that do not see each other;
 * tags and conditions; dry runs and idempotency keys; transactions, whole or nothing; pages; filters and the order of
 * names; history; grants that begin and end; secrets; revocations; keys that may be used once; export and erasure; counts
 * of calls; and all of {@link liveGrantsSourceContract}: status, order and gaps of the change feed, notifications.
 * Not checked: several processes, crashes, outages and time-outs, query plans, limits of size.
 *
 * @example
 * ```ts
 * for (const { title, run } of grantStoreContract({ open: () => openMyStore() })) test(title, run);
 * ```
 */
export function grantStoreContract({ open }: GrantStoreContractOptions): GrantStoreCheck[] {
  const all = {
    ...objectChecks,
    ...changeChecks,
    ...listChecks,
    ...findChecks,
    ...dateChecks,
    ...tokenChecks,
    ...secretChecks,
    ...replayChecks,
    ...historyChecks,
    ...usageChecks,
  };
  const checks = Object.entries(all);
  return [
    ...checks.map(([title, check]) => ({ title, run: () => withStore(open, check) })),
    ...liveGrantsSourceContract({ open: async () => toSource(await openPrepared(open)) }).map(({ title, run }) => {
      return { title: `as a source of live grants, ${title}`, run };
    }),
  ];
}

async function withStore(
  open: GrantStoreContractOptions['open'],
  check: (prepared: Prepared) => Promise<void>,
): Promise<void> {
  const prepared = await openPrepared(open);
  try {
    await check(prepared);
  } finally {
    await prepared.store.close();
  }
}

async function openPrepared(open: GrantStoreContractOptions['open']): Promise<Prepared> {
  const store = await open();
  try {
    return await prepare(store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

function toSource({ store, resource, application, applicationAt, context }: Prepared): OpenedSource {
  const { applications, grants } = store;
  return {
    source: store,
    applicationId: application.id,
    grant: (...scopes) => {
      const wanted = scopes.length === 0 ? [] : [toGrantCommand({ resource }, ...scopes)];
      return grants.setAll(applicationAt, wanted, context);
    },
    revoke: () => applications.revokeTokens(applicationAt, undefined, context),
    disable: () => applications.replace(applicationAt, { ...application, enabled: false }, context),
    disconnect: () => store.close(),
    close: () => store.close(),
  };
}
