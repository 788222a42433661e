import type { GrantsDocument } from '../admin/document/model.js';
import type { Activity } from '../grants/model.js';
import type { GrantStore, Position } from '../grants/store.js';
import { type Call, type Command, EXIT, readTextFile, textOf, UsageError } from './terminal.js';

const DATABASE = '--sqlite <file> | --postgres <file with the connection string>';
const databaseOptions = { sqlite: { type: 'string' }, postgres: { type: 'string' } } as const;

async function openStore(call: Call): Promise<GrantStore> {
  const [sqlite, postgres] = [textOf(call, 'sqlite'), textOf(call, 'postgres')];
  if ((sqlite === undefined) === (postgres === undefined)) throw new UsageError(`Name the database: ${DATABASE}.`);
  if (sqlite !== undefined) return (await import('../sqlite.js')).openSqliteStore({ file: sqlite });
  const connectionString = await readConnectionString(call, postgres ?? '');
  return (await import('../postgres.js')).openPostgresStore({ connectionString });
}

/** It has a password, so it is read from a file or the standard input. */
async function readConnectionString(call: Call, path: string): Promise<string> {
  if (/^postgres(?:ql)?:/.test(path)) {
    throw new UsageError('A connection string is not an argument: others could read its password. Use a file, or -.');
  }
  return (path === '-' ? await call.terminal.readInput() : await readTextFile(call, path)).trim();
}

async function withStore<Value>(call: Call, use: (store: GrantStore) => Promise<Value>): Promise<Value> {
  const store = await openStore(call);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

export const migrateCommand: Command = {
  usage: `${DATABASE} [--plan]`,
  summary: 'Brings the tables of a database to this version, or lists what that would run.',
  example: 'npx scopegate migrate --postgres connection-string.txt --plan',
  options: { ...databaseOptions, plan: { type: 'boolean' } },
  arguments: [0, 0],
  run: async (call) => {
    if (call.values.plan === true) return showPlan(call);
    await withStore(call, async () => undefined); // opening a store migrates it
    return { code: EXIT.permit, json: { migrated: true }, lines: ['✓ The tables are those of this version.'] };
  },
};

async function showPlan(call: Call) {
  const path = textOf(call, 'postgres');
  if (path === undefined) throw new UsageError('--plan goes with --postgres. Try a SQLite file on a copy of it.');
  const connectionString = await readConnectionString(call, path);
  const { pending } = await (await import('../postgres.js')).planPostgresMigrations({ connectionString });
  const title = pending.length === 0 ? '✓ Nothing to migrate.' : `! Nothing was changed: ${pending.length} to run`;
  return { code: EXIT.permit, json: { pending }, lines: [title, ...pending.map((name) => `  + ${name}`)] };
}

export const applyCommand: Command = {
  usage: `<document.json | -> ${DATABASE} [--prune] [--dry-run]`,
  summary: 'Makes an environment what a document says, and shows what that changes.',
  example: 'npx scopegate apply production.json --sqlite grants.db --dry-run',
  options: { ...databaseOptions, prune: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  arguments: [1, 1],
  run: async (call) => {
    const [path = ''] = call.positionals;
    const document = parseDocument(path === '-' ? await call.terminal.readInput() : await readTextFile(call, path));
    const { applyDocument } = await import('../admin/document/apply-document.js');
    const dryRun = call.values['dry-run'] === true;
    const plan = await withStore(call, (store) =>
      applyDocument(store, document, { prune: call.values.prune === true, dryRun }),
    );
    const list = (mark: string, name: 'created' | 'changed' | 'removed') =>
      plan[name].map(({ type, name }) => `  ${mark} ${type} ${name}`);
    const changes = [...list('+', 'created'), ...list('~', 'changed'), ...list('-', 'removed')];
    return {
      code: EXIT.permit,
      json: { dryRun, ...plan },
      lines: [dryRun ? `! Nothing was changed: ${changes.length} changes` : `✓ ${changes.length} changes`, ...changes],
    };
  },
};

function parseDocument(text: string): GrantsDocument {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('The document is not JSON.');
  }
}

export const exportCommand: Command = {
  usage: `<environment> ${DATABASE} [--ids]`,
  summary: 'Writes an environment as the document that apply takes.',
  example: 'npx scopegate export Production --sqlite grants.db > production.json',
  options: { ...databaseOptions, ids: { type: 'boolean' } },
  arguments: [1, 1],
  run: async (call) => {
    const [environment = ''] = call.positionals;
    const { exportDocument } = await import('../admin/document/export-document.js');
    const ids = call.values.ids === true;
    const document = await withStore(call, (store) => exportDocument(store, environment, { ids }));
    return { code: EXIT.permit, json: document, lines: [JSON.stringify(document, null, 2)] };
  },
};

export const activitiesCommand: Command = {
  usage: `<environment id> ${DATABASE} [--application <id>] [--follow]`,
  summary: 'Lists who changed what, the oldest first; --follow goes on until it is interrupted.',
  example: 'npx scopegate activities 6b1f0a52-5d3c-4b7e-9a70-2f1f1c3e8d44 --sqlite grants.db --follow',
  options: { ...databaseOptions, application: { type: 'string' }, follow: { type: 'boolean' } },
  arguments: [1, 1],
  run: async (call) => {
    await withStore(call, async (store) => {
      const seen = await writeActivities(store, call, undefined);
      if (call.values.follow === true) await followActivities(store, call, seen);
    });
    return undefined;
  },
};

/** Writes the activities after the last one that was written, and returns the latest. */
async function writeActivities(store: GrantStore, call: Call, last: string | undefined): Promise<string | undefined> {
  const [environmentId = ''] = call.positionals;
  const applicationId = textOf(call, 'application');
  const found: Activity[] = [];
  let position: Position | undefined;
  do {
    const page = await store.activities.list({ environmentId }, { applicationId }, { limit: 100, position });
    if (page === undefined) throw new UsageError('There is no such environment.');
    const known = page.items.findIndex(({ id }) => id === last);
    found.push(...(known < 0 ? page.items : page.items.slice(0, known)));
    position = known < 0 ? page.next : undefined;
  } while (position !== undefined);
  for (const activity of [...found].reverse()) call.terminal.out(`${formatActivity(activity, call)}\n`);
  return found[0]?.id ?? last;
}

function formatActivity(activity: Activity, { values }: Call): string {
  if (values.json === true) return JSON.stringify(activity);
  const { recordedAt, type, targetId, actor } = activity;
  return `${recordedAt} ${type.padEnd(20)} ${targetId} by ${actor.client ?? actor.subject ?? 'nobody named'}`;
}

/** Reads again at each change of this process or another, and each second: an announcement may be missed. */
async function followActivities(store: GrantStore, call: Call, first: string | undefined): Promise<void> {
  const { signal } = call.terminal;
  let last = first;
  while (!signal.aborted) {
    await nextChange(store, signal);
    if (!signal.aborted) last = await writeActivities(store, call, last);
  }
}

async function nextChange(store: GrantStore, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  try {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1000);
      const unsubscribe = store.changes.subscribe(() => resolve());
      signal.addEventListener('abort', () => resolve(), { signal: ended.signal });
      ended.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        unsubscribe();
      });
    });
  } finally {
    ended.abort();
  }
}
