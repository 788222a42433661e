import { isText, type OptionRules, readOptions, toList } from '../../options.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { AUDIENCE, isHostName } from './preset-options.js';

export interface OktaAuthorizationServerOptions {
  /** The host of your organization, or its custom domain: `acme.okta.com`. */
  readonly domain: string;
  /** The id of the custom authorization server: the end of its *Issuer URI*. Default `'default'`. */
  readonly serverId?: string | undefined;
  /** The *Audience* of that server: `api://default` for the one named `default`. */
  readonly audience: string | readonly string[];
}

const OPTIONS = {
  domain: [isOktaHost, "a host name such as 'acme.okta.com', without https:// and -admin"],
  serverId: true,
  audience: AUDIENCE,
} as const satisfies OptionRules<OktaAuthorizationServerOptions>;

const NAMED_ELSEWHERE = { issuer: 'domain', orgUrl: 'domain', authorizationServerId: 'serverId' };

function isOktaHost(value: unknown): boolean {
  return isHostName(value) && !/-admin\.okta[a-z-]*\./i.test(value);
}

/**
 * The {@link jwtVerifier} options of a custom authorization server of Okta: add to them, or use them as they are.
 *
 * The org authorization server, whose issuer is the bare domain, is refused: Okta says that nobody else should verify its
 * tokens, and that they may change at any time.
 *
 * Verified: `iss`, which holds the server; `aud`; RS256. Not verified: `cid`, the client, and `uid`, the user: use
 * `requiredClaims`. `sub` is the login name of a user, which can change; `uid` cannot.
 *
 * ```ts
 * const verifier = jwtVerifier(oktaAuthorizationServer({ domain: 'acme.okta.com', audience: 'api://default' }));
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function oktaAuthorizationServer(options: OktaAuthorizationServerOptions): JwtVerifierOptions {
  const creator = 'oktaAuthorizationServer()';
  const { domain, serverId = 'default', audience } = readOptions(creator, options, OPTIONS, NAMED_ELSEWHERE);
  if (!isText(serverId) || !/^[A-Za-z0-9_-]+$/.test(serverId)) {
    throw new TypeError(
      `${creator}: "serverId" must be the id of a custom authorization server. Tokens of the org authorization server are ` +
        'for Okta alone, which may change them at any time.',
    );
  }
  const issuer = `https://${domain}/oauth2/${serverId}`;
  return {
    issuer,
    audience: toList(audience),
    jwksUri: `${issuer}/v1/keys`,
    algorithms: ['RS256'],
    scopesFrom: 'scp',
  };
}
