import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import { createTestIssuer } from '../../lib/testing/test-issuer.js';
import { sharedRsaKeyPair } from '../support/shared-rsa-key.js';
import { selfSigned } from './fixtures/certificate.js';
import { runCommand } from './fixtures/terminal.js';

/** Issuers that are broken in one way each, as real servers on this machine. */

const issuer = createTestIssuer({}, sharedRsaKeyPair());
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function listen(server: Server, protocol: string): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener) => listen(createHttpServer(listener), 'http');
const sendJson =
  (value: unknown, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
const sendStatus =
  (status: number, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_req, res) => {
    res.writeHead(status, headers).end();
  };

/** An issuer with metadata, whose keys and metadata a test may replace. */
async function discoverable(keys: RequestListener, change: object = {}): Promise<string> {
  const url: string = await serve((req, res) => {
    if (req.url === '/keys') return keys(req, res);
    if (req.url !== '/.well-known/openid-configuration') return sendStatus(404)(req, res);
    return sendJson({ issuer: url, jwks_uri: `${url}/keys`, ...change })(req, res);
  });
  return url;
}

const oci = (url: string, tenant = issuer.tenant) => ['doctor', '--oci', url, '--tenant', tenant];
const goodKeys = sendJson(issuer.jwks());

const DAY = 86_400_000;
const now = Date.now();

async function https(notBefore: number, notAfter: number) {
  const { cert, key } = selfSigned(new Date(notBefore), new Date(notAfter));
  const url = await listen(createHttpsServer({ cert, key }, goodKeys), 'https');
  const trusting: typeof fetch = (address, init) =>
    undiciFetch(address as string, { ...(init as object), dispatcher: new Agent({ connect: { ca: cert } }) }) as never;
  return { url, trusting };
}

const weakKey = () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  return { ...publicKey.export({ format: 'jwk' }), kid: 'weak', use: 'sig' };
};

interface Broken {
  readonly args: readonly string[];
  readonly given?: Parameters<typeof runCommand>[1];
  readonly says: RegExp;
  readonly advises: RegExp;
  readonly code?: number;
}

