import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Served, Serving } from './http-process.js';
import { buildProgram, FLAGS } from './processes.js';
import { context, createSetting, newApplication, type Setting, type TestDatabase } from './stores.js';
import type { Machine } from './suspensions.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A process of its own that serves a store by HTTP. */
export interface HttpProcess {
  readonly pid: number;
  readonly database: TestDatabase;
  readonly setting: Setting;
  /** The ids of the applications that were answered 201. */
  readonly acknowledged: readonly string[];
  /** Makes an application. */
  change(timeout?: number): Promise<Answer>;
  /** Reads the applications. */
  list(): Promise<Answer>;
  /** Asks for something that needs a grant. */
  report(): Promise<Answer>;
  /** Ends it. Resolves with what it printed on stderr; rejects where it has ended before. */
  end(): Promise<string>;
}

/** What `report` needs. */
const READ = 'urn:opc:resource:consumer:paas::read';

/** How long an answer may take at all, in milliseconds; the stores under test are told to give up long before. */
const BOUND = 10_000;

/** The limits of the stores under test, in milliseconds. */
export const LIMITS_OF = {
  SQLite: { busyTimeout: 200 },
  PostgreSQL: { poolSize: 2, connectionTimeout: 3000, lockTimeout: 200, statementTimeout: 2000 },
};

/** Gives the tests of a file such processes. Those that still run after all are killed. */
export function useHttpProcesses() {
  let program: ReturnType<typeof buildProgram>;
  const running = new Set<ReturnType<typeof fork>>();
  beforeAll(() => {
    program = buildProgram('http-process');
  });
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL');
    program?.remove();
  });

  /** With an application in the database that is granted what `report` needs. */
  return async function start(
    database: TestDatabase,
    options: object,
    { asNobody = false, before = () => undefined as unknown, machine = undefined as Machine | undefined } = {},
  ): Promise<HttpProcess> {
    const store = await database.open();
    const setting = await createSetting(store, [READ], 'test', { trustScope: 'Account' });
    const granted = { resource: { id: setting.resource.id }, scopes: [{ name: READ }] };
    await store.grants.create(setting.applicationAt, granted, context);
    await store.close();
    await before();

    const { execArgv = [], env = process.env } = machine?.forkOptions(program.path) ?? {};
    const child = fork(program.path, {
      execArgv: [...FLAGS, ...execArgv],
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    running.add(child);
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const ended = once(child, 'close');
    const failed = ended.then(() => {
      running.delete(child);
      throw new Error(`The server has ended:\n${stderr}`);
    });
    failed.catch(() => undefined);
    await Promise.race([once(child, 'message'), failed]);
    const opening = { ...database.opening, options: { ...database.opening.options, ...options } };
    child.send({ opening, applicationId: setting.application.id, scope: READ, asNobody } satisfies Serving);
    const [served] = (await Promise.race([once(child, 'message'), failed])) as [Served & { error?: string }];
    if (served.error !== undefined) throw new Error(served.error);

    const acknowledged: string[] = [];
    const applications = `/v1/environments/${setting.environment.id}/applications`;
    async function send(path: string, token: string, body?: object, timeout = BOUND): Promise<Answer> {
      const answer = await fetch(`http://127.0.0.1:${served.port}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(timeout),
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    }
    return {
      pid: child.pid as number,
      database,
      setting,
      acknowledged,
      async change(timeout) {
        const answer = await send(applications, served.adminToken, newApplication('more'), timeout);
        if (answer.status === 201) acknowledged.push(JSON.parse(answer.text).id);
        return answer;
      },
      list: () => send(`${applications}?limit=1`, served.adminToken),
      report: () => send('/reports', served.readerToken),
      async end() {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`It has ended:\n${stderr}`);
        child.kill();
        await ended;
        return stderr;
      },
    };
  };
}
