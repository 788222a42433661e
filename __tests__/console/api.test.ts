import { Api } from '../../console/app/api.js';
import type { Session } from '../../console/app/session.js';

const ROOT = 'https://api.example.com';

interface Sent {
  readonly url: string;
  readonly authorization: string | null;
}

describe('the client of the admin API', () => {
  let sent: Sent[];
  beforeEach(() => {
    sent = [];
    Object.assign(globalThis, { location: { origin: 'https://console.example.com' } });
    jest.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      const { url, headers } = new Request(input, init);
      sent.push({ url, authorization: headers.get('authorization') });
      return Response.json({});
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    Reflect.deleteProperty(globalThis, 'location');
  });

  const session = { token: async () => 'secret', drop: () => undefined } as unknown as Session;
  const get = (base: string, path: string) => new Api(base, session).get(path);

  test.each([
    [ROOT, '/environments?limit=50', `${ROOT}/environments?limit=50`],
    [`${ROOT}/`, '/environments', `${ROOT}/environments`],
    [`${ROOT}/v1`, '/environments?cursor=%2F..%2F', `${ROOT}/v1/environments?cursor=%2F..%2F`],
    ['/v1', '/environments', 'https://console.example.com/v1/environments'],
  ])('at %s, it asks for %s with the token', async (base, path, url) => {
    await get(base, path);
    expect(sent).toEqual([{ url, authorization: 'Bearer secret' }]);
  });

  describe.each([ROOT, `${ROOT}:8443`, `${ROOT}/v1`])('at %s', (base) => {
    test.each([
      'https://evil.example/v1/x',
      'data:.evil.example/v1/x',
      'x:@evil.example/',
      'x:.evil.example/',
      'x:/\\..\\..\\secrets',
      'x://evil.example/v1',
      '.evil.example/',
      '@evil.example/',
      ':@evil.example/',
      '0/',
      '/\\evil.example/../../../x',
      '//evil.example/../../..//x',
      'http://[',
      '',
    ])('the token does not leave the API by the path %j', async (path) => {
      const outcome = await get(base, path).catch(({ status }) => status);
      for (const { url } of sent) expect(url.startsWith(`${base}/`)).toBe(true);
      if (sent.length === 0) expect(outcome).toBe(404);
    });
  });

  test.each(['data:.evil.example/v1/x', 'x:@evil.example/', 'http://[', '/../../secrets', '/%2e%2e/x'])(
    'a path that is none of the API is not found, and nothing is sent: %s',
    async (path) => {
      await expect(get(`${ROOT}/v1`, path)).rejects.toMatchObject({ name: 'Error', status: 404 });
      expect(sent).toEqual([]);
    },
  );
});
