import type { NextFunction, Request, Response } from 'express';
import { parseJson } from '../../admin/json.js';
import { AdminError } from '../../grants/errors.js';
import type { Express } from './load-express.js';

/** Larger than any body that the API accepts, except a thousand scopes named by their longest names. */
const MAX_BODY_BYTES = 256 * 1024;

type RawParser = (req: Request, res: Response, next: NextFunction) => void;

/** Reads the JSON body of a request. */
export type JsonBodyReader = (req: Request, res: Response) => Promise<unknown>;

export function createJsonBodyReader({ raw }: Pick<Express, 'raw'>): JsonBodyReader {
  const parseRaw = raw({ type: isJson, limit: MAX_BODY_BYTES, inflate: false });
  return (req, res) => readJsonBody(req, res, parseRaw);
}

/**
 * Reads the JSON body of a request; `undefined` if there is none. A body that the application has already parsed is used
 * as it is.
 *
 * @throws {AdminError} `media_type`, `too_large` or `invalid_request`
 */
async function readJsonBody(req: Request, res: Response, parseRaw: RawParser): Promise<unknown> {
  if (!hasBody(req)) return undefined;
  if (!isJson(req)) throw new AdminError('media_type');
  if (!isParsed(req)) await Promise.race([readBytes(req, res, parseRaw), refuseLongBody(req)]);
  const { body } = req;
  if (typeof body === 'string') return parseJson(Buffer.from(body));
  if (!Buffer.isBuffer(body)) return body;
  return body.length === 0 ? undefined : parseJson(body);
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** `application/json` or `application/…+json`, in UTF-8: the only encoding of JSON (RFC 8259 §8.1). */
function isJson({ headers }: Pick<Request, 'headers'>): boolean {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return isUtf8 && /^application\/(?:[\w.!#$&^-]+\+)?json$/.test(type);
}

function isParsed(req: Request): boolean {
  return req.readableEnded || (req as { _body?: boolean })._body === true;
}

function readBytes(req: Request, res: Response, parseRaw: RawParser): Promise<void> {
  return new Promise((resolve, reject) => {
    parseRaw(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(toAdminError(error))));
  });
}

/** Rejects as soon as a body is too long: `express.raw` reads it to its end first. */
function refuseLongBody(req: Request): Promise<never> {
  return new Promise((_, reject) => {
    let length = 0;
    const refuse = () => reject(new AdminError('too_large'));
    if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) refuse();
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) refuse();
    });
  });
}

/** The `status` of an error of `express.raw` shows the cause: from 500 on, the application. */
function toAdminError(error: unknown): unknown {
  const { status = 500 } = error as { status?: number };
  if (status >= 500) return error;
  if (status === 413) return new AdminError('too_large');
  return new AdminError(status === 415 ? 'media_type' : 'invalid_request');
}
