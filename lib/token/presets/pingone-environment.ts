import { insistThat, type OptionRules, optional, readOptions, toList } from '../../options.js';
import { isUuid } from '../../uuid.js';
import { bindAudience } from '../audience.js';
import type { JwtVerifierOptions } from '../jwt/jwt-verifier-options.js';
import { AUDIENCE, isHostName } from './preset-options.js';

const REGIONS = ['com', 'eu', 'ca', 'asia', 'com.au', 'sg'] as const;

export interface PingOneEnvironmentOptions {
  /** The id of the environment, a UUID. Tokens whose `env` claim names another one are refused. */
  readonly environmentId: string;
  /** The audience of the custom resource that this server is. In PingOne the default is the name of the resource. */
  readonly audience: string | readonly string[];
  /** Default `'com'`. */
  readonly region?: (typeof REGIONS)[number] | undefined;
  /** A custom domain such as `login.example.com`, in place of `region`. */
  readonly domain?: string | undefined;
}

const OPTIONS = {
  environmentId: [isUuid, 'a UUID in lower case'],
  audience: AUDIENCE,
  region: optional([(value) => REGIONS.some((region) => region === value), 'one of com, eu, ca, asia, com.au, sg']),
  domain: optional([isHostName, 'a host name']),
} as const satisfies OptionRules<PingOneEnvironmentOptions>;

/**
 * The {@link jwtVerifier} options of a PingOne environment: add to them, or use them as they are.
 *
 * Each environment has its own issuer, `https://auth.pingone.{region}/{environmentId}/as`, which binds its tokens. The `env`
 * claim is checked where a token has it. RS256; `typ` of `at+jwt`, `JWT` or none.
 *
 * ```ts
 * const verifier = jwtVerifier(pingOneEnvironment({ environmentId, region: 'eu', audience: 'reports' }));
 * ```
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function pingOneEnvironment(options: PingOneEnvironmentOptions): JwtVerifierOptions {
  const creator = 'pingOneEnvironment()';
  const { environmentId, audience, region, domain } = readOptions(creator, options, OPTIONS, { env: 'environmentId' });
  const isOne = region === undefined || domain === undefined;
  insistThat(isOne, `${creator} takes "region" or "domain", not both.`);
  const issuer =
    domain === undefined ? `https://auth.pingone.${region ?? 'com'}/${environmentId}/as` : `https://${domain}/as`;
  const binding = { claim: 'env', value: environmentId, optional: true };
  return {
    issuer,
    audience: toList(audience).map((each) => bindAudience(creator, each, binding)),
    jwksUri: `${issuer}/jwks`,
    algorithms: ['RS256'],
  };
}
