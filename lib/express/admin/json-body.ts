import type { Request, Response } from 'express';
import { parseJson } from '../../admin/json.js';
import { AdminError } from '../../grants/errors.js';

/** The longest body that is read. All that the API takes fits, but a thousand scopes named by their longest names. */
const MAX_BODY_BYTES = 256 * 1024;

/**
 * The JSON body of a request; `undefined` where it has none. What a parser of the application's has read before is taken
 * as that left it.
 *
 * @throws {AdminError} `media_type`, `too_large` or `invalid_request`
 */
export async function readJsonBody(req: Request, _res: Response): Promise<unknown> {
  if (!hasBody(req)) return undefined;
  if (!isJson(req.headers['content-type'])) throw new AdminError('media_type');
  const body = isParsed(req) ? req.body : await readBytes(req);
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

function isParsed(req: Request): boolean {
  return req.readableEnded || (req as { _body?: boolean })._body === true;
}

/** Says no as soon as it is clear: what is too long is not waited for, what is packed is not unpacked. */
function readBytes(req: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { 'content-encoding': encoding = 'identity', 'content-length': announced = '0' } = req.headers;
    const chunks: Buffer[] = [];
    let length = 0;
    const refuse = (kind: 'media_type' | 'too_large' | 'invalid_request') => {
      req.off('data', keep);
      req.resume(); // the rest is let go
      reject(new AdminError(kind));
    };
    const keep = (chunk: Buffer | string) => {
      const bytes = Buffer.from(chunk as string); // text, where the application set an encoding
      length += bytes.length;
      chunks.push(bytes);
      if (length > MAX_BODY_BYTES) refuse('too_large');
    };
    if (encoding.toLowerCase() !== 'identity') return refuse('media_type');
    if (Number(announced) > MAX_BODY_BYTES) return refuse('too_large');
    req.on('data', keep);
    req.once('end', () => resolve(Buffer.concat(chunks)));
    req.once('error', () => refuse('invalid_request'));
    req.once('close', () => refuse('invalid_request')); // nobody is there any more, unless it had ended
  });
}
