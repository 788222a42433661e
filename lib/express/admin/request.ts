import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Operation, Params } from '../../admin/operations/operation.js';
import { AdminError, notFound } from '../../grants/errors.js';
import { parseUuid } from '../../grants/ids.js';
import type { ChangeContext } from '../../grants/store.js';
import { readJsonBody } from './json-body.js';

/** What a request to the admin API says, part by part, each checked for its form. */

/** @throws {AdminError} `not_found` for what is no UUID: nothing has such an id */
export function readParams(req: Request): Params {
  const ids = Object.entries(req.params).map(([name, value]) => {
    const id = parseUuid(value);
    if (id === undefined) throw notFound();
    return [name, id];
  });
  return Object.fromEntries(ids);
}

/** The query by its own letters: what `req.query` is depends on settings of the application's. */
export function parseQueryString(req: Request): Record<string, string | string[]> {
  const parameters = new URLSearchParams(req.url.replace(/^[^?]*/, ''));
  const search: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of parameters) {
    const before = search[name];
    if (Array.isArray(before)) before.push(value);
    else search[name] = before === undefined ? value : [before, value];
  }
  return { ...search };
}

export async function readBody(operation: Operation, req: Request): Promise<unknown> {
  const body = await readJsonBody(req);
  if (body !== undefined) return body;
  if (operation.bodyOptional) return {};
  throw new AdminError('invalid_request', [{ code: 'REQUIRED_VALUE', message: 'The request needs a body.' }]);
}

const MAX_TRANSACTION_ID_LENGTH = 100;

/** The caller's own id for what it does, in the characters that a log can take. */
export function readTransactionId(req: Request): string | undefined {
  const text = req.get('X-Ping-External-Transaction-ID');
  return text?.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_TRANSACTION_ID_LENGTH) || undefined;
}

/** RFC 9110 §13.1.1. A weak tag never matches, nor does one that was not made here. */
export function readIfMatch(req: Request): '*' | readonly number[] | undefined {
  const text = req.get('If-Match');
  if (text === undefined) return undefined;
  if (text.trim() === '*') return '*';
  return parseEntityTags(text).flatMap((tag) => (/^"[1-9]\d{0,14}"$/.test(tag) ? [Number(tag.slice(1, -1))] : []));
}

export function parseEntityTags(text: string): string[] {
  return text.split(',').map((tag) => tag.trim());
}

/** The key is that of one caller at one path; another request with it is refused, so the request is remembered too. */
export function readIdempotencyKey(
  req: Request,
  about: readonly unknown[],
  body: unknown,
): ChangeContext['idempotency'] {
  const key = req.get('Idempotency-Key');
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    const message = 'Idempotency-Key must be 1 to 255 visible ASCII characters.';
    throw new AdminError('invalid_request', [{ code: 'INVALID_VALUE', target: 'Idempotency-Key', message }]);
  }
  return { key: digest([...about, key]), fingerprint: digest(body) };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
