import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, Server } from 'node:net';
import { type TestClaims, type TestIssuer, testIssuer } from '../../lib/testing.js';

/** A resource application of an OCI domain: what its clients can ask for. */
export interface FakeResource {
  readonly audience: string;
  readonly scopes: readonly string[];
}

/**
 * What the modules of a page find instead of the internet: every `https` address leads to an issuer of tests, and every
 * port that they listen on to a free one of this machine.
 */
export class Internet {
  readonly #issuers = new Map<string, TestIssuer>();
  readonly #ports = new Map<number, Promise<number>>();
  readonly #realFetch = globalThis.fetch;
  /** Resource applications, the same in every domain. */
  resources: readonly FakeResource[] = [];
  /** Whether key endpoints respond; otherwise with 503. */
  hasKeys = true;

  /** Puts itself in place of the network, for this process. Resolves with the port of a proxy that leads to it. */
  async replaceNetwork(): Promise<number> {
    const proxy = http.createServer((req, res) => {
      this.#relay(req, res).catch((error) => {
        res.statusCode = 502;
        res.end(String(error));
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    proxy.unref();
    const { port } = proxy.address() as AddressInfo;
    globalThis.fetch = (input, init) => this.#fetch(new Request(input, init));
    replaceHttps(port);
    this.#replaceListen();
    return port;
  }

  /** A token of the issuer at this address, with these claims over its defaults. */
  token(url: string, claims: TestClaims, isExpired = false): string {
    const issuer = this.#issuerAt(new URL(url));
    return isExpired ? issuer.expiredToken(claims) : issuer.token(claims);
  }

  /** The port on which what listens on `port` listens really. */
  async realPort(port: number): Promise<number> {
    const found = this.#ports.get(port);
    if (found === undefined) throw new Error(`Nothing listens on port ${port}.`);
    return found;
  }

  async #fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (url.hostname !== 'localhost' && url.hostname !== '127.0.0.1') return this.#respond(request, url);
    if (this.#ports.has(Number(url.port))) {
      url.hostname = '127.0.0.1';
      url.port = String(await this.realPort(Number(url.port)));
    }
    return this.#realFetch(new Request(url, request));
  }

  async #respond(request: Request, url: URL): Promise<Response> {
    if (url.protocol !== 'https:') throw new TypeError(`fetch failed: ${url.origin} is not an https address.`);
    const issuer = this.#issuerAt(url);
    if (/\/(?:jwks?|jwks\.json|keys|certs)$/.test(url.pathname)) {
      return this.hasKeys ? Response.json(keysAt(url, issuer)) : new Response('', { status: 503 });
    }
    if (/\/\.well-known\//.test(url.pathname)) return Response.json(metadataOf(url));
    if (/\/token$/.test(url.pathname)) return this.#issueToken(issuer, url, request);
    if (/\/introspect(?:ion)?$/.test(url.pathname)) return introspect(request);
    return new Response('', { status: 404 });
  }

  /**
   * RFC 6749 §4.4, for whichever client. In a domain of Oracle's, the requested scope is an audience with a scope of it,
   * with nothing between; in an environment of PingOne's, the scope alone.
   */
  async #issueToken(issuer: TestIssuer, url: URL, request: Request): Promise<Response> {
    const environment = pingOneEnvironmentOf(url);
    const [, client = ''] = /^Basic (.+)$/.exec(request.headers.get('authorization') ?? '') ?? [];
    const [clientId] = Buffer.from(client, 'base64').toString().split(':');
    const asked = (new URLSearchParams(await request.text()).get('scope') ?? '').split(' ');
    const found = asked.map((scope) => {
      const resource = this.resources.find(({ audience, scopes }) =>
        environment === undefined ? scope.startsWith(audience) : scopes.includes(scope),
      );
      const name = environment === undefined ? scope.slice(resource?.audience.length ?? 0) : scope;
      return resource?.scopes.includes(name) ? { audience: resource.audience, name } : undefined;
    });
    const [first] = found;
    if (!clientId || first === undefined || found.some((each) => each?.audience !== first.audience)) {
      return Response.json({ error: clientId ? 'invalid_scope' : 'invalid_client' }, { status: clientId ? 400 : 401 });
    }
    const scope = found.map((each) => each?.name).join(' ');
    const claims = environment && { iss: `${url.origin}/${environment}/as`, env: environment };
    const token = issuer.token({ sub: clientId, client_id: clientId, aud: first.audience, scope, ...claims });
    return Response.json({ access_token: token, token_type: 'Bearer', expires_in: 3600 });
  }

