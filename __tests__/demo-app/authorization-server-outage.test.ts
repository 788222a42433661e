import { type PostgresProxy, postgresProxy } from '../support/postgres-proxy.js';
import { describeEachEngine } from '../support/stores.js';
import { openTables } from '../support/tables.js';
import { administrationOf, REDIRECT_URI, tokenAnswer } from './fixtures/administration.js';
import { openBrowser } from './fixtures/browser.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

jest.setTimeout(60_000);

let demo: BuiltDemo;
beforeAll(() => {
  demo = openBuiltDemo();
});
afterAll(() => demo?.remove());

const SCOPE = 'urn:opc:resource:consumer:paas:analytics::read';

const loginAddress = ({ url }: RunningServer, clientId: string) =>
  `${url}/oauth2/v1/authorize?${new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
  })}`;

describeEachEngine((engine) => {
  if (engine.name === 'SQLite') {
    test('delays only the sign-in while another process writes, and still serves token requests', async () => {
      const database = await engine.database();
      const server = await demo.run({ DATABASE: database.address });
      const client = await (await administrationOf(server)).createApplication('Waiting');
      await (await administrationOf(server)).setGrants(client, { Demo: [SCOPE] });
      const holder = await openTables(database);
      await holder.run('begin immediate');
      let isOpen = false;
      const opening = openBrowser(server.url)
        .open(loginAddress(server, client.id))
        .then((page) => {
          isOpen = true;
          return page;
        });

      for (let requests = 0; requests < 5; requests++) {
        expect((await tokenAnswer(server, server.operator, { scope: SCOPE })).status).toBe(200);
      }
      expect(isOpen).toBe(false);
      await holder.run('rollback');
      await holder.close();

      expect((await opening).status).toBe(200);
    });
    return;
  }

  describe('unavailable database', () => {
    let proxy: PostgresProxy;
    afterEach(() => proxy?.close());

    test('responds with 503 while the database is unavailable, and recovers afterwards', async () => {
      proxy = await postgresProxy((await engine.database()).address);
      const server = await demo.run({ DATABASE: proxy.connectionString });
      const { operator } = server;
      const client = await (await administrationOf(server)).createApplication('Waiting');
      await (await administrationOf(server)).setGrants(client, { Demo: [SCOPE] });
      const browser = openBrowser(server.url);
      const login = await browser.open(loginAddress(server, client.id));
      await proxy.cut();

      const token = await tokenAnswer(server, operator, { scope: SCOPE });
      const page = await browser.open(loginAddress(server, client.id));
      const form = await browser.submit(login, 'login', { name: 'first-user', password: server.password });
      await server.printed(/^The authorization server failed: /m);
      await proxy.restore();
      let again = await tokenAnswer(server, operator, { scope: SCOPE });
      for (let tries = 0; again.status === 503 && tries < 200; tries++) {
        again = await tokenAnswer(server, operator, { scope: SCOPE });
      }
      const consent = await browser.submit(login, 'login', { name: 'first-user', password: server.password });

      expect(token).toEqual({
        status: 503,
        body: { error: 'temporarily_unavailable', error_description: expect.any(String) },
      });
      expect([page.status, form.status]).toEqual([503, 503]);
      expect(again.status).toBe(200);
      expect(consent.text).toContain('asks to act for you');
    });
  });
});
