import crypto from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { closed, json, keyServer, text } from '../../support/key-server.js';
import { signingKey } from '../../support/tokens.js';
import { ask, outageOf, outcomeOf, published, tokenOf, verifierOf } from './fixtures/setting.js';

const key = signingKey('ES256', 'first');
const keySet = JSON.stringify(published(key));
const LIMIT = 256 * 1024;

test('accepts a key set of 256 KiB', async () => {
  const server = await keyServer(text(keySet.padStart(LIMIT)));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});

test('a key set of more than 256 KiB is an outage', async () => {
  const server = await keyServer(text(keySet.padEnd(LIMIT + 1)));

  const outage = await outageOf(ask(verifierOf(server), tokenOf(key)));
  expect(outage.message).toContain('answered more than 262144 bytes');
});

describe('an endless response of the key endpoint', () => {
  test.each([
    [200, {}, 'answered more than 262144 bytes'],
    [200, { 'content-encoding': 'gzip' }, 'a content encoding'],
    [302, { location: '/elsewhere' }, 'answered 302'],
    [500, {}, 'answered 500'],
  ])('stops reading and closes the connection for status %i with headers %j', async (code, headers, sentence) => {
    const server = await keyServer((_req, res) => {
      const more = () => {
        while (res.writable && res.write(Buffer.alloc(65_536, ' ')));
      };
      res.on('drain', more).writeHead(code, headers);
      more();
    });

    const outage = await outageOf(ask(verifierOf(server), tokenOf(key)));
    expect(outage.message).toContain(sentence);
    await closed(server.requests[0]);
  });
});

test('five thousand keys exceed the size limit', async () => {
  const server = await keyServer(json({ keys: Array.from({ length: 5000 }, () => key.jwk) }));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('outage');
});

test('finds the right one of a thousand keys with the same kid by its thumbprint', async () => {
  const other = signingKey('ES256', 'first');
  const keys = Array.from({ length: 1000 }, (_, i) => ({ ...other.jwk, x5t: `other-${i}` }));
  const server = await keyServer(json({ keys: [...keys, { ...key.jwk, x5t: 'mine' }] }));
  const verifier = verifierOf(server);

  expect(await outcomeOf(verifier, tokenOf(key, { x5t: 'mine' }))).toBe('accepted');
  expect(server.requests).toHaveLength(1);
});

test('imports sixteen of a thousand keys at first, and others when needed', async () => {
  const keys = Array.from({ length: 1000 }, (_, i) => ({ ...key.jwk, kid: `${i}` }));
  const verifier = verifierOf(await keyServer(json({ keys })));
  const imported = jest.spyOn(crypto, 'createPublicKey');
  try {
    await verifier.ready();
    expect(imported).toHaveBeenCalledTimes(16);
    expect(await outcomeOf(verifier, tokenOf(key, { kid: '999' }))).toBe('accepted');
    expect(imported).toHaveBeenCalledTimes(17);
  } finally {
    imported.mockRestore();
  }
});

test('finds the one good key among ten thousand invalid entries', async () => {
  const junk = '{},'.repeat(10_000);
  const server = await keyServer(text(`{"keys":[${junk}${JSON.stringify(key.jwk)}]}`));

  expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
});

describe('a compressed response of the key endpoint', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('a response compressed by %s is an outage', async (encoding, compress) => {
    const server = await keyServer(text(compress(keySet), { 'content-encoding': encoding }));

    const outage = await outageOf(ask(verifierOf(server), tokenOf(key)));
    expect(outage.message).toContain('a content encoding although none was accepted');
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('does not decompress a bomb of 256 MiB', async () => {
    const layer = gzipSync(Buffer.alloc(1024 * 1024));
    const bomb = Buffer.concat(Array.from({ length: 256 }, () => layer));
    const server = await keyServer(text(bomb, { 'content-encoding': 'gzip' }));
    const before = process.memoryUsage().rss;

    expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('outage');
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  test('accepts a response with the content encoding "identity"', async () => {
    const server = await keyServer(text(keySet, { 'content-encoding': 'identity' }));

    expect(await outcomeOf(verifierOf(server), tokenOf(key))).toBe('accepted');
  });
});
