import { insist } from '../options.js';
import { isSelfScope as isPingOneSelfScope } from '../scope/self-scopes.js';
import { fail, type Outcome, succeed } from './errors.js';
import type { RequestingApplication, TokenRequest } from './token-request.js';

/** What a grant type decides about its tokens. */
interface GrantTypeRules {
  /** Its name among the grant types of an application. */
  readonly name: string;
  /** Whether its tokens act for a user. Of the platform's own scopes, such tokens have the self scopes, others the rest. */
  readonly isForUser: boolean;
  /** Whether `offline_access` gives a refresh token. */
  readonly canRefresh: boolean;
}

/** The rules for one request. */
export interface Flow extends GrantTypeRules {
  /** Whether a scope is about the user's own record. */
  readonly isSelfScope: (scope: string) => boolean;
}

/** `password` is not among them: RFC 9700 §2.4 forbids it, and no application of the admin API can have it. */
const FLOWS: ReadonlyMap<string, GrantTypeRules> = new Map([
  ['authorization_code', { name: 'AUTHORIZATION_CODE', isForUser: true, canRefresh: true }],
  ['implicit', { name: 'IMPLICIT', isForUser: true, canRefresh: false }],
  ['client_credentials', { name: 'CLIENT_CREDENTIALS', isForUser: false, canRefresh: false }],
  ['urn:ietf:params:oauth:grant-type:device_code', { name: 'DEVICE_CODE', isForUser: true, canRefresh: true }],
  ['urn:ietf:params:oauth:grant-type:token-exchange', { name: 'TOKEN_EXCHANGE', isForUser: true, canRefresh: true }],
  ['urn:openid:params:grant-type:ciba', { name: 'CIBA', isForUser: true, canRefresh: true }],
]);

export const REFRESH_TOKEN = { parameter: 'refresh_token', name: 'REFRESH_TOKEN' };

/**
 * Finds the grant type whose rules decide the request: for a refresh, the one that the refresh token came from.
 *
 * @throws {TypeError} for a refresh without its original request, or of a grant type without refresh tokens; for an
 *   `isSelfScope` that is not a function
 */
export function findFlow(request: TokenRequest): Outcome<Flow> {
  const { grantType, refreshed, application, grants, isSelfScope = isPingOneSelfScope } = request;
  insist(typeof isSelfScope === 'function', 'resolveTokenRequest()', 'isSelfScope', 'a function', isSelfScope);
  if (typeof grantType !== 'string') return fail('parameter_repeated');
  const isRefresh = grantType === REFRESH_TOKEN.parameter;
  const flow = isRefresh ? findOriginalFlow(refreshed) : FLOWS.get(grantType);
  if (flow === undefined) return fail('grant_type_unknown');
  if (!application.enabled) return fail('application_disabled');
  const needed = isRefresh ? [REFRESH_TOKEN.name, flow.name] : [flow.name];
  if (!needed.every((name) => application.grantTypes.includes(name))) return fail('grant_type_not_allowed');
  if (flow.name === 'CLIENT_CREDENTIALS' && isPublic(application)) return fail('client_not_confidential');
  if (grants.every(({ scopes }) => scopes.length === 0)) return fail('application_without_scopes');
  return succeed({ ...flow, isSelfScope });
}

/** Whether the client has no credentials to authenticate with (RFC 6749 §2.1). */
export function isPublic({ tokenEndpointAuthMethod }: RequestingApplication): boolean {
  return tokenEndpointAuthMethod === 'NONE';
}

function findOriginalFlow(refreshed: TokenRequest['refreshed']): GrantTypeRules {
  const flow = refreshed && FLOWS.get(refreshed.grantType);
  const expectation = 'the grant type and scope of the request that the refresh token came from';
  insist(flow?.canRefresh === true, 'resolveTokenRequest()', 'refreshed', expectation, refreshed);
  return flow;
}
