import { isListOf, type OptionRules, optional, readOptions, toList } from '../../options.js';
import { isScopeToken } from '../../scope/grammar.js';
import { isUuid } from '../../uuid.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import type { ScopesFrom } from '../jwt/scopes-from.js';
import { AUDIENCE, PREFIX, prefixAll, splitScopes } from './preset-options.js';

export interface EntraTenantOptions {
  /** The *Directory (tenant) ID*, a GUID in lower case: tokens have no domain name in `iss`. */
  readonly tenantId: string;
  /** The *Application (client) ID* of your API for tokens of version 2; its *Application ID URI* for version 1; or both. */
  readonly audience: string | readonly string[];
  /** The accepted versions of tokens, which the registration of your API decides. Default `[1, 2]`. */
  readonly versions?: readonly (1 | 2)[] | undefined;
  /**
   * Reads `roles` beside `scp`, each with this prefix, such as `'role:'`. User tokens can have both, and a role must not be
   * taken for a scope. Default: roles are not read, and a token of an application without a user holds no scope.
   */
  readonly rolePrefix?: string | undefined;
}

const OPTIONS = {
  tenantId: [isUuid, 'the GUID of the tenant in lower case, not its name and not common'],
  audience: AUDIENCE,
  versions: [isVersionList, 'a list of 1 and 2', [1, 2]],
  rolePrefix: optional(PREFIX),
} as const satisfies OptionRules<EntraTenantOptions>;

const NAMED_ELSEWHERE = { tenant: 'tenantId', version: 'versions', roles: 'rolePrefix' };

/**
 * The {@link jwtVerifier} options of a Microsoft Entra ID tenant: add to them, or use them as they are.
 *
 * The registration of the API decides the version of its tokens, whatever endpoint the client used. Both versions are
 * accepted, each with the issuer of this tenant. Challenges name scopes as clients request them where the first audience is
 * an *Application ID URI*; for another, add `scopePrefix: 'api://…/'`.
 *
 * Verified: `iss`, which holds the tenant; `aud`; RS256; keys of this tenant. Not verified: `tid` and `ver`, which `iss`
 * implies; `azp` or `appid`; whether a user consented. Tokens of other tenants are refused: a tenant each is a verifier
 * each. Where one registration is both page and API, ID tokens have the same `aud`: require a scope or a role.
 *
 * ```ts
 * const verifier = jwtVerifier(entraTenant({ tenantId, audience: [clientId, `api://${clientId}`] }));
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function entraTenant(options: EntraTenantOptions): JwtVerifierOptions {
  const { tenantId, audience, versions, rolePrefix } = readOptions('entraTenant()', options, OPTIONS, NAMED_ELSEWHERE);
  const audiences = toList(audience);
  const names = { 1: `https://sts.windows.net/${tenantId}/`, 2: `https://login.microsoftonline.com/${tenantId}/v2.0` };
  const keys = versions.includes(2) ? 'discovery/v2.0/keys' : 'discovery/keys';
  return {
    issuer: versions.map((version) => names[version]),
    audience: audiences,
    ...scopePrefix(audiences[0]),
    jwksUri: `https://login.microsoftonline.com/${tenantId}/${keys}`,
    algorithms: ['RS256'],
    scopesFrom: rolePrefix === undefined ? 'scp' : withRoles(rolePrefix),
  };
}

/** Clients request a scope as *Application ID URI*, slash, scope. */
function scopePrefix(audience: string | undefined): { scopePrefix?: string } {
  const isUri = audience !== undefined && /^(?:api|https):\/\//.test(audience) && isScopeToken(audience);
  return isUri ? { scopePrefix: audience.endsWith('/') ? audience : `${audience}/` } : {};
}

function withRoles(prefix: string): ScopesFrom {
  return ({ scp, roles }) => [...splitScopes(scp), ...prefixAll(prefix, roles)];
}

function isVersionList(value: unknown): boolean {
  return isListOf(value, (each) => each === 1 || each === 2);
}
