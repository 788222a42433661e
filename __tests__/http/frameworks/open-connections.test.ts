import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { GrantStore } from 'scopegate/admin';
import { WebSocket } from 'ws';
import { buildProgram, FLAGS } from '../../support/processes.js';
import { context, createSetting, describeEachEngine, type Setting } from '../../support/stores.js';
import type { Streamed } from '../../support/streaming-process.js';
import { PAAS } from '../fixtures/domain.js';

jest.setTimeout(60_000);

/** Milliseconds within which a change takes effect in another process: the default `maxStalenessMs`. */
const BOUND = 1000;

const OTHER = 'urn:opc:resource:consumer:other::read';

let program: ReturnType<typeof buildProgram>;
const running = new Set<ChildProcess>();
beforeAll(() => {
  program = buildProgram('streaming-process');
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  program?.remove();
});

async function startServer(message: object): Promise<Streamed> {
  const child = fork(program.path, { execArgv: FLAGS, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  running.add(child);
  await once(child, 'message');
  child.send(message);
  const [streamed] = (await once(child, 'message')) as [Streamed & { error?: string }];
  if (streamed.error !== undefined) throw new Error(streamed.error);
  return streamed;
}

/** How a connection ended, and when. */
interface End {
  readonly reason: string;
  readonly at: number;
}

/** Resolves once it is open. */
async function openStream({ port, token }: Streamed): Promise<{ readonly end: Promise<End> }> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  const toEnd = (text: string) => ({
    reason: /event: ended\ndata: (.*)/.exec(text)?.[1] ?? text,
    at: performance.now(),
  });
  return { end: response.text().then(toEnd) };
}

async function openSocket({ port, token }: Streamed): Promise<{ readonly end: Promise<End> }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${token}` } });
  await once(socket, 'open');
  return {
    end: once(socket, 'close').then(([code, reason]) => ({ reason: `${code} ${reason}`, at: performance.now() })),
  };
}

type GrantedSetting = Setting & { readonly grantAt: Setting['applicationAt'] & { readonly grantId: string } };

describeEachEngine((engine) => {
  let store: GrantStore;
  let opening: object;
  let settings = 0;
  beforeAll(async () => {
    const database = await engine.database();
    store = await database.open();
    opening = database.opening;
  });
  afterAll(() => store?.close());

  /** Open connections of one application in another process, and their ends to come. */
  async function openConnections() {
    const setting = await createSetting(store, [PAAS, OTHER], `test ${++settings}`, { trustScope: 'Account' });
    const scopes = [{ name: PAAS }, { name: OTHER }];
    const { value: grant } = await store.grants.create(
      setting.applicationAt,
      { resource: { id: setting.resource.id }, scopes },
      context,
    );
    const server = await startServer({ opening, applicationId: setting.application.id, scope: PAAS });
    const opened = await Promise.all([openStream(server), openSocket(server)]);
    return { ...setting, grantAt: { ...setting.applicationAt, grantId: grant.id }, ends: opened.map(({ end }) => end) };
  }

  const CASES: readonly (readonly [string, string, (own: GrantedSetting) => Promise<unknown>])[] = [
    ['its grant is revoked', 'application_revoked', ({ grantAt }) => store.grants.delete(grantAt, context)],
    [
      'one scope is taken from its grant',
      'insufficient_scope',
      ({ grantAt, scopes }) => store.grants.removeScope(grantAt, scopes[0]?.id as string, context),
    ],
    [
      'the tokens of its subject are revoked',
      'application_revoked',
      ({ applicationAt }) => store.applications.revokeTokens(applicationAt, 'ada', context),
    ],
  ];

  test.each(CASES)(
    'a stream and a WebSocket in another process end within a second when %s',
    async (name, reason, revoke) => {
      const own = await openConnections();
      await revoke(own);
      const acknowledged = performance.now();
      const ends = await Promise.all(own.ends);
      expect(ends.map((end) => end.reason)).toEqual([reason, `1008 ${reason}`]);
      const times = ends.map(({ at }) => Math.round(at - acknowledged));
      process.stderr.write(`${engine.name}, ${name}: ended ${times.join(' ms and ')} ms after the acknowledgement\n`);
      expect(Math.max(...times)).toBeLessThanOrEqual(BOUND);
    },
  );

  test('a stream and a WebSocket in another process stay open when nothing is taken from them', async () => {
    const own = await openConnections();
    const other = own.scopes[1]?.id as string;
    await store.grants.removeScope(own.grantAt, other, context);
    await store.applications.revokeTokens(own.applicationAt, 'bob', context);
    const before = performance.now();
    await store.grants.delete(own.grantAt, context); // each change is applied in its turn
    const ends = await Promise.all(own.ends);
    expect(ends.map((end) => end.reason)).toEqual(['application_revoked', '1008 application_revoked']);
    for (const { at } of ends) expect(at).toBeGreaterThanOrEqual(before);
  });
});
