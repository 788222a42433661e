import { insist, isListOf, isText, type OptionRules, optional, readOptions, toList } from '../../options.js';
import type { AudienceRule } from '../audience.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { AUDIENCE } from './preset-options.js';

export interface CognitoUserPoolOptions {
  /** The region of the pool: `eu-west-1`. */
  readonly region: string;
  /** The *User pool ID*: `eu-west-1_AbCdEf123`. */
  readonly userPoolId: string;
  /** The *Client ID* of each app client whose tokens are accepted. */
  readonly clientIds: string | readonly string[];
  /**
   * What `aud` must be, one or several: for pools whose clients request a `resource`. A token without it is then refused.
   * The client chooses that value, so it never stands in place of `clientIds`. Default: `aud` is not checked, and may be
   * absent.
   */
  readonly audience?: string | readonly string[] | undefined;
}

const OPTIONS = {
  region: [isRegion, "a region such as 'eu-west-1'"],
  userPoolId: [isPool, 'the id of a pool: its region, an underscore and letters or digits'],
  clientIds: [areClients, 'the id of an app client, or a list'],
  audience: optional(AUDIENCE),
} as const satisfies OptionRules<CognitoUserPoolOptions>;

/**
 * The {@link jwtVerifier} options of an Amazon Cognito user pool: add to them, or use them as they are.
 *
 * Access tokens of a pool have no `aud` unless the client requests a `resource` (RFC 8707), so tokens are bound to your API
 * by their `client_id`, and by scopes of your resource server: `gate.require('orders-api/orders:read')`.
 *
 * Verified: `iss`; `token_use` of `access`; `client_id`; `aud` where `audience` is given; RS256. Not verified: groups, and
 * that the client is still enabled. A token from a sign-in with the user-pool API holds the scope
 * `aws.cognito.signin.user.admin` only, and opens no route that requires another.
 *
 * ```ts
 * const verifier = jwtVerifier(
 *   cognitoUserPool({ region: 'eu-west-1', userPoolId: 'eu-west-1_AbCdEf123', clientIds: ['57cbishk4j24pabc1234567890'] }),
 * );
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function cognitoUserPool(options: CognitoUserPoolOptions): JwtVerifierOptions {
  const creator = 'cognitoUserPool()';
  const checked = readOptions(creator, options, OPTIONS, { clientId: 'clientIds', client_id: 'clientIds' });
  const { region, userPoolId, clientIds, audience } = checked;
  insist(userPoolId.startsWith(`${region}_`), creator, 'userPoolId', OPTIONS.userPoolId[1], userPoolId);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const issuer = `https://cognito-idp.${region}.${suffix}/${userPoolId}`;
  return {
    issuer,
    audience: audience === undefined ? ANY_AUDIENCE : toList(audience),
    requiredClaims: { token_use: 'access', client_id: toList(clientIds) },
    jwksUri: `${issuer}/.well-known/jwks.json`,
    algorithms: ['RS256'],
    scopesFrom: 'scope',
  };
}

function isRegion(value: unknown): boolean {
  return isText(value) && /^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(value);
}

function isPool(value: unknown): boolean {
  return isText(value) && /^[a-z0-9-]+_[A-Za-z0-9]+$/.test(value);
}

function areClients(value: unknown): boolean {
  return isListOf(toList(value), isText);
}

const ANY_AUDIENCE: AudienceRule = { expected: 'any audience, or none', accepts: () => true, acceptsMissing: true };
