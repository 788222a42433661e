/** The root of Oracle's hierarchical scopes: `urn:opc:resource:consumer`. */
export const CONSUMER = 'urn:opc:resource:consumer';

/** The qualifier that stands for every qualifier of its subtree. */
export const ALL = 'all';

/**
 * The scope of "All authorized resources": it covers every scope under `urn:opc:resource:consumer`, and nothing else.
 * It must be requested alone, or with `offline_access`, and opens no IAM admin API.
 */
export const CONSUMER_ALL = `${CONSUMER}::${ALL}`;

/** The scope that the admin APIs of an OCI IAM domain need; nothing under `urn:opc:resource:consumer` covers it. */
export const MY_SCOPES = 'urn:opc:idm:__myscopes__';

/** The IAM admin scopes: {@link MY_SCOPES}, and the names into which a real domain expands it in a token. */
export const ADMIN_SCOPES = 'urn:opc:idm:';

/** The audience of "All authorized resources" tokens, identical for every Oracle customer. */
export const ACCOUNT_AUDIENCE = 'urn:opc:resource:scope:account';

/** The audience of tokens for whatever resource has a matching tag is this, then the tags: base64 of JSON. */
export const TAG_AUDIENCE = 'urn:opc:resource:scope:tag=';

/** Whether an audience is shared by many resources. */
export function isSharedAudience(audience: string): boolean {
  return audience === ACCOUNT_AUDIENCE || audience.startsWith(TAG_AUDIENCE);
}

/** A scope under `urn:opc:resource:consumer`, whose place in the hierarchy decides what it covers. */
export interface HierarchicalScope {
  readonly token: string;
  readonly hierarchical: true;
  /** `['paas', 'analytics']` for `…:paas:analytics::read`, `[]` for the root. */
  readonly segments: readonly string[];
  /** `'read'` for `…:paas:analytics::read`. Free text, compared as it is. */
  readonly qualifier: string;
}

/** Any other scope: it covers itself only. */
export interface OpaqueScope {
  readonly token: string;
  readonly hierarchical: false;
}

export type Scope = HierarchicalScope | OpaqueScope;

/**
 * scope-token = 1*( %x21 / %x23-5B / %x5D-7E )          RFC 6749 §3.3: printable ASCII but space, `"` and `\`
 */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/**
 * hierarchical-scope = "urn:opc:resource:consumer" *32( ":" segment ) "::" qualifier
 * segment            = part
 * qualifier          = part
 * part               = 1*( %x21 / %x23-39 / %x3B-5B / %x5D-7E )      the characters of a scope-token but ":"
 *
 * Neither an empty segment nor a second "::" fits, so such a scope is opaque. The bound on segments is ours: it keeps
 * the work of one comparison bounded, whatever the scope.
 */
const HIERARCHICAL_SCOPE = /^urn:opc:resource:consumer((?::[^:]+){0,32})::([^:]+)$/;

/** Whether RFC 6749 §3.3 allows `value` as one scope-token. */
export function isScopeToken(value: unknown): value is string {
  return typeof value === 'string' && SCOPE_TOKEN.test(value);
}

/**
 * Reads one scope-token.
 *
 * Verified: that it is a scope-token (RFC 6749 §3.3). Not verified: that such a scope is defined anywhere.
 *
 * @param token for example `urn:opc:resource:consumer:paas:analytics::read`
 * @returns its segments and qualifier where it is hierarchical; an opaque scope, equal to itself only, for anything
 *   outside `urn:opc:resource:consumer` and for what does not fit its form (empty segment, several `::`, empty
 *   qualifier, more than 32 segments)
 * @throws {TypeError} if it is no scope-token: empty, not a string, with a space, `"`, `\`, or beyond printable ASCII
 */
export function parseScope(token: string): Scope {
  if (!isScopeToken(token)) throw new TypeError(notAScopeToken(token));
  const match = HIERARCHICAL_SCOPE.exec(token);
  if (match === null) return { token, hierarchical: false };
  const [, path = '', qualifier = ''] = match;
  return { token, hierarchical: true, segments: path === '' ? [] : path.slice(1).split(':'), qualifier };
}

/**
 * Whether a scope-token lies under `urn:opc:resource:consumer` and is not of its form, such as one with a single colon
 * before the qualifier: no domain issues it, and nothing but itself would cover it.
 */
export function isMalformedConsumerScope(token: string): boolean {
  return (token === CONSUMER || token.startsWith(`${CONSUMER}:`)) && !HIERARCHICAL_SCOPE.test(token);
}

/** The scope-token that these segments and this qualifier spell: the inverse of {@link parseScope}. */
export function hierarchicalToken(segments: readonly string[], qualifier: string): string {
  return `${[CONSUMER, ...segments].join(':')}::${qualifier}`;
}

export function notAScopeToken(value: unknown): string {
  if (typeof value !== 'string') return `A scope is a string, not a value of type ${typeof value}.`;
  const spaced = value.trim().includes(' ') ? ' Name each scope on its own: allOf("a", "b").' : '';
  return `${JSON.stringify(value)} is not a scope-token (RFC 6749 §3.3: printable ASCII but space, " and \\).${spaced}`;
}

/** The most audiences that a token may have: issuance writes no more, and verification reads no more. */
export const MAX_AUDIENCES = 64;

/** The longest lifetime of a token, in seconds: Oracle's maximum, a year. */
export const MAX_TOKEN_LIFETIME_SECONDS = 31_556_952;