  #issuerAt({ origin, hostname }: URL): TestIssuer {
    const known = this.#issuers.get(origin);
    if (known !== undefined) return known;
    const issuer = testIssuer({ url: origin, tenant: hostname.split('.')[0] as string });
    this.#issuers.set(origin, issuer);
    return issuer;
  }

  /** Requests of another process, with the whole address in the request line (RFC 9112 §3.2.2). */
  async #relay(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url as string);
    if (url.protocol === 'http:') {
      const options = { port: await this.realPort(Number(url.port)), host: '127.0.0.1', method: req.method as string };
      const path = `${url.pathname}${url.search}`;
      const onward = http.request({ ...options, path, headers: req.headers }, (response) => {
        res.writeHead(response.statusCode as number, response.statusMessage, response.rawHeaders);
        response.pipe(res);
      });
      onward.on('error', (error) => res.destroy(error));
      req.pipe(onward);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    const headers = Object.entries(req.headers).map(([name, value]) => [name, String(value)] as [string, string]);
    const response = await this.#respond(new Request(url, { method: req.method as string, headers, body }), url);
    res.writeHead(response.status, Object.fromEntries(response.headers));
    res.end(Buffer.from(await response.arrayBuffer()));
  }

  /** A program may say 3000; the machine gives it a free port. */
  #replaceListen(): void {
    const ports = this.#ports;
    const { listen } = Server.prototype;
    Server.prototype.listen = function (this: Server, ...args: unknown[]) {
      const [first] = args;
      const port = typeof first === 'object' ? (first as { port?: number } | null)?.port : Number(first);
      if (!port) return listen.apply(this, args as never);
      const listener = args.find((each) => typeof each === 'function') as (() => void) | undefined;
      const listening = new Promise<number>((resolve, reject) => {
        this.once('error', reject);
        this.once('listening', () => resolve((this.address() as AddressInfo).port));
      });
      ports.set(port, listening);
      return listen.call(this, { port: 0, host: '127.0.0.1' }, listener);
    } as typeof listen;
  }
}

/** RFC 7662, for whichever client. The opaque form of a token here has `~` for its dots. */
async function introspect(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const isAuthenticated = request.headers.has('authorization') || form.has('client_assertion');
  if (!isAuthenticated) return Response.json({ error: 'invalid_client' }, { status: 401 });
  const [, payload = ''] = (form.get('token') ?? '').split('~');
  if (payload === '') return Response.json({ active: false });
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return Response.json({ active: true, token_type: 'Bearer', ...claims });
}

/** The id of the environment whose endpoint this is. */
function pingOneEnvironmentOf({ hostname, pathname }: URL): string | undefined {
  return /^auth\.pingone\./.test(hostname) ? /^\/([0-9a-f-]{36})\/as\//.exec(pathname)?.[1] : undefined;
}

/** Only a domain of Oracle's publishes keys with `key_ops` that do not fit their use. */
function keysAt({ hostname }: URL, issuer: TestIssuer): object {
  const { keys } = issuer.jwks();
  if (hostname.endsWith('.identity.oraclecloud.com')) return { keys };
  return { keys: keys.map(({ key_ops, ...key }) => key) };
}

function metadataOf(url: URL): object {
  const issuer = url.href.replace(/\/\.well-known\/.*$/, '');
  return { issuer, jwks_uri: `${issuer}/jwks`, token_endpoint: `${issuer}/token` };
}

/** For packages that use `node:https`: their requests go through the proxy. */
function replaceHttps(proxyPort: number): void {
  const request = (input: string | URL | https.RequestOptions, ...rest: unknown[]) => {
    const last = rest.at(-1);
    const given = (typeof input === 'string' || input instanceof URL ? rest[0] : input) as https.RequestOptions;
    const url =
      typeof input === 'string' || input instanceof URL
        ? new URL(input)
        : new URL(`https://${given.hostname ?? given.host}${given.path ?? '/'}`);
    const { method, headers, timeout } = typeof given === 'object' ? given : {};
    const options = { method: method ?? 'GET', headers: { ...headers, host: url.host }, timeout };
    const onResponse = (typeof last === 'function' ? last : undefined) as (response: IncomingMessage) => void;
    return http.request({ ...options, host: '127.0.0.1', port: proxyPort, path: url.href }, onResponse);
  };
  https.request = request as typeof https.request;
  https.get = ((...args: Parameters<typeof request>) => {
    const sent = request(...args);
    sent.end();
    return sent;
  }) as typeof https.get;
  syncBuiltinESMExports();
}
