import { MAX_AUDIENCES } from '../scope/grammar.js';
import { fail, type Outcome, succeed } from './errors.js';
import type { TokenRequest } from './token-request.js';

/**
 * An absolute URI without a fragment (RFC 8707 §2, RFC 3986 §4.3):
 *
 *     absolute-URI = scheme ":" hier-part [ "?" query ]
 *     scheme       = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
 */
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:[!$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/;

/** The audiences that a request wants its token for; `undefined` where it does not say. */
export type RequestedResources = ReadonlySet<string> | undefined;

/** Reads the `resource` parameters of a request. A refresh, and a code, may name some of what the user consented to. */
export function readRequestedResources(
  { resource, application }: TokenRequest,
  consented: ReadonlySet<string> | undefined,
): Outcome<RequestedResources> {
  if (resource === undefined) return succeed(undefined);
  const values: readonly unknown[] = [resource].flat();
  if (values.length === 0 || values.length > MAX_AUDIENCES || !values.every(isResource))
    return fail('resource_malformed');
  const resources = new Set(values);
  if (resources.size > 1 && application.requestScopesForMultipleResourcesEnabled !== true) {
    return fail('several_resources_requested');
  }
  if (consented !== undefined && ![...resources].every((each) => consented.has(each))) {
    return fail('resource_not_consented');
  }
  return succeed(resources);
}

function isResource(value: unknown): value is string {
  return typeof value === 'string' && ABSOLUTE_URI.test(value);
}
