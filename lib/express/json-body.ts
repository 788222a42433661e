import { type Request, type Response, raw } from 'express';
import { parseJson } from '../grants/json.js';
import { AdminProblem } from '../grants/problem.js';

/** The longest body that is read: the largest request that the API takes is some 100 KiB. */
const LONGEST = 256 * 1024;

const read = raw({ type: () => true, limit: LONGEST, inflate: false });

/**
 * The JSON body of a request; `undefined` where it has none. What a parser of the application's has read before is taken
 * as that left it.
 *
 * @throws {AdminProblem} `media_type`, `too_large` or `invalid_request`
 */
export async function readJsonBody(req: Request, res: Response): Promise<unknown> {
  if (!hasBody(req)) return undefined;
  if (!isJson(req.headers['content-type'])) throw new AdminProblem('media_type');
  if (!isRead(req)) await readBytes(req, res);
  const { body } = req;
  if (typeof body === 'string') return parseJson(Buffer.from(body));
  if (!Buffer.isBuffer(body)) return body;
  return body.length === 0 ? undefined : parseJson(body);
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** `application/json` or `application/…+json`, in UTF-8: the one encoding of JSON (RFC 8259 §8.1). */
function isJson(contentType = ''): boolean {
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  return isUtf8 && /^application\/(?:[\w.!#$&^-]+\+)?json$/.test(type);
}

function isRead(req: Request): boolean {
  return req.readableEnded || (req as { _body?: boolean })._body === true;
}

function readBytes(req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    read(req, res, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(problemOf(error));
    });
  });
}

function problemOf(cause: unknown): AdminProblem {
  const { status } = cause as { status?: unknown };
  if (status === 413) return new AdminProblem('too_large', [], { cause });
  return new AdminProblem(status === 415 ? 'media_type' : 'invalid_request', [], { cause });
}
