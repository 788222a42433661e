import { once } from 'node:events';
import { connect, constants, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import express from 'express';
import {
  type HttpRequest,
  type HttpResponse,
  type ProtectedResourceMetadataOptions,
  protectedResourceMetadata,
} from 'scopegate';
import request from 'supertest';
import { listening } from './fixtures/raw-http.js';

const resource = 'https://api.example/mcp';
const options = { resource, authorizationServers: ['https://issuer.example'] };
const PATH = '/.well-known/oauth-protected-resource/mcp';

function appWith(over: Partial<ProtectedResourceMetadataOptions> = {}) {
  return express()
    .use(protectedResourceMetadata({ ...options, ...over }))
    .use((_req, res) => void res.status(404).json({ passed: true }));
}

describe('the place of the metadata', () => {
  test.each([
    ['https://api.example', '/.well-known/oauth-protected-resource'],
    ['https://api.example/', '/.well-known/oauth-protected-resource'],
    ['https://api.example/mcp', '/.well-known/oauth-protected-resource/mcp'],
    ['https://api.example/mcp/', '/.well-known/oauth-protected-resource/mcp/'],
    ['https://api.example:8443/t1/mcp?v=2', '/.well-known/oauth-protected-resource/t1/mcp?v=2'],
    ['http://127.0.0.1:3000/mcp', '/.well-known/oauth-protected-resource/mcp'],
    ['http://localhost:3000', '/.well-known/oauth-protected-resource'],
  ])('9728-3.1: the metadata of %s is at %s', async (identifier, path) => {
    const handler = protectedResourceMetadata({ ...options, resource: identifier });
    expect(handler.url).toBe(new URL(identifier).origin + path);

    const { status, body } = await request(appWith({ resource: identifier })).get(path);
    expect(status).toBe(200);
    expect(body.resource).toBe(identifier);
  });

  test.each([
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp2',
    '/.well-known/oauth-protected-resource/mcp/more',
    '/.well-known/oauth-protected-resource//mcp',
    '/.well-known/OAuth-protected-resource/mcp',
    '/mcp/.well-known/oauth-protected-resource/mcp',
    '/mcp',
    '/',
  ])('a request for %s is passed on', async (path) => {
    const { status, headers, body } = await request(appWith()).get(path);

    expect([status, body]).toEqual([404, { passed: true }]);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test('a slash at the end and a query make no difference', async () => {
    const app = appWith();

    for (const path of [`${PATH}/`, `${PATH}?a=b`]) expect((await request(app).get(path)).status).toBe(200);
  });

  test('the query counts where the resource has one', async () => {
    const app = appWith({ resource: 'https://api.example/mcp?v=2' });

    expect((await request(app).get(`${PATH}?v=2`)).status).toBe(200);
    for (const path of [PATH, `${PATH}?v=3`]) expect((await request(app).get(path)).status).toBe(404);
  });

  test('the handler knows the whole path when it is mounted below one', async () => {
    const app = express().use('/.well-known', protectedResourceMetadata(options));

    expect((await request(app).get(PATH)).status).toBe(200);
  });
});

describe('the document', () => {
  test('9728-2: the document has the members of the options, and says that tokens come in the header', async () => {
    const members = { resource_name: 'Notes', 'resource_name#de': 'Notizen', dpop_bound_access_tokens_required: false };
    const { headers, text } = await request(appWith({ scopes: ['notes:read'], members })).get(PATH);

    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(text)).toEqual({
      resource,
      authorization_servers: ['https://issuer.example'],
      scopes_supported: ['notes:read'],
      bearer_methods_supported: ['header'],
      ...members,
    });
  });

  test('9728-3.2: members without a value are left out', async () => {
    const { body } = await request(appWith({ members: { resource_name: undefined } as never })).get(PATH);

    expect(Object.keys(body)).toEqual(['resource', 'authorization_servers', 'bearer_methods_supported']);
  });

  test('a member replaces the default', async () => {
    const { body } = await request(appWith({ members: { bearer_methods_supported: [] } })).get(PATH);

    expect(body.bearer_methods_supported).toEqual([]);
  });
});

describe('methods and headers', () => {
  test('every origin may read the document, and caches may keep it for five minutes', async () => {
    const { headers } = await request(appWith()).get(PATH).set('Origin', 'https://evil.example');

    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['cache-control']).toBe('public, max-age=300');
  });

  test.each([
    ['the tag', (tag: string) => tag, 304],
    ['the tag, weak', (tag: string) => `W/${tag}`, 304],
    ['the tag in a list', (tag: string) => `"a", ${tag}`, 304],
    ['a star', () => '*', 304],
    ['another tag', () => '"a"', 200],
    ['no tag', () => 'a', 200],
  ])('a conditional request with %s', async (_, condition, status) => {
    const app = appWith();
    const { headers } = await request(app).get(PATH);
    const response = await request(app)
      .get(PATH)
      .set('If-None-Match', condition(headers.etag as string));

    expect([response.status, response.headers.etag]).toEqual([status, headers.etag]);
    expect(response.headers['access-control-allow-origin']).toBe('*');
  });

  test('the tag changes with the document', async () => {
    const [one, other] = [await request(appWith()).get(PATH), await request(appWith({ scopes: ['a'] })).get(PATH)];

    expect(one.headers.etag).not.toBe(other.headers.etag);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const [get, head] = [await request(appWith()).get(PATH), await request(appWith()).head(PATH)];

    expect([head.status, head.text]).toEqual([200, undefined]);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
  });

  test('a browser may ask first, for the headers of an MCP client as well', async () => {
    const { status, headers, text } = await request(appWith())
      .options(PATH)
      .set({ 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'mcp-protocol-version' });

    expect([status, text]).toEqual([204, '']);
    expect(headers).toMatchObject({
      allow: 'GET, HEAD, OPTIONS',
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': '*',
    });
  });

  test.each(['post', 'put', 'delete', 'patch'] as const)(
    '%s is refused with the methods that are allowed',
    async (method) => {
      const { status, headers } = await request(appWith())[method](PATH).send({});

      expect([status, headers.allow, headers['access-control-allow-origin']]).toEqual([405, 'GET, HEAD, OPTIONS', '*']);
    },
  );
});

describe('servers without a framework', () => {
  const metadata = protectedResourceMetadata(options);
  const serve = (req: HttpRequest, res: HttpResponse) =>
    metadata(req, res, () => {
      res.statusCode = 404;
      res.end(Buffer.from('passed on'));
    });

  test('node:http serves the document, and passes other requests on', async () => {
    const server = await listening(serve);
    try {
      expect(await (await fetch(server.origin + PATH)).json()).toMatchObject({ resource });
      expect(await (await fetch(`${server.origin}/mcp`)).text()).toBe('passed on');
    } finally {
      await server.close();
    }
  });

  test.each(['GET', 'HEAD'])('HTTP/2 serves the document for %s', async (method) => {
    const server = createHttp2Server(serve).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    try {
      const stream = session.request({ ':path': PATH, ':method': method });
      const [headers] = await once(stream, 'response');
      let body = '';
      for await (const chunk of stream.setEncoding('utf8')) body += chunk;
      expect(headers[constants.HTTP2_HEADER_STATUS]).toBe(200);
      expect(body.includes(resource)).toBe(method === 'GET');
    } finally {
      session.close();
      server.close();
    }
  });
});
