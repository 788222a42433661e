import type { Exchange } from './described.js';

/** What the fact sheet promises of every answer, whatever was asked. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const CODES: Readonly<Record<number, readonly string[]>> = {
  400: ['INVALID_DATA', 'INVALID_REQUEST'],
  401: ['ACCESS_FAILED'],
  403: ['ACCESS_FAILED'],
  404: ['NOT_FOUND'],
  405: ['INVALID_REQUEST'],
  412: ['REQUEST_FAILED'],
  413: ['INVALID_REQUEST'],
  415: ['INVALID_REQUEST'],
  422: ['INVALID_REQUEST'],
  500: ['UNEXPECTED_ERROR'],
  503: ['UNEXPECTED_ERROR'],
};

const DETAIL_CODES = [
  ['REQUIRED_VALUE', 'INVALID_VALUE', 'EMPTY_VALUE', 'OUT_OF_RANGE', 'INVALID_PARAMETER', 'SIZE_LIMIT_EXCEEDED'],
  ['UNIQUENESS_VIOLATION', 'CONSTRAINT_VIOLATION', 'INVALID_TOKEN', 'INSUFFICIENT_PERMISSIONS', 'INVALID_FILTER'],
].flat();

const NOT_FOUND = 'The request could not be completed. The requested resource was not found.';
const FORBIDDEN = 'The actor attempting to perform the request is not authorized.';

/** What an answer lacks; empty where nothing. */
export function broken({ method, status, headers, text }: Exchange): string[] {
  const correlation = headers['correlation-id'] ?? '';
  const rules: Record<string, boolean> = {
    'a Correlation-Id': UUID.test(correlation),
    'Cache-Control: no-store': headers['cache-control'] === 'no-store',
    'X-Content-Type-Options: nosniff': headers['x-content-type-options'] === 'nosniff',
    'an ETag of version and digest, where any': /^("\d+\.[\w-]{16}")?$/.test(headers.etag ?? ''),
    'a challenge with 401': status !== 401 || 'www-authenticate' in headers,
    'Allow with 405': status !== 405 || 'allow' in headers,
    'Retry-After with 503': status !== 503 || 'retry-after' in headers,
    'Location with 201, and only there': (status === 201) === 'location' in headers,
    'no body with 204, 304 and HEAD': text === '' || !([204, 304].includes(status) || method === 'HEAD'),
  };
  if (text !== '') {
    rules['application/json or hal+json'] = /^application\/(hal\+)?json$/.test(headers['content-type'] ?? '');
    rules['its length'] = headers['content-length'] === String(Buffer.byteLength(text));
    if (status === 201) rules['the Location of its object'] = JSON.parse(text)._links.self.href === headers.location;
    if (status >= 400) Object.assign(rules, promisesOfProblem(status, correlation, JSON.parse(text)));
  }
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

interface Problem {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly code: string; readonly message: string }[];
}

function promisesOfProblem(status: number, correlation: string, problem: Problem): Record<string, boolean> {
  const { id, code, message, details = [] } = problem;
  return {
    'the Correlation-Id as id': id === correlation,
    'members in order': 'id,code,message,details'.startsWith(Object.keys(problem).join()),
    'the code of its status': CODES[status]?.includes(code) ?? false,
    'known codes in details': details.every((detail) => DETAIL_CODES.includes(detail.code)),
    'details of a 400 and a 403': ![400, 403].includes(status) || details.length > 0,
    "PingOne's sentence for 404": status !== 404 || message === NOT_FOUND,
    "PingOne's sentence for 403": status !== 403 || message.startsWith(FORBIDDEN),
  };
}
