import { isUtf8 } from 'node:buffer';
import { AdminError, type Detail } from '../grants/errors.js';
import { findMemberProblem } from '../json-members.js';

/** Bodies of this API need five levels. */
const MAX_DEPTH = 32;

/**
 * Reads a JSON body (RFC 8259).
 *
 * Verified: UTF-8; well-formed; no member twice in one object (§4: readers disagree about its meaning); not nested
 * deeper than 32 levels.
 *
 * @throws {AdminError} `media_type` for another encoding, `invalid_request` for the rest
 */
export function parseJson(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new AdminError('media_type');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed('The body is not well-formed JSON.', cause);
  }
  const problem = findMemberProblem(text, { maxDepth: MAX_DEPTH });
  if (problem?.reason === 'too_deep') throw malformed(`The body nests deeper than ${MAX_DEPTH} levels.`);
  if (problem) throw malformed('An object has a member twice.', undefined, problem.name.slice(0, 100));
  return value;
}

function malformed(message: string, cause?: unknown, target?: string): AdminError {
  const detail: Detail = { code: 'INVALID_VALUE', ...(target !== undefined && { target }), message };
  return new AdminError('invalid_request', [detail], { cause });
}
