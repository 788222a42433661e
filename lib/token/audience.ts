import { insist, insistThat, isListOf, isObject, isText, type OptionRules, readOptions } from '../options.js';
import { ACCOUNT_AUDIENCE, TAG_AUDIENCE } from '../scope/grammar.js';
import { isTagPair, parseTagAudience, toComparableTag } from '../scope/tag-audience.js';
import type { JwtPayload } from './access-token.js';

/** An audience that this resource server accepts, and the claim that must go with it. */
export interface AudienceRule {
  /** The accepted audience, for records. */
  readonly expected: string;
  /** Must return the same result for an audience every time: it is not called again for a cached token. */
  accepts(audience: string): boolean;
  /**
   * Whether a token without `aud` is accepted, as user pools of Cognito issue them. `requiredClaims` must then say whose
   * tokens are accepted. Default `false`.
   */
  readonly acceptsMissing?: boolean;
  /** A claim that must have one value, where the audience alone does not identify the tenant. */
  readonly binding?: ClaimBinding;
}

export interface ClaimBinding {
  readonly claim: string;
  readonly value: string;
  /** Whether a token without the claim is accepted. */
  readonly optional: boolean;
}

/** A string is compared exactly (RFC 7519 §2, StringOrURI). */
export type Audience = string | AudienceRule;

export interface AccountAudienceOptions {
  /** The tenant (`idcs-…`) that the token's `tenant` claim must name; `'unchecked'` accepts the tokens of every tenant. */
  readonly tenant: string | 'unchecked';
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface TagAudienceOptions extends AccountAudienceOptions {
  /** The tags of this resource. A token is for it when one of the token's pairs equals one of these. */
  readonly tags: readonly Tag[];
}

const ACCOUNT_OPTIONS = { tenant: true } as const satisfies OptionRules<AccountAudienceOptions>;

const TAG_OPTIONS = {
  tags: [areTags, 'a list of { key, value } with at least one'],
  tenant: true,
} as const satisfies OptionRules<TagAudienceOptions>;

function areTags(value: unknown): boolean {
  return isListOf(value, isTagPair);
}

/**
 * Accepts the audience `urn:opc:resource:scope:account` of one tenant.
 *
 * Verified: `aud` and the `tenant` claim. Issuer and audience of such tokens are identical for every Oracle customer, so
 * without the tenant only the signing key distinguishes them. Not verified: `domain_id`, `tenant_iss`.
 *
 * ```ts
 * jwtVerifier({ ...ociDomain({ url, tenant }), audience: accountAudience({ tenant: 'idcs-0a1b' }) });
 * ```
 *
 * @throws {TypeError} without a tenant
 */
export function accountAudience(options: AccountAudienceOptions): AudienceRule {
  const creator = 'accountAudience()';
  return bindAccount(creator, readOptions(creator, options, ACCOUNT_OPTIONS).tenant);
}

/**
 * Accepts the audience `urn:opc:resource:scope:tag=<base64 JSON>` of one tenant where one of its pairs equals one of
 * `tags`. Parsed pairs are compared: white space inside the JSON does not matter, letter case does.
 *
 * @throws {TypeError} without a tenant, or with no or malformed tags
 */
export function tagAudience(options: TagAudienceOptions): AudienceRule {
  const creator = 'tagAudience()';
  const { tags, tenant } = readOptions(creator, options, TAG_OPTIONS);
  const wanted = new Set(tags.map(toComparableTag));
  return {
    expected: `${TAG_AUDIENCE}… with ${tags.map(({ key, value }) => `${key}=${value}`).join(' or ')}`,
    accepts: (audience) => parseTagAudience(audience).some((tag) => wanted.has(toComparableTag(tag))),
    ...bindTenant(creator, tenant),
  };
}

/** Accepts one audience, compared exactly, together with a claim. */
export function bindAudience(creator: string, audience: string, binding: ClaimBinding): AudienceRule {
  return { ...toAudienceRule(creator, audience), binding };
}

/** Accepts the audience that all customers share, of one tenant. @throws {TypeError} without a tenant */
export function bindAccount(creator: string, tenant: unknown): AudienceRule {
  return { ...exactAudience(ACCOUNT_AUDIENCE), ...bindTenant(creator, tenant) };
}

/** The claim that binds a token to a tenant. @throws {TypeError} without a tenant */
export function bindTenant(creator: string, tenant: unknown): { binding?: ClaimBinding } {
  insistThat(
    isText(tenant),
    `${creator} needs the "tenant" (idcs-…) whose tokens are accepted: issuer and audience are identical for every ` +
      `Oracle customer. To accept the tokens of every tenant, say tenant: 'unchecked'.`,
  );
  return tenant === 'unchecked' ? {} : { binding: { claim: 'tenant', value: tenant, optional: false } };
}

/** Whether a token names the tenant that it has to name. */
export function isBound(payload: JwtPayload, binding: ClaimBinding | undefined): boolean {
  if (binding === undefined) return true;
  const actual = payload[binding.claim];
  return actual === binding.value || (actual === undefined && binding.optional);
}

/** Converts an audience to a rule. @throws {TypeError} where the string alone would accept every customer's tokens */
export function toAudienceRule(creator: string, audience: Audience): AudienceRule {
  if (isObject(audience) && typeof audience.accepts === 'function') return audience as AudienceRule;
  insist(isText(audience), creator, 'audience', 'a string, accountAudience(…), tagAudience(…), or a list', audience);
  const normalized = audience.trim().toLowerCase();
  insistThat(
    normalized !== ACCOUNT_AUDIENCE,
    `${creator}: the audience "${ACCOUNT_AUDIENCE}" is identical for every customer. Say accountAudience({ tenant }).`,
  );
  insistThat(
    !normalized.startsWith(TAG_AUDIENCE),
    `${creator}: tags are identical for every customer. Say tagAudience({ tags, tenant }).`,
  );
  return exactAudience(audience);
}

function exactAudience(expected: string): AudienceRule {
  return { expected, accepts: (audience) => audience === expected };
}
