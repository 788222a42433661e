import { type Administration, administrationOf, type Client, tokenAnswer } from './fixtures/administration.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

let demo: BuiltDemo;
let server: RunningServer;
let administration: Administration;
let client: Client;

beforeAll(async () => {
  demo = openBuiltDemo();
  server = await demo.run();
  administration = await administrationOf(server);
  await administration.createResource('Alpha', ['see'], { audience: 'http://alpha.example/' });
  client = await administration.createApplication('One', { trustScope: 'Explicit' });
  await administration.setGrants(client, { Alpha: ['see'] });
});
afterAll(() => demo?.remove());

const statusWith = async (secret: string) =>
  (await tokenAnswer(server, { ...client, secret }, { scope: 'http://alpha.example/see' })).status;

test('the token endpoint takes each of several secrets until it is deleted, and tells when it was used', async () => {
  const blue = await administration.send('POST', client, 'secrets', { name: 'blue' });
  const readBlue = () => administration.send('GET', client, `secrets/${blue.id}`);
  expect(await readBlue()).not.toHaveProperty('lastUsedAt');

  expect([await statusWith(client.secret), await statusWith(blue.secret)]).toEqual([200, 200]);
  expect((await readBlue()).lastUsedAt).toMatch(/Z$/);
  await administration.send('DELETE', client, `secrets/${blue.id}`);
  expect([await statusWith(client.secret), await statusWith(blue.secret)]).toEqual([200, 401]);
});

test('the admin API tells when the previous secret was presented to the token endpoint', async () => {
  const { secret } = await administration.send('POST', client, 'secret');
  const { secret: next } = await administration.send('POST', client, 'secret');
  expect((await administration.send('GET', client, 'secret')).previous).not.toHaveProperty('lastUsed');

  expect([await statusWith(secret), await statusWith(next)]).toEqual([200, 200]);
  expect((await administration.send('GET', client, 'secret')).previous?.lastUsed).toMatch(/Z$/);
  await administration.send('DELETE', client, 'secret');
  expect([await statusWith(secret), await statusWith(next)]).toEqual([401, 200]);
});
