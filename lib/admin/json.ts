import { isUtf8 } from 'node:buffer';
import { AdminError, type Detail } from '../grants/errors.js';

/** How deep a body may nest: what the API takes needs four levels. */
const MAX_DEPTH = 32;

/**
 * Reads a JSON body (RFC 8259).
 *
 * Verified: UTF-8; well-formed; no member twice in one object (§4: what a reader makes of that is unpredictable); not
 * nested deeper than 32 levels.
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
  checkMembers(text);
  return value;
}

function malformed(message: string, cause?: unknown, target?: string): AdminError {
  const detail: Detail = { code: 'INVALID_VALUE', ...(target !== undefined && { target }), message };
  return new AdminError('invalid_request', [detail], { cause });
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** Walks over text that `JSON.parse` has read: brackets match, and what stands before a colon is a member's name. */
function checkMembers(json: string): void {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined);
      if (open.length > MAX_DEPTH) throw malformed(`The body nests deeper than ${MAX_DEPTH} levels.`);
    } else if (token === '}' || token === ']') {
      open.pop();
    } else if (token === ':') {
      const name: string = JSON.parse(last);
      const members = open.at(-1);
      if (members?.has(name)) throw malformed('An object has a member twice.', undefined, name.slice(0, 100));
      members?.add(name);
    } else {
      last = token;
    }
  }
}
