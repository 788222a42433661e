import { insist, isText, refuseUnknownOptions } from '../../options.js';
import type { AudienceRule } from '../audience.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { parseAudiences } from './preset-options.js';

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
  const known = { region: true, userPoolId: true, clientIds: true, audience: true } as const;
  refuseUnknownOptions(creator, options, known, { clientId: 'clientIds', client_id: 'clientIds' });
  const { region, userPoolId, clientIds, audience } = options;
  insist(isText(region) && REGION.test(region), creator, 'region', "a region such as 'eu-west-1'", region);
  const isPool = isText(userPoolId) && POOL.test(userPoolId) && userPoolId.startsWith(`${region}_`);
  insist(
    isPool,
    creator,
    'userPoolId',
    'the id of a pool: its region, an underscore and letters or digits',
    userPoolId,
  );
  const clients: readonly unknown[] = Array.isArray(clientIds) ? [...clientIds] : [clientIds];
  const areClients = clients.length > 0 && clients.every(isText);
  insist(areClients, creator, 'clientIds', 'the id of an app client, or a list', clientIds);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const issuer = `https://cognito-idp.${region}.${suffix}/${userPoolId}`;
  return {
    issuer,
    audience: audience === undefined ? ANY_AUDIENCE : parseAudiences(creator, audience),
    requiredClaims: { token_use: 'access', client_id: clients },
    jwksUri: `${issuer}/.well-known/jwks.json`,
    algorithms: ['RS256'],
    scopesFrom: 'scope',
  };
}

const REGION = /^[a-z]{2,}(?:-[a-z]+)+-\d$/;
const POOL = /^[a-z0-9-]+_[A-Za-z0-9]+$/;

const ANY_AUDIENCE: AudienceRule = { expected: 'any audience, or none', accepts: () => true, acceptsMissing: true };
