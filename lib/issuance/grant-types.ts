import { insist } from '../options.js';
import { isSelfScope as isPingOneSelfScope } from '../scope/self-scopes.js';
import type { TokenRequestErrorReason } from './errors.js';
import type { RequestingApplication, TokenRequest } from './token-request.js';

/** What a grant type decides about its tokens. */
interface GrantTypeRules {
  /** Its name among the grant types of an application. */
  readonly name: string;
  /** Whether its tokens are for somebody: of the platform's own scopes, those have the self scopes, others the rest. */
  readonly forUser: boolean;
  /** Whether `offline_access` gives a refresh token. */
  readonly mayRefresh: boolean;
}

/** The rules for one request. */
export interface Flow extends GrantTypeRules {
  /** Whether a scope is about the user's own record. */
  readonly isSelf: (scope: string) => boolean;
}

const forUser = (name: string, mayRefresh = true): GrantTypeRules => ({ name, forUser: true, mayRefresh });

/** Without `password`, which RFC 9700 §2.4 forbids and no application of the admin API can have. */
const FLOWS: ReadonlyMap<string, GrantTypeRules> = new Map([
  ['authorization_code', forUser('AUTHORIZATION_CODE')],
  ['implicit', forUser('IMPLICIT', false)],
  ['client_credentials', { name: 'CLIENT_CREDENTIALS', forUser: false, mayRefresh: false }],
  ['urn:ietf:params:oauth:grant-type:device_code', forUser('DEVICE_CODE')],
  ['urn:ietf:params:oauth:grant-type:token-exchange', forUser('TOKEN_EXCHANGE')],
  ['urn:openid:params:grant-type:ciba', forUser('CIBA')],
]);

export const REFRESH_TOKEN = { parameter: 'refresh_token', name: 'REFRESH_TOKEN' };

/**
 * The grant type whose rules decide the request: of a refresh, the one that the refresh token came from.
 *
 * @throws {TypeError} for a refresh of nothing, or of what has no refresh tokens; for `isSelfScope` that is no function
 */
export function flowOf(request: TokenRequest): Flow | TokenRequestErrorReason {
  const { grantType, refreshed, application, grants, isSelfScope: isSelf = isPingOneSelfScope } = request;
  insist(typeof isSelf === 'function', 'resolveTokenRequest()', 'isSelfScope', 'a function', isSelf);
  if (typeof grantType !== 'string') return 'parameter_repeated';
  const isRefresh = grantType === REFRESH_TOKEN.parameter;
  const flow = isRefresh ? refreshedFlow(refreshed) : FLOWS.get(grantType);
  if (flow === undefined) return 'grant_type_unknown';
  if (!application.enabled) return 'application_disabled';
  const needed = isRefresh ? [REFRESH_TOKEN.name, flow.name] : [flow.name];
  if (!needed.every((name) => application.grantTypes.includes(name))) return 'grant_type_not_allowed';
  if (flow.name === 'CLIENT_CREDENTIALS' && isPublic(application)) return 'client_not_confidential';
  if (grants.every(({ scopes }) => scopes.length === 0)) return 'application_without_scopes';
  return { ...flow, isSelf };
}

/** RFC 6749 §2.1: a client that has no credentials to prove that it is itself. */
export function isPublic({ tokenEndpointAuthMethod }: RequestingApplication): boolean {
  return tokenEndpointAuthMethod === 'NONE';
}

function refreshedFlow(refreshed: TokenRequest['refreshed']): GrantTypeRules {
  const flow = refreshed && FLOWS.get(refreshed.grantType);
  const expectation = 'the grant type and scope of the request that the refresh token came from';
  insist(flow?.mayRefresh === true, 'resolveTokenRequest()', 'refreshed', expectation, refreshed);
  return flow as GrantTypeRules;
}