const BROKEN: Readonly<Record<string, () => Promise<Broken>>> = {
  'a wrong path': async () => ({
    args: ['doctor', `${await serve(sendStatus(404))}/ui/v1/console`],
    ...{ says: /answered 404.*"issuerBaseURL" needs one of them/, advises: /without a path of the console/ },
  }),
  'protected keys': async () => ({
    args: oci(await serve(sendStatus(401))),
    ...{ says: /SigningCert\/jwk answered 401/, advises: /turn on "Configure client access"/ },
  }),
  'an expired certificate': async () => {
    const { url, trusting } = await https(now - 20 * DAY, now - DAY);
    const [says, advises] = [/cannot be reached \(CERT_HAS_EXPIRED\)/, /certificate of the issuer expired: renew it/];
    return { args: oci(url), given: { fetch: trusting }, says, advises, code: 3 };
  },
  'a certificate that is not valid yet': async () => {
    const { url, trusting } = await https(now + DAY, now + 20 * DAY);
    return {
      args: oci(url),
      given: { fetch: trusting },
      says: /CERT_NOT_YET_VALID/,
      advises: /set the clock/,
      code: 3,
    };
  },
  'a self-signed certificate': async () => ({
    args: oci((await https(now - DAY, now + DAY)).url),
    ...{ says: /DEPTH_ZERO_SELF_SIGNED_CERT/, advises: /NODE_EXTRA_CA_CERTS/, code: 3 },
  }),
  'no usable key': async () => ({
    args: ['doctor', await discoverable(sendJson({ keys: [{ ...issuer.jwks().keys[0], use: 'enc' }] }))],
    ...{ says: /None of 1 keys is usable[\s\S]*its "use" is "enc"/, advises: /publish a public signing key/ },
  }),
  'a weak key': async () => ({
    args: ['doctor', await discoverable(sendJson({ keys: [weakKey()] }))],
    ...{ says: /Key "weak" is not usable: its modulus has 1024 bits/, advises: /RSA of 2048 bits or more/ },
  }),
  'an empty key set': async () => ({
    args: ['doctor', await discoverable(sendJson({ keys: [] }))],
    ...{ says: /The key set is empty/, advises: /publish a public signing key/ },
  }),
  'a clock that is off': async () => ({
    args: oci(await serve(goodKeys)),
    given: { now: () => Date.now() - 600_000 },
    ...{ says: /clock of the issuer is (?:59\d|60\d) s ahead/, advises: /NTP/ },
  }),
  'the wrong tenant': async () => ({
    args: ['doctor', '--oci', 'https://idcs-0a1b.identity.oraclecloud.com', '--tenant', 'idcs-ffff'],
    given: { fetch: async () => Response.json(issuer.jwks()) },
    ...{ says: /that of the tenant idcs-0a1b, not of idcs-ffff/, advises: /Take the tenant from the Domain URL/ },
  }),
  'a sample token of another tenant': async () => ({
    args: [...oci(await serve(goodKeys), 'idcs-other'), '--token', '-'],
    given: { input: issuer.token() },
    ...{ says: /refused \(tenant_mismatch\)/, advises: /tenant or environment from the console/ },
  }),
  'HTML instead of JSON': async () => ({
    args: oci(await serve((_req, res) => void res.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'))),
    ...{ says: /answered 200, but not with JSON/, advises: /A web page answered/ },
  }),
  'a redirect': async () => ({
    args: oci(await serve(sendStatus(302, { Location: 'https://login.example/' }))),
    ...{ says: /answered 302: redirects are not followed/, advises: /it redirects to https:\/\/login\.example\// },
  }),
  'an issuer that fails': async () => ({
    args: oci(await serve(sendStatus(502))),
    ...{ says: /answered 502/, advises: /look at its status page/ },
  }),
  'an issuer of another name': async () => ({
    args: ['doctor', await discoverable(goodKeys, { issuer: 'https://other.example' })],
    ...{ says: /names the issuer "https:\/\/other\.example"/, advises: /the name that the issuer has for itself/ },
  }),
  'keys at an address without TLS': async () => ({
    args: ['doctor', await discoverable(goodKeys, { jwks_uri: 'http://keys.example/' })],
    ...{ says: /has the "jwks_uri" "http:\/\/keys\.example\/"/, advises: /publish its keys at an https address/ },
  }),
  'a compressed response': async () => ({
    args: oci(await serve(sendJson({ keys: [] }, { 'Content-Encoding': 'gzip' }))),
    ...{ says: /content encoding although none was accepted/, advises: /not compress/ },
  }),
  'a document that is no key set': async () => ({
    args: oci(await serve(sendJson({ message: 'hello' }))),
    ...{ says: /not a JSON Web Key Set/, advises: /address of the keys/ },
  }),
  'nothing that listens': async () => {
    const url = await serve(goodKeys);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    return { args: oci(url), says: /ECONNREFUSED/, advises: /Nothing listens there/, code: 3 };
  },
  'a connection that is cut': async () => ({
    args: oci(await serve((req) => void req.socket.destroy())),
    ...{ says: /cannot be reached/, advises: /firewall or a proxy/, code: 3 },
  }),
  'an address without TLS': async () => ({
    args: ['doctor', 'http://issuer.example'],
    ...{ says: /The address is not https/, advises: /Use the https address/ },
  }),
  'the address of the metadata': async () => ({
    args: ['doctor', 'https://issuer.example/.well-known/openid-configuration'],
    ...{ says: /that of a document/, advises: /Leave out \/\.well-known/ },
  }),
};

test.each(Object.entries(BROKEN))('doctor says what is wrong and what to do: %s', async (_, prepare) => {
  const { args, given, says, advises, code = 1 } = await prepare();
  const result = await runCommand(args, given);
  expect(result.out).toMatch(says);
  expect(result.out).toMatch(new RegExp(`What to do: .*${advises.source}`));
  expect(result.code).toBe(code);
  const { findings } = JSON.parse((await runCommand([...args, '--json'], given)).out);
  expect(findings.filter(({ result }: { result: string }) => ['problem', 'unknown'].includes(result))).not.toEqual([]);
});

test('doctor finds nothing wrong with a good domain, and names every key and the clock', async () => {
  const args = [...oci(await serve(goodKeys)), '--token', '-'];
  const { code, out } = await runCommand(args, { input: issuer.token() });
  expect(out).toMatch(/✓ 1 of 1 keys are usable\.\n✓ Key ".*" is usable for "RS256"\.\n✓ The clocks differ by \d s\./);
  expect(out).toContain('✓ The token is accepted for urn:opc:resource:scope:account.');
  expect(code).toBe(0);
});

test('doctor finds the keys of a good issuer by its metadata, and keeps the token to itself', async () => {
  const keys = issuer.jwks().keys.map(({ key_ops: _, ...key }) => key);
  const url = await discoverable(sendJson({ keys }));
  const token = issuer.token({ iss: url, aud: 'orders' });
  const { code, out, err } = await runCommand(['doctor', url, '--token', 'token.txt'], {
    files: { 'token.txt': token },
  });
  expect([code, out]).toEqual([0, expect.stringContaining(`The metadata names ${url}/keys.`)]);
  expect(out + err).not.toContain(token.split('.')[2]);
});
