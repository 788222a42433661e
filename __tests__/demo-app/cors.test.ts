import { type Administration, administrationOf } from './fixtures/administration.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

let demo: BuiltDemo;
let server: RunningServer;
let admin: Administration;

beforeAll(async () => {
  demo = openBuiltDemo();
  server = await demo.run();
  admin = await administrationOf(server);
});
afterAll(() => demo?.remove());

const REGISTERED = ['https://console.example/tools/', 'com.example.app:/signed-in'];

test.each([
  ['https://console.example', true],
  ['https://evil.example', false],
  ['https://console.example:8443', false],
  ['null', false],
])(
  'a page of %s may redeem the codes of a client that is at https://console.example: %s',
  async (origin, isAllowed) => {
    const client = await admin.createApplication(`Console for ${origin}`, {
      type: 'NATIVE_APP',
      tokenEndpointAuthMethod: 'NONE',
      grantTypes: ['AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
      redirectUris: REGISTERED,
    });
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'none', client_id: client.id });
    const response = await fetch(`${server.url}/oauth2/v1/token`, { method: 'POST', headers: { origin }, body });

    expect(response.headers.get('access-control-allow-origin')).toBe(isAllowed ? origin : null);
    expect(await response.json()).toMatchObject({ error: isAllowed ? 'invalid_grant' : 'invalid_request' });
  },
);
