import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Answer, down, json, status, text } from './key-server.js';
import { signingKey } from './tokens.js';

/** A key endpoint that is up to something. */
export interface HostileAnswer {
  readonly name: string;
  readonly answer: Answer;
  /** What becomes of a good token whose key is published so: 503, or 200 where it can be found all the same. */
  readonly status: 200 | 503;
}

const SIZE = 256 * 1024 * 1024;
const page = '<!doctype html><title>Sign in</title><p>Your session has ended.';

/** Answers with spaces until nobody reads them any more, or `SIZE` is reached. */
function huge(headers: Readonly<Record<string, string>>): Answer {
  return (_req, res) => {
    const piece = Buffer.alloc(65_536, ' ');
    let left = SIZE;
    const more = () => {
      while (left > 0 && res.writable) {
        left -= piece.length;
        if (!res.write(piece)) return;
      }
      res.end();
    };
    res.on('drain', more).writeHead(200, headers);
    more();
  };
}

/** Sends bytes as they are in place of an answer, and hangs up. */
function raw(...lines: readonly string[]): Answer {
  return (req) => void req.socket.end(lines.join('\r\n'));
}

const bomb = Buffer.concat(Array<Buffer>(256).fill(gzipSync(Buffer.alloc(1024 * 1024, ' '))));

/** Whatever an endpoint may answer at once, in place of `keys` or around them. */
export function hostileAnswers(keys: readonly object[]): HostileAnswer[] {
  const set = JSON.stringify({ keys });
  const rsa = signingKey('RS256', 'other').jwk;
  const others = Array.from({ length: 10 }, () => signingKey('ES256', 'other').jwk);
  const many = Array.from({ length: 5000 }, (_, i) => ({ ...others[i % 10], kid: `other-${i}` }));
  const outages: Readonly<Record<string, Answer>> = {
    'hangs up': down,
    'resets the connection': (req) => void req.socket.resetAndDestroy(),
    'resets after the head': (req, res) => {
      res.writeHead(200).flushHeaders();
      req.socket.resetAndDestroy();
    },
    'resets in the middle of the keys': (req, res) => {
      res.write(set.slice(0, 40), () => req.socket.resetAndDestroy());
    },
    'answers 500': status(500),
    'answers 503 with an hour of Retry-After': status(503, { 'retry-after': '3600' }),
    'answers HTML': text(page, { 'content-type': 'text/html' }),
    'answers HTML as JSON': text(page, { 'content-type': 'application/jwk-set+json' }),
    'answers nothing': text(''),
    'answers null': json(null),
    'answers an array': json(keys),
    'answers a number': json(7),
    'answers a string': json(set),
    'answers {}': json({}),
    'answers keys of null': json({ keys: null }),
    'answers keys as an object': json({ keys: {} }),
    'answers no keys': json({ keys: [] }),
    'answers keys that are null': json({ keys: [null, null] }),
    'answers what is nested 100,000 deep': text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    'answers 256 MiB with their length': huge({ 'content-length': `${SIZE}` }),
    'answers 256 MiB without their length': huge({}),
    'answers a gzip bomb': text(bomb, { 'content-encoding': 'gzip' }),
    'answers a gzip bomb that does not say so': text(bomb),
    'answers with megabytes of headers': (req, res) => {
      res.socket?.write(`HTTP/1.1 200 OK\r\n${`x-more: ${'x'.repeat(1000)}\r\n`.repeat(4000)}`, () =>
        req.socket.destroy(),
      );
    },
    'redirects to itself': (req, res) => void res.writeHead(302, { location: req.url }).end(),
    'redirects to elsewhere': status(307, { location: 'http://127.0.0.1:9/jwks' }),
    'redirects to a file': status(301, { location: 'file:///etc/hostname' }),
    'says a length beyond its keys': raw('HTTP/1.1 200 OK', `content-length: ${set.length + 100}`, '', set),
    'says a length short of its keys': raw('HTTP/1.1 200 OK', `content-length: ${set.length - 10}`, '', set),
    'says two lengths': raw('HTTP/1.1 200 OK', `content-length: ${set.length}`, 'content-length: 2', '', set),
    'says a length that is no number': raw('HTTP/1.1 200 OK', 'content-length: many', '', set),
    'sends chunks that are none': raw('HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', set),
    'speaks another protocol': raw('220 mail.example ESMTP', ''),
    'sends garbage': (req) => void req.socket.end(randomBytes(4096)),
    'answers 5,000 keys': json({ keys: [...keys, ...many] }),
  };
  const odd: Readonly<Record<string, Answer>> = {
    'hints at its answer before it comes (103)': (req, res) => {
      res.writeEarlyHints({ link: '</jwks>; rel=preload' });
      json({ keys })(req, res);
    },
    'has null and numbers among its keys': json({ keys: [null, 7, ...keys, 'key', []] }),
    'has a thousand other keys': json({ keys: [...many.slice(0, 1000), ...keys] }),
    'has ten other keys under the same kid': json({
      keys: [...others.map((each) => ({ ...each, kid: 'one' })), ...keys],
    }),
    'has every key a hundred times': json({ keys: keys.flatMap((each) => Array<object>(100).fill(each)) }),
    'has a key with members nested 50,000 deep': text(
      `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","crv":${'['.repeat(50_000)}${']'.repeat(50_000)}},${set.slice(9)}`,
    ),
    'has a key with an exponent of 180 KB': json({ keys: [{ ...rsa, e: 'x'.repeat(240_000) }, ...keys] }),
    'says a key is of type text/plain': text(set, { 'content-type': 'text/plain' }),
  };
  const table = (answers: Readonly<Record<string, Answer>>, code: 200 | 503) =>
    Object.entries(answers).map(([name, answer]): HostileAnswer => ({ name, answer, status: code }));
  return [...table(outages, 503), ...table(odd, 200)];
}
