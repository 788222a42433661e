import { request as send } from 'node:http';
import type { Exchange, Field } from './outcome.js';

/** Milliseconds that the demo may take to respond to itself. */
const TIMEOUT_MS = 10_000;

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Sends a request over HTTP, as any client would, and keeps both sides. The returned exchange is uncut: call
 * {@link cutSecrets} before it leaves the process.
 */
export function exchange({ method, url, headers = {}, body = '' }: Outgoing): Promise<Exchange> {
  const fields: Field[] = [['Host', url.host], ...Object.entries(headers)];
  if (body !== '') fields.push(['Content-Length', String(Buffer.byteLength(body))]);
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method, headers: fields.flat(), agent: false, timeout: TIMEOUT_MS });
    outgoing.on('timeout', () => outgoing.destroy(new Error('The demo did not respond to itself in time.')));
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({
          request: { method, path: url.pathname + url.search, headers: fields, body },
          response: {
            status: incoming.statusCode ?? 0,
            statusText: incoming.statusMessage ?? '',
            headers: pairs(incoming.rawHeaders),
            body: Buffer.concat(chunks).toString('utf8'),
          },
          ms: performance.now() - startedAt,
        });
      });
    });
    outgoing.end(body);
  });
}

function pairs(raw: readonly string[]): Field[] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : []));
}

/** How much of a token is shown: its header, and nothing by which it could be used. */
const SHOWN_CHARACTERS = 24;

/** The exchange with each of these secrets cut to its beginning and its length. */
export function cutSecrets({ request, response, ms }: Exchange, secrets: readonly string[]): Exchange {
  const cut = (text: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, shorten(secret)), text);
  const cutFields = (fields: readonly Field[]): Field[] => fields.map(([name, value]) => [name, cut(value)]);
  return {
    request: { ...request, headers: cutFields(request.headers), body: cut(request.body) },
    response: { ...response, headers: cutFields(response.headers), body: cut(response.body) },
    ms,
  };
}

function shorten(secret: string): string {
  const shown = secret.length > 4 * SHOWN_CHARACTERS ? secret.slice(0, SHOWN_CHARACTERS) : '';
  return `${shown}… (${secret.length} characters)`;
}

export function basicCredentials(id: string, secret: string): string {
  return Buffer.from(`${id}:${secret}`).toString('base64');
}
