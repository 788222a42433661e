import { readFileSync, writeFileSync } from 'node:fs';
import { openSqliteStore } from 'scopegate/sqlite';
import type { Call, Outcome } from '../support/call-results.js';
import type { StoreProcess } from '../support/processes.js';
import {
  context,
  createSetting,
  newApplication,
  newEnvironment,
  type Setting,
  type TestDatabase,
} from '../support/stores.js';

/** Contents by what they are called: the file itself, and what lies beside it. */
export type Files = Readonly<Partial<Record<'' | '-wal' | '-shm', Buffer>>>;

/** A database as it lies on the disk when the only process that used it was killed. */
export interface Remains {
  readonly files: Files;
  /** Asks for everything that is in it, and what it answers. */
  readonly reads: readonly Call[];
  readonly answers: readonly Outcome[];
}

const SUFFIXES = ['', '-wal', '-shm'] as const;

export function databaseAt(file: string): TestDatabase {
  const options = { file };
  const opening = { entry: 'scopegate/sqlite', creator: 'openSqliteStore', options };
  return { address: file, opening, open: (more) => openSqliteStore({ ...options, ...more }) };
}

/** @param where `log`: what was changed last is in the write-ahead log; `file`: all is in the file, and there is no log */
export async function makeRemains(file: string, writer: StoreProcess, where: 'log' | 'file'): Promise<Remains> {
  const store = await openSqliteStore({ file });
  const setting = await createSetting(store);
  await store.close();
  await writer.open(databaseAt(file));
  await writer.call(...changesOf(setting));
  const reads = readsOf(setting);
  const answers = await writer.call(...reads);
  if (where === 'file') await writer.do({ do: 'run', file, sql: 'pragma wal_checkpoint(truncate)' });
  await writer.kill();
  const suffixes = where === 'file' ? ([''] as const) : SUFFIXES;
  return { files: Object.fromEntries(suffixes.map((name) => [name, readFileSync(`${file}${name}`)])), reads, answers };
}

/** What a process of its own makes of such files: what it says of opening them, else of each read, and of a change. */
export async function outcomesOf(child: StoreProcess, file: string, files: Files, reads: readonly Call[]) {
  for (const [suffix, bytes] of Object.entries(files)) writeFileSync(`${file}${suffix}`, bytes);
  const opened = await child.do({ do: 'open', opening: databaseAt(file).opening });
  if (opened.error !== undefined) return { opened };
  const answers = await child.call(...reads);
  const [changed] = await child.call(['environments.create', newEnvironment('next'), context]);
  return { opened, answers, changed };
}

/** What is neither an answer nor a clear error among what came of damaged files. */
export function unclear({ opened, answers = [], changed }: Awaited<ReturnType<typeof outcomesOf>>): Outcome[] {
  const others = [...answers, ...(changed ? [changed] : [])];
  return [
    ...(opened.error === undefined || opened.message?.startsWith('The database ') ? [] : [opened]),
    ...others.filter(({ error = 'StoreUnavailableError' }) => error !== 'StoreUnavailableError'),
  ];
}

/** The bytes, other ones from a place on. */
export function overwritten(bytes: Buffer, at: number, by: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  by.copy(changed, at);
  return changed;
}

const page = { limit: 100 };

function changesOf({ at, resource, applicationAt }: Setting): Call[] {
  const granted = ['a', 'b'].map((name) => ({ name }));
  return [
    ['grants.setAll', applicationAt, [{ resource: { id: resource.id }, scopes: granted }], context],
    ['applications.rotateSecret', applicationAt, 'applications.secret', undefined, context],
    ['applications.revokeTokens', applicationAt, 'somebody', context],
    ...Array.from({ length: 12 }, (_, i): Call => ['applications.create', at, newApplication(`more ${i}`), context]),
    ...Array.from({ length: 3 }, (_, i): Call => ['environments.create', newEnvironment(`more ${i}`), context]),
  ];
}

function readsOf({ at, resource, applicationAt, application }: Setting): Call[] {
  return [
    ['environments.list', page],
    ['resources.list', at, page],
    ['scopes.list', { ...at, resourceId: resource.id }, page],
    ['applications.list', at, page],
    ['grants.list', applicationAt, page],
    ['scopes.holders', at, { scopeNames: ['a', 'b'] }, page],
    ['activities.list', at, {}, page],
    ['applications.secret', applicationAt],
    ['applicationStatus', application.id],
    ['changes.since', '0.unknown'],
  ];
}
