import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { PATCH_MEDIA_TYPES } from '../../admin/merge-patch.js';
import type { Operation, Params } from '../../admin/operations/operation.js';
import { AdminError, notFound } from '../../grants/errors.js';
import { parseUuid } from '../../grants/ids.js';
import type { ChangeContext } from '../../grants/store.js';

/** Reads the parts of a request to the admin API, and checks the form of each. */

/** @throws {AdminError} `not_found` for an id that is not a UUID: no object has it */
export function readParams(req: Request): Params {
  const ids = Object.entries(req.params).map(([name, value]) => {
    const id = parseUuid(value);
    if (id === undefined) throw notFound();
    return [name, id];
  });
  return Object.fromEntries(ids);
}

/** Parses the query itself: `req.query` depends on settings of the application. */
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

export function requireBody(operation: Operation, body: unknown): unknown {
  if (body !== undefined) return body;
  if (operation.bodyOptional) return {};
  throw new AdminError('invalid_request', [{ code: 'REQUIRED_VALUE', message: 'The request needs a body.' }]);
}

/** @throws {AdminError} `media_type` for a patch of another kind, such as JSON Patch (RFC 6902) */
export function checkPatchType(req: Request): void {
  const [type = ''] = (req.get('Content-Type') ?? '').split(';');
  if (type === '' || PATCH_MEDIA_TYPES.some((each) => each === type.trim().toLowerCase())) return;
  const message = `A PATCH takes ${PATCH_MEDIA_TYPES.join(' or ')}.`;
  throw new AdminError('media_type', [{ code: 'INVALID_VALUE', target: 'Content-Type', message }]);
}

const MAX_TRANSACTION_ID_LENGTH = 100;

/** The caller's own id for this change, without characters that could corrupt a log. */
export function readTransactionId(req: Request): string | undefined {
  const text = req.get('X-Ping-External-Transaction-ID');
  return text?.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_TRANSACTION_ID_LENGTH) || undefined;
}

/** RFC 9110 §13.1.1. Weak tags, and tags that this API did not make, never match. */
export function readIfMatch(req: Request): '*' | readonly string[] | undefined {
  const text = req.get('If-Match');
  if (text === undefined) return undefined;
  if (text.trim() === '*') return '*';
  return parseEntityTags(text).flatMap((tag) => (/^"[\x21\x23-\x7e]+"$/.test(tag) ? [tag.slice(1, -1)] : []));
}

function parseEntityTags(text: string): string[] {
  return text.split(',').map((tag) => tag.trim());
}

/** A key belongs to one caller and path. Another request with the same key is refused, so a digest of the body is kept. */
export function readIdempotencyKey(
  req: Request,
  owner: readonly unknown[],
  body: unknown,
): ChangeContext['idempotency'] {
  const key = req.get('Idempotency-Key');
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    const message = 'Idempotency-Key must be 1 to 255 visible ASCII characters.';
    throw new AdminError('invalid_request', [{ code: 'INVALID_VALUE', target: 'Idempotency-Key', message }]);
  }
  return { key: digest([...owner, key]), fingerprint: digest(body) };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
