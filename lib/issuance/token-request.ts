import type { ScopeModelOption } from '../scope/scope-model.js';

/** A request for an access token with everything that decides it. Objects of the grants store can be passed as they are. */
export interface TokenRequest {
  /**
   * `grant_type` as the client sent it: `client_credentials`, `authorization_code`, `refresh_token`, or the URN of device
   * code (RFC 8628), token exchange (RFC 8693) or CIBA. At the authorization endpoint: `authorization_code` for the
   * response type `code`, `implicit` for `token`.
   */
  readonly grantType: string;
  /** The decoded `scope` parameter as the client sent it; `undefined` where the request had none. */
  readonly scope?: string | undefined;
  /**
   * The decoded `resource` parameters as the client sent them (RFC 8707 §2): the audiences that it wants the token for, at
   * most 64. Several need `requestScopesForMultipleResourcesEnabled`. For a code or a refresh token: those of this request,
   * or else those of the original one. Default: the scopes determine the audience.
   */
  readonly resource?: string | readonly string[] | undefined;
  /** The request that the refresh token came from. Required where the grant type is `refresh_token`. */
  readonly refreshed?: RefreshedRequest | undefined;
  /**
   * The audience that a user consented to: that of the {@link TokenGrant} when the consent was given. The token is for no
   * other, and a scope that several resources grant is that of this audience. Give it with a refresh token, and with a code:
   * without it, `read` of one resource may become `read` of another that was granted meanwhile. Compared exactly: a
   * resource whose audience was changed is another one, until it is changed back. Default: any audience.
   */
  readonly consentedAudience?: string | readonly string[] | undefined;
  readonly application: RequestingApplication;
  /** All grants of the application. Those that have ended, or not begun, cover nothing. */
  readonly grants: readonly DatedGrant[];
  /** The time of the request, milliseconds since the epoch. Required where a grant, or a scope of one, has a date. */
  readonly now?: number | undefined;
  /**
   * The resources of these grants. For an application with `urn:opc:resource:consumer::all`, also the resources that it can
   * request without a grant, with the `scopes` that they define.
   */
  readonly resources: readonly RequestableResource[];
  /**
   * Whether a scope is about the user's own record, so that client credentials cannot have it. Give `createGate` the same
   * function. Default: PingOne's, `p1:read:user` and the like, and `p1:…:self:…`.
   */
  readonly isSelfScope?: ((scope: string) => boolean) | undefined;
  /** Which granted scopes cover a requested one. Give `createGate` the same. Default `ociScopeModel()`. */
  readonly scopeModel?: ScopeModelOption | undefined;
}

/** A grant, as a store gives it. */
export interface DatedGrant extends GrantDates {
  readonly resourceId: string;
  /** A scope counts within its own dates and those of the grant. */
  readonly scopes: readonly (GrantDates & { readonly name: string })[];
}

interface GrantDates {
  /** RFC 3339: it counts from then on. Default: from the beginning. */
  readonly notBefore?: string | undefined;
  /** RFC 3339: it counts until just before. Default: without end. */
  readonly expiresAt?: string | undefined;
}

/** The request that a refresh token came from. */
export interface RefreshedRequest {
  /** Its grant type. */
  readonly grantType: string;
  /**
   * Its `scope`. Where it named no scope, or `urn:opc:idm:__myscopes__`, that would stand for everything granted by now. Give
   * the `scope` of its {@link TokenGrant} instead, followed by the request's `urn:opc:resource:expiry=…`.
   */
  readonly scope: string;
}

/** An OAuth client. */
export interface RequestingApplication {
  readonly enabled: boolean;
  /** `AUTHORIZATION_CODE`, `IMPLICIT`, `CLIENT_CREDENTIALS`, `REFRESH_TOKEN`, `DEVICE_CODE`, `TOKEN_EXCHANGE`, `CIBA`. */
  readonly grantTypes: readonly string[];
  /**
   * How the client authenticates. `NONE` is a public client (RFC 6749 §2.1), which can use neither client credentials (§4.4)
   * nor `urn:opc:resource:consumer::all` for the account or for tags (Oracle, "Accessing All Resources"). Default: a
   * confidential client.
   */
  readonly tokenEndpointAuthMethod?: string | undefined;
  /** The resources of an OCI IAM domain that its tokens are for: all, those with a matching tag, or specific ones. */
  readonly trustScope: 'Account' | 'Tags' | 'Explicit';
  readonly allowedTags: readonly ResourceTag[];
  /** Whether one request can name scopes of several custom resources. Default `false`. */
  readonly requestScopesForMultipleResourcesEnabled?: boolean | undefined;
}

/** A resource that a token can be for. */
export interface RequestableResource {
  readonly id: string;
  readonly type: 'OPENID_CONNECT' | 'PINGONE_API' | 'CUSTOM';
  /** The primary audience, and the prefix of fully qualified scopes. Compared exactly. */
  readonly audience: string;
  /** Added to the audience of every token for it. Default none. */
  readonly secondaryAudiences?: readonly string[] | undefined;
  /** Default none. */
  readonly tags?: readonly ResourceTag[] | undefined;
  /** The lifetime of a token for it, in seconds. */
  readonly accessTokenValiditySeconds: number;
  /**
   * The names of all scopes that it defines. Without them, only granted scopes can be requested of it, and a clash with a
   * scope of another resource is not noticed.
   */
  readonly scopes?: readonly string[] | undefined;
}

export interface ResourceTag {
  readonly key: string;
  readonly value: string;
}

/** The content of the access token, and whether a refresh token is issued with it. */
export interface TokenGrant {
  readonly ok: true;
  /**
   * The `scope` claim: scope-tokens separated by spaces, in the order of the request. Those of `__myscopes__`, and those of a
   * request that names none, are in the order of the grants.
   */
  readonly scope: string;
  /** The `aud` claim; a list where there are several. */
  readonly audience: string | readonly string[];
  readonly refreshToken: boolean;
  /** Seconds: `exp` minus `iat`, and `expires_in`. */
  readonly lifetime: number;
}
