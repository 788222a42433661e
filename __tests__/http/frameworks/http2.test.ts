import { once } from 'node:events';
import { connect as connectHttp2, createServer, type Http2ServerRequest } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { type CheckResult, createGate } from 'scopegate';
import { ANALYTICS, bearer, issuer, PAAS, STACK, warmVerifier } from '../fixtures/domain.js';

const gate = createGate({ verifier: warmVerifier() });
const results: (CheckResult & { readonly headers: Http2ServerRequest['headers'] })[] = [];
const server = createServer(async (req, res) => {
  const result = await gate.check(req, ANALYTICS);
  results.push({ ...result, headers: req.headers });
  res.writeHead(result.ok ? 200 : result.refusal.status, result.ok ? {} : result.refusal.headers).end();
});
let port: number;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test('gate.check() decides about a request of HTTP/2', async () => {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const ask = async (headers: Record<string, string>) => {
    const stream = session.request({ ':path': '/', ...headers });
    const [seen] = await once(stream, 'response');
    stream.resume();
    return [seen[':status'], seen['www-authenticate']];
  };
  try {
    expect(await ask({ authorization: bearer(issuer.token({ scope: PAAS })) })).toEqual([200, undefined]);
    expect(await ask({})).toEqual([401, 'Bearer realm="api"']);
    expect(await ask({ authorization: bearer(issuer.token({ scope: STACK })) })).toEqual([
      403,
      expect.stringContaining(`scope="${ANALYTICS}"`),
    ]);
  } finally {
    session.close();
  }
});

/** A frame of HTTP/2 (RFC 9113 §4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A field as a literal without indexing and without Huffman coding (RFC 7541 §6.2.2). */
function field(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), literal(name), literal(value)]);
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [Math.min(bytes.length, 127)];
  let rest = bytes.length - 127;
  while (rest >= 128) {
    length.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  if (bytes.length >= 127) length.push(rest);
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** Sends what no client library would: fields as they are. Resolves once the server has decided. */
async function sendFields(fields: readonly (readonly [string, string])[]): Promise<(typeof results)[number]> {
  results.length = 0;
  const head = [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'a.example'],
    ...fields,
  ] as const;
  const block = Buffer.concat(head.map(([name, value]) => field(name, value)));
  const socket = connect(port, '127.0.0.1');
  const [END_STREAM, END_HEADERS] = [1, 4];
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(Buffer.concat([frame(4, 0, 0), frame(1, END_STREAM | END_HEADERS, 1, block)]));
  try {
    while (results.length === 0) await once(socket, 'data', { signal: AbortSignal.timeout(5000) });
    return results[0] as (typeof results)[number];
  } finally {
    socket.destroy();
  }
}

test('the fields that this test writes are read as they are', async () => {
  const authorization = bearer(issuer.token({ scope: PAAS }));

  expect(await sendFields([['authorization', authorization]])).toMatchObject({ ok: true, headers: { authorization } });
});

const own = ['authorization', bearer(issuer.token({ scope: PAAS }))] as const;
test.each([
  ['two tokens', [own, own]],
  ['an empty field, then a token', [['authorization', ''], own]],
  ['a token, then an empty field', [own, ['authorization', '']]],
  ['a token, and other credentials later', [own, ['accept', '*/*'], ['authorization', 'Basic eDp5']]],
] as const)('a request of HTTP/2 with %s is refused', async (_, fields) => {
  expect(await sendFields(fields)).toMatchObject({ ok: false, refusal: { reason: 'credentials_repeated' } });
});
