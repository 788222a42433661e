/** The data of a change, as a store takes them. What the admin API accepts is checked in `lib/admin/commands`. */

/** How much one request, and one application, may contain. */
export const LIMITS = {
  scopesOfGrant: 1000,
  grantsOfApplication: 1000,
  scopesOfApplication: 5000,
  /** How many grants may be set by one request. */
  grantsAtOnce: 200,
  name: 256,
  description: 1024,
  uri: 2048,
  list: 100,
  /** Of a list written as JSON, in characters: a page of a thousand objects has to fit into memory. */
  lengthOfList: 16_384,
} as const;

/** Whether a database keeps the text as it is: it has no NUL and no half of a surrogate pair. */
export function isStorableText(value: string): boolean {
  return !/[\0\p{Cs}]/u.test(value);
}

/** A tag of Oracle's. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface EnvironmentCommand {
  readonly name: string;
  readonly description?: string | undefined;
  readonly type: 'PRODUCTION' | 'SANDBOX';
  /** Where PingOne keeps it, such as `EU`. Stored, and shown; nothing else depends on it. */
  readonly region?: string | undefined;
  /** The license that PingOne counts it to: a UUID. Stored, shown, and found by; nothing else depends on it. */
  readonly license?: { readonly id: string } | undefined;
}

export interface NewEnvironmentCommand extends EnvironmentCommand {
  /** A UUID. Default a new one. */
  readonly id?: string | undefined;
}

export interface ResourceCommand {
  readonly name: string;
  readonly description?: string | undefined;
  /** The audience of its tokens. */
  readonly audience: string;
  readonly type: 'CUSTOM';
  /** 300 to 2,592,000. */
  readonly accessTokenValiditySeconds: number;
  readonly introspectEndpointAuthMethod: 'NONE' | 'CLIENT_SECRET_BASIC' | 'CLIENT_SECRET_POST';
  readonly applicationPermissionsSettings: { readonly claimEnabled: boolean };
  readonly tags: readonly Tag[];
  readonly secondaryAudiences: readonly string[];
}

export interface ScopeCommand {
  /** A scope-token (RFC 6749 §3.3), unique in its resource. */
  readonly name: string;
  readonly description?: string | undefined;
}

export interface ApplicationCommand {
  readonly name: string;
  readonly description?: string | undefined;
  readonly enabled: boolean;
  readonly type: 'WEB_APP' | 'NATIVE_APP' | 'SINGLE_PAGE_APP' | 'WORKER' | 'SERVICE' | 'CUSTOM_APP';
  /** Only OAuth clients hold grants. Earlier versions took `SAML` and `EXTERNAL_LINK` too. */
  readonly protocol: 'OPENID_CONNECT';
  readonly tokenEndpointAuthMethod:
    | 'NONE'
    | 'CLIENT_SECRET_BASIC'
    | 'CLIENT_SECRET_POST'
    | 'PRIVATE_KEY_JWT'
    | 'CLIENT_SECRET_JWT';
  readonly grantTypes: readonly (
    | 'AUTHORIZATION_CODE'
    | 'IMPLICIT'
    | 'REFRESH_TOKEN'
    | 'CLIENT_CREDENTIALS'
    | 'DEVICE_CODE'
    | 'TOKEN_EXCHANGE'
    | 'CIBA'
  )[];
  readonly responseTypes: readonly ('CODE' | 'TOKEN' | 'ID_TOKEN')[];
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly pkceEnforcement: 'OPTIONAL' | 'REQUIRED' | 'S256_REQUIRED';
  /** Which resources of an OCI IAM domain it may request. */
  readonly trustScope: 'Account' | 'Tags' | 'Explicit';
  readonly allowedTags: readonly Tag[];
  /** Whether one request may name scopes of several custom resources. */
  readonly requestScopesForMultipleResourcesEnabled: boolean;
}

export interface NewApplicationCommand extends ApplicationCommand {
  /** A UUID. Default a new one. */
  readonly id?: string | undefined;
}

/**
 * When a grant, or one of its scopes, counts: from `notBefore` on, until just before `expiresAt`. RFC 3339; a store gives
 * them in UTC, with milliseconds. A scope of a grant counts within the dates of both.
 */
export interface GrantDates {
  /** Default: from the beginning. */
  readonly notBefore?: string | undefined;
  /** After `notBefore`; it may lie in the past. Default: without end. */
  readonly expiresAt?: string | undefined;
}

export type ScopeReference = ({ readonly id: string } | { readonly name: string }) & GrantDates;
export type ResourceReference = { readonly id: string } | { readonly name: string };

export interface GrantCommand extends GrantDates {
  readonly resource: ResourceReference;
  readonly scopes: readonly ScopeReference[];
}

/** A secret beside the one that is rotated: valid from its creation until it expires or is deleted. */
export interface NewSecretCommand {
  /** Unique among the valid secrets of the application. */
  readonly name: string;
  /** RFC 3339, in the future. Default: it does not expire. */
  readonly expiresAt?: string | undefined;
}

/** Which tokens of an application are revoked. */
export interface RevocationCommand {
  /** The `sub` whose tokens are revoked. Default: all tokens of the application. */
  readonly subject?: string | undefined;
  /**
   * RFC 3339, not in the future: tokens issued before are revoked. Default: the time of the change, which is never before
   * that of an earlier change. With a moment given, revocations that lie in the future are corrected to it: the work of a
   * clock that was ahead. One that lies in the past is never moved to an earlier time.
   */
  readonly notBefore?: string | undefined;
}
