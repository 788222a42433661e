import { insist, isText, refuseUnknownOptions } from '../options.js';
import { ACCOUNT_AUDIENCE, TAG_AUDIENCE } from '../scope/grammar.js';

/** An audience that this resource server answers to, and what else must hold before a token for it is believed. */
export interface AudienceRule {
  /** For records: what would have been accepted. */
  readonly expected: string;
  /** Always the same answer for an audience: it is not asked again of a token that is remembered. */
  accepts(audience: string): boolean;
  /** A claim that must have one value, because the audience alone does not say whose token it is. */
  readonly binding?: ClaimBinding;
}

export interface ClaimBinding {
  readonly claim: string;
  readonly value: string;
  /** Whether a token without the claim passes. */
  readonly optional: boolean;
}

/** A string is compared as it is (RFC 7519 §2, StringOrURI). */
export type Audience = string | AudienceRule;

export interface AccountAudienceOptions {
  /** The tenant (`idcs-…`) that the token's `tenant` claim must name; `'unchecked'` believes every tenant's tokens. */
  readonly tenant: string | 'unchecked';
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface TagAudienceOptions extends AccountAudienceOptions {
  /** The tags of this resource; a token is for it when one of its pairs equals one of these. */
  readonly tags: readonly Tag[];
}

/**
 * Accepts `urn:opc:resource:scope:account`, of one tenant.
 *
 * Verified: `aud` and the `tenant` claim. Issuer and audience of such tokens are the same for every customer, so without
 * the tenant only the signing key tells them apart. Not verified: `domain_id`, `tenant_iss`.
 *
 * @throws {TypeError} without a tenant
 */
export function accountAudience(options: AccountAudienceOptions): AudienceRule {
  refuseUnknownOptions('accountAudience()', options, ['tenant']);
  return {
    expected: ACCOUNT_AUDIENCE,
    accepts: (audience) => audience === ACCOUNT_AUDIENCE,
    ...tenantBinding('accountAudience()', options.tenant),
  };
}

/**
 * Accepts `urn:opc:resource:scope:tag=<base64 JSON>` of one tenant where one of its pairs equals one of `tags`. Parsed
 * pairs are compared, so white space inside the JSON does not matter; letters' case does.
 *
 * @throws {TypeError} without a tenant, or with no or malformed tags
 */
export function tagAudience(options: TagAudienceOptions): AudienceRule {
  const creator = 'tagAudience()';
  refuseUnknownOptions(creator, options, ['tags', 'tenant']);
  const { tags, tenant } = options;
  const wellFormed = Array.isArray(tags) && tags.length > 0 && tags.every(isTag);
  insist(wellFormed, creator, 'tags', 'a list of { key, value }, at least one', tags);
  const wanted = new Set(tags.map(pair));
  return {
    expected: `${TAG_AUDIENCE}… with ${tags.map(({ key, value }) => `${key}=${value}`).join(' or ')}`,
    accepts: (audience) => tagsOf(audience).some((tag) => wanted.has(pair(tag))),
    ...tenantBinding(creator, tenant),
  };
}

/** Accepts one audience, compared exactly, and requires a claim beside it. */
export function boundAudience(creator: string, audience: string, binding: ClaimBinding): AudienceRule {
  return { ...audienceRule(creator, audience), binding };
}

export function tenantBinding(creator: string, tenant: unknown): { binding?: ClaimBinding } {
  if (!isText(tenant)) {
    throw new TypeError(
      `${creator} needs the "tenant" (idcs-…) whose tokens are believed: issuer and audience are the same for every ` +
        `customer of Oracle's. Where that is really meant, say tenant: 'unchecked'.`,
    );
  }
  return tenant === 'unchecked' ? {} : { binding: { claim: 'tenant', value: tenant, optional: false } };
}

/** The audience as a rule. @throws {TypeError} where the string alone would accept every customer's tokens */
export function audienceRule(creator: string, audience: Audience): AudienceRule {
  if (typeof audience === 'object' && audience !== null && typeof audience.accepts === 'function') return audience;
  insist(isText(audience), creator, 'audience', 'a string, accountAudience(…), tagAudience(…), or a list', audience);
  const text = audience as string;
  if (isAccountAudience(text)) {
    throw new TypeError(
      `${creator}: the audience "${ACCOUNT_AUDIENCE}" is the same for every customer. Say accountAudience({ tenant }).`,
    );
  }
  if (isTagAudience(text)) {
    throw new TypeError(`${creator}: tags are the same for every customer. Say tagAudience({ tags, tenant }).`);
  }
  return { expected: text, accepts: (candidate) => candidate === text };
}

function isAccountAudience(audience: string): boolean {
  return audience.trim().toLowerCase() === ACCOUNT_AUDIENCE;
}

function isTagAudience(audience: string): boolean {
  return audience.trim().toLowerCase().startsWith(TAG_AUDIENCE);
}

function tagsOf(audience: string): Tag[] {
  if (!audience.startsWith(TAG_AUDIENCE)) return [];
  try {
    const content: unknown = JSON.parse(Buffer.from(audience.slice(TAG_AUDIENCE.length), 'base64').toString('utf8'));
    const tags: unknown = typeof content === 'object' && content !== null && 'tags' in content ? content.tags : [];
    return Array.isArray(tags) ? tags.filter(isTag) : [];
  } catch {
    return [];
  }
}

function isTag(value: unknown): value is Tag {
  if (typeof value !== 'object' || value === null) return false;
  const { key, value: text } = value as Partial<Tag>;
  return isText(key) && typeof text === 'string';
}

function pair({ key, value }: Tag): string {
  return JSON.stringify([key, value]);
}
