import type { Outcome } from '../../demo-app/front-door/outcome.js';
import { type Administration, administrationOf } from './fixtures/administration.js';
import { type BuiltDemo, openBuiltDemo, type RunningServer } from './fixtures/built-demo.js';

jest.setTimeout(60_000);

let demo: BuiltDemo;
let server: RunningServer;

beforeAll(async () => {
  demo = openBuiltDemo();
  server = await demo.run({ DATABASE: 'door.db' });
});

afterAll(() => demo?.remove());

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly method?: string;
}

async function send(action: string, { headers = {}, body = '{}', method = 'POST' }: Sent = {}, { url } = server) {
  const response = await fetch(`${url}/front-door/${action}`, {
    method,
    headers: { origin: url, 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Outcome };
}

const act = (action: string, story?: string, at = server) =>
  send(action, { body: JSON.stringify({ ...(story && { story }) }) }, at);

describe('the page', () => {
  test.each([
    ['*/*', 'application/json; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['text/html;q=0.5, application/json', 'application/json; charset=utf-8'],
  ])('/ answers by Accept: %s', async (accept, type) => {
    const { headers } = await fetch(`${server.url}/`, { headers: { accept } });

    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('vary')).toContain('Accept');
  });

  test('nothing on it is inline or from another server', async () => {
    const response = await fetch(`${server.url}/`, { headers: { accept: 'text/html' } });
    const policy = response.headers.get('content-security-policy');
    const text = await response.text();

    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|data:|\*|https?:/);
    expect(text).not.toMatch(/<style|<script(?![^>]* src="\/)| style=| on\w+=|https?:\/\//);
  });

  test('an address that is nowhere is a page for a browser, and problem details for curl', async () => {
    const page = await fetch(`${server.url}/nowhere`, { headers: { accept: 'text/html' } });
    const problem = await fetch(`${server.url}/nowhere`);

    expect([page.status, problem.status]).toEqual([404, 404]);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(problem.headers.get('content-type')).toContain('application/problem+json');
  });
});

describe('the five actions', () => {
  test('tell the story against the API and the authorization server', async () => {
    const { story, token } = (await act('token')).body;
    const call = await act('call', story);
    const removal = await act('remove', story);
    const refused = await act('call', story);
    const gift = await act('grant', story);

    expect(token?.exchange.request.path).toBe('/oauth2/v1/token');
    expect(call.body.call?.exchange.response.status).toBe(200);
    expect(removal.body.change?.exchange.response.status).toBe(204);
    expect(removal.body.held).toEqual(['urn:opc:resource:consumer:paas:analytics::write']);
    expect(refused.body.call).toMatchObject({
      exchange: { response: { status: 403 } },
      record: { reason: 'insufficient_scope', detail: expect.stringContaining('no longer granted') },
      sinceChangeMs: expect.any(Number),
    });
    expect(removal.body.change?.effect.sinceChangeMs).toBeLessThanOrEqual(refused.body.call?.sinceChangeMs ?? -1);
    expect(gift.body.change?.effect.exchange.response.status).toBe(200);
  });

  test('a change that is asked for twice is made once, and its outcome is the same', async () => {
    const { story } = (await act('token')).body;
    const first = await act('remove', story);
    const second = await act('remove', story);

    expect(second.body).toEqual(first.body);
  });

  test('never show a token or a secret', async () => {
    const { story } = (await act('token')).body;
    const shown = [await act('token', story), await act('call', story), await act('remove', story)];
    const text = JSON.stringify(shown);

    expect(text).not.toMatch(/eyJ[\w-]{30}/);
    expect(text).not.toContain(server.operator.secret);
    expect(text).toMatch(/Basic [\w+/=]{24}… \(\d+ characters\)/);
  });

  test.each<[string, string, Sent, number]>([
    ['no Origin', 'token', { headers: { origin: '' } }, 403],
    ['the origin of another site', 'token', { headers: { origin: 'https://evil.example' } }, 403],
    ['an opaque origin', 'token', { headers: { origin: 'null' } }, 403],
    ['the own origin at another port', 'token', { headers: { origin: 'http://127.0.0.1:1' } }, 403],
    ['a browser that says cross-site', 'token', { headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    ['a browser that says same-site', 'token', { headers: { 'sec-fetch-site': 'same-site' } }, 403],
    ['a form', 'token', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' }, 415],
    ['text, which needs no preflight', 'token', { headers: { 'content-type': 'text/plain' } }, 415],
    ['no JSON', 'token', { body: '{' }, 400],
    ['a list', 'token', { body: '[]' }, 400],
    ['another member', 'token', { body: '{"scope":"x"}' }, 400],
    ['a story that is no text', 'call', { body: '{"story":{"$ne":1}}' }, 400],
    ['more than a kilobyte', 'token', { body: JSON.stringify({ story: 'x'.repeat(2000) }) }, 413],
    ['a sixth action', 'delete', {}, 404],
    ['a member of every object', 'constructor', {}, 404],
    ['another method', 'token', { method: 'GET' }, 404],
    ['a story that nobody began', 'call', { body: '{"story":"d3300000-0000-4000-8000-00000000000f"}' }, 410],
    ['the application of somebody else', 'remove', { body: '{"story":"d3300000-0000-4000-8000-000000000001"}' }, 410],
    ['no access token', 'take-back', {}, 401],
    ['something else for an access token', 'take-back', { headers: { authorization: 'Bearer a.b.c' } }, 401],
  ])('refuse %s', async (_, action, sent, status) => {
    const before = (await dashboards()).length;

    expect((await send(action, sent)).status).toBe(status);
    expect(await dashboards()).toHaveLength(before);
  });

  test('give no other site leave to read a response', async () => {
    const { headers } = await act('token');

    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.getSetCookie()).toEqual([]);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('what is left behind', () => {
  test('sixteen windows at most, and the oldest ends first', async () => {
    const first = (await act('token')).body.story;
    for (let windows = 0; windows < 16; windows++) await act('token');

    expect((await dashboards()).length).toBe(16);
    expect((await act('call', first)).status).toBe(410);
  });

  test('a window that begins again keeps its application', async () => {
    const { story } = (await act('token')).body;
    await act('remove', story);
    const again = (await act('token', story)).body;

    expect(again.story).toBe(story);
    expect((await act('call', story)).body.call?.exchange.response.status).toBe(200);
  });

  test('an application that was deleted meanwhile ends the story, and the next one begins', async () => {
    const { story } = (await act('token')).body;
    await (await administrationOf(server)).remove({ id: story, secret: '' });

    expect((await act('remove', story)).status).toBe(410);
    expect((await act('token', story)).body.story).not.toBe(story);
  });

  test('a demo that starts on the same database takes over, and the bound holds', async () => {
    server.process.kill('SIGKILL'); // interrupted
    await server.ended;
    server = await demo.run({ DATABASE: 'door.db' });
    const { story } = (await act('token')).body;

    expect((await act('call', story)).body.call?.exchange.response.status).toBe(200);
    expect((await dashboards()).length).toBeLessThanOrEqual(16);
  });

  test('scopes that were deleted are made again', async () => {
    const other = await demo.run({ DATABASE: 'scopes.db' });
    const first = (await act('token', undefined, other)).body.story;
    await (await administrationOf(other)).deleteScopes('Demo', /analytics/);
    const { story } = (await act('token', first, other)).body;

    expect((await act('call', story, other)).body.call?.exchange.response.status).toBe(200);
  });
});

/** The applications of windows. */
async function dashboards(): Promise<readonly { readonly id: string }[]> {
  const administration: Administration = await administrationOf(server);
  const applications = await administration.applications();
  return applications.filter(({ name }) => name === 'Dashboard');
}
