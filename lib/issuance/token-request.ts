/** A request for an access token, and all that decides it. What the grants store returns can be handed in as it is. */
export interface TokenRequest {
  /**
   * `grant_type` as the client sent it: `client_credentials`, `authorization_code`, `refresh_token`, or the URN of device
   * code (RFC 8628), token exchange (RFC 8693) or CIBA. At the authorization endpoint: `authorization_code` for the
   * response type `code`, `implicit` for `token`.
   */
  readonly grantType: string;
  /** The `scope` parameter as the client sent it, decoded; `undefined` where there was none. */
  readonly scope?: string | undefined;
  /** What the refresh token stands for; required where the grant type is `refresh_token`. */
  readonly refreshed?: RefreshedRequest | undefined;
  readonly application: RequestingApplication;
  /** The grants of the application, all of them. */
  readonly grants: readonly {
    readonly resourceId: string;
    readonly scopes: readonly { readonly name: string }[];
  }[];
  /**
   * The resources of these grants. For an application with `urn:opc:resource:consumer::all`, also those that it may ask
   * for without a grant, with the `scopes` that they define.
   */
  readonly resources: readonly RequestableResource[];
  /**
   * Which scopes are about the user's own record, and so not for client credentials: say the same to `createGate`.
   * Default those of the form `p1:…:self:…`.
   */
  readonly isSelfScope?: ((scope: string) => boolean) | undefined;
}

/** The request that a refresh token came from. */
export interface RefreshedRequest {
  /** Its grant type. */
  readonly grantType: string;
  /**
   * Its `scope`. Where it named none, or `urn:opc:idm:__myscopes__`, that would stand for whatever is granted by now:
   * then the `scope` of the {@link TokenGrant} that answered it, and behind it the request's `urn:opc:resource:expiry=…`.
   */
  readonly scope: string;
}

/** An OAuth client. */
export interface RequestingApplication {
  readonly enabled: boolean;
  /** `AUTHORIZATION_CODE`, `IMPLICIT`, `CLIENT_CREDENTIALS`, `REFRESH_TOKEN`, `DEVICE_CODE`, `TOKEN_EXCHANGE`, `CIBA`. */
  readonly grantTypes: readonly string[];
  /**
   * How it authenticates; `NONE` is a public client (RFC 6749 §2.1), for which client credentials (§4.4), and
   * `urn:opc:resource:consumer::all` for the account or for tags (Oracle, "Accessing All Resources"), are not. Default: a
   * confidential one.
   */
  readonly tokenEndpointAuthMethod?: string | undefined;
  /** Which resources of an OCI IAM domain its tokens are for: all (`Account`), those with a matching tag, or specific ones. */
  readonly trustScope: 'Account' | 'Tags' | 'Explicit';
  readonly allowedTags: readonly ResourceTag[];
  /** Whether one request may name scopes of several custom resources. Default `false`. */
  readonly requestScopesForMultipleResourcesEnabled?: boolean | undefined;
}

/** What a token can be for. */
export interface RequestableResource {
  readonly id: string;
  readonly type: 'OPENID_CONNECT' | 'PINGONE_API' | 'CUSTOM';
  /** The primary audience, which is also the prefix of its fully qualified scopes. Compared exactly. */
  readonly audience: string;
  /** Added to the audience of every token for it. Default none. */
  readonly secondaryAudiences?: readonly string[] | undefined;
  /** Default none. */
  readonly tags?: readonly ResourceTag[] | undefined;
  /** How long a token for it lives, in seconds. */
  readonly accessTokenValiditySeconds: number;
  /**
   * The names of all scopes that it defines. Without them nothing of it can be had but what is granted, and no name of
   * its own is known that a scope of another resource could be mistaken for.
   */
  readonly scopes?: readonly string[] | undefined;
}

export interface ResourceTag {
  readonly key: string;
  readonly value: string;
}

/** What goes into the access token, and whether a refresh token goes with it. */
export interface TokenGrant {
  /**
   * The `scope` claim: scope-tokens with a space between them, in the order of the request; those of `__myscopes__`, or of a
   * request that names none, in the order of the grants.
   */
  readonly scope: string;
  /** The `aud` claim; a list where there are several. */
  readonly audience: string | readonly string[];
  readonly refreshToken: boolean;
  /** Seconds: `exp` minus `iat`, and `expires_in`. */
  readonly lifetime: number;
}

/** The body of an error answer (RFC 6749 §5.2); at the authorization endpoint its query (§4.1.2.1). */
export interface TokenRefusal {
  readonly error: 'invalid_request' | 'invalid_scope' | 'unauthorized_client' | 'unsupported_grant_type';
  /** A constant sentence, without a word of the request. */
  readonly error_description: string;
}
