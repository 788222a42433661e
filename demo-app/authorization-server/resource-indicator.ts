import { errors, type Provider } from 'oidc-provider';
import type { TokenGrant, TokenRequest } from 'scopegate';

/**
 * `oidc-provider` keeps one resource indicator (RFC 8707) with the consent, the code and the refresh token. Here it is one of
 * this server: it holds the audience that the policy decided on, and the resources that the client named, if any.
 */
const PREFIX = 'urn:scopegate:granted:';

export interface Target {
  readonly audience: TokenGrant['audience'];
  /** The `resource` parameters of the client. */
  readonly resource?: TokenRequest['resource'];
}

export function toIndicator({ audience, resource }: Target): string {
  const content = resource === undefined ? audience : { audience, resource };
  return `${PREFIX}${Buffer.from(JSON.stringify(content)).toString('base64url')}`;
}

/** @throws {errors.InvalidTarget} for an indicator that is not of this server */
export function readIndicator(indicator: unknown): Target {
  const [text] = [indicator].flat();
  if (typeof text !== 'string' || !text.startsWith(PREFIX)) throw new errors.InvalidTarget();
  const content = JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString('utf8'));
  return typeof content === 'string' || Array.isArray(content) ? { audience: content } : content;
}

type Context = Provider['OIDCContext']['prototype'];

const named = new WeakMap<Context, TokenRequest['resource']>();

/** Gets the `resource` parameters of a request, which {@link leaveResourcesToPolicy} has taken out of it. */
export function getNamedResources(oidc: Context): TokenRequest['resource'] {
  return named.get(oidc);
}

/**
 * Takes the resources of clients out of the parameters, before `oidc-provider` reads them: it would issue tokens for one
 * resource only, and knows those of {@link toIndicator}. A request that resumes after a sign-in has one of these already.
 */
export function leaveResourcesToPolicy({ OIDCContext }: Provider): void {
  const { entity } = OIDCContext.prototype;
  OIDCContext.prototype.entity = function (key, value) {
    const { params, route } = this as { params?: Record<string, unknown>; route: string };
    if (key === 'Client' && params?.resource !== undefined && route !== 'resume') {
      named.set(this, params.resource as TokenRequest['resource']);
      params.resource = undefined;
    }
    entity.call(this, key, value);
  };
}
