import { z } from 'zod';
import { isScopeToken } from '../scope/grammar.js';

/**
 * The bodies that the admin API takes. Members that are not named here are left out, read-only ones that a client echoes
 * (`_links`, `id`, `createdAt` …) too; sizes are bounded; every problem is found at once.
 */

/** How much one request, and one application, may hold. */
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

/** Control characters, line separators, halves of surrogate pairs, and what turns the direction of text round. */
const NON_PRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** Whether a database keeps the text as it is: not a NUL, nor half of a surrogate pair. */
export function isStorableText(value: string): boolean {
  return !/[\0\p{Cs}]/u.test(value);
}

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !NON_PRINTABLE.test(value));
const name = text(LIMITS.name);
const description = z.string().max(LIMITS.description).refine(isStorableText).optional();
const list = <Item extends z.ZodType>(item: Item) => {
  const isShort = (items: unknown) => JSON.stringify(items).length <= LIMITS.lengthOfList;
  return z
    .array(item)
    .max(LIMITS.list)
    .refine(isShort, { params: { code: 'SIZE_LIMIT_EXCEEDED' } });
};

export const id = z
  .guid()
  .meta({ description: 'a UUID' })
  .transform((value) => value.toLowerCase());

const tag = z.object({ key: name, value: name }).meta({ id: 'Tag', description: 'a tag of Oracle’s, a pair of texts' });

export const environmentCommand = z.object({
  name,
  description,
  type: z.enum(['PRODUCTION', 'SANDBOX']).default('SANDBOX'),
});

/** An id that is given elsewhere, by the domain whose tokens name it; only on creation, and made up unless given. */
const givenId = { id: id.optional() };
export const newEnvironmentCommand = environmentCommand.extend(givenId);

/** 5 minutes to 30 days. */
const accessTokenValiditySeconds = z.int().min(300).max(2_592_000).default(3600);

export const resourceCommand = z
  .object({
    name,
    description,
    audience: text(LIMITS.uri).optional().meta({ description: 'the audience of its tokens; its name unless given' }),
    type: z.literal('CUSTOM').default('CUSTOM').meta({ description: 'the other types are built in' }),
    accessTokenValiditySeconds,
    introspectEndpointAuthMethod: z
      .enum(['NONE', 'CLIENT_SECRET_BASIC', 'CLIENT_SECRET_POST'])
      .default('CLIENT_SECRET_BASIC'),
    applicationPermissionsSettings: z
      .object({ claimEnabled: z.boolean().default(false) })
      .default({ claimEnabled: false }),
    tags: list(tag).default([]),
    secondaryAudiences: list(text(LIMITS.uri)).default([]),
  })
  .transform((resource) => ({ ...resource, audience: resource.audience ?? resource.name }));

export const scopeCommand = z.object({
  name: z
    .string()
    .min(1)
    .max(LIMITS.name)
    .refine(isScopeToken)
    .meta({ description: 'a scope-token (RFC 6749 §3.3), unique in its resource' }),
  description,
});

export const applicationCommand = z.object({
  name,
  description,
  enabled: z.boolean(),
  type: z.enum(['WEB_APP', 'NATIVE_APP', 'SINGLE_PAGE_APP', 'WORKER', 'SERVICE', 'CUSTOM_APP']),
  protocol: z.enum(['OPENID_CONNECT', 'SAML', 'EXTERNAL_LINK']),
  tokenEndpointAuthMethod: z.enum([
    'NONE',
    'CLIENT_SECRET_BASIC',
    'CLIENT_SECRET_POST',
    'PRIVATE_KEY_JWT',
    'CLIENT_SECRET_JWT',
  ]),
  grantTypes: list(
    z.enum([
      'AUTHORIZATION_CODE',
      'IMPLICIT',
      'REFRESH_TOKEN',
      'CLIENT_CREDENTIALS',
      'DEVICE_CODE',
      'TOKEN_EXCHANGE',
      'CIBA',
    ]),
  ).default([]),
  responseTypes: list(z.enum(['CODE', 'TOKEN', 'ID_TOKEN'])).default([]),
  redirectUris: list(text(LIMITS.uri)).default([]),
  postLogoutRedirectUris: list(text(LIMITS.uri)).default([]),
  pkceEnforcement: z.enum(['OPTIONAL', 'REQUIRED', 'S256_REQUIRED']).default('OPTIONAL'),
  trustScope: z
    .enum(['Account', 'Tags', 'Explicit'])
    .default('Explicit')
    .meta({ description: 'which resources of an OCI IAM domain it may ask for' }),
  allowedTags: list(tag).default([]),
  requestScopesForMultipleResourcesEnabled: z
    .boolean()
    .default(false)
    .meta({ description: 'whether one request may name scopes of several custom resources' }),
});

export const newApplicationCommand = applicationCommand.extend(givenId);

/** An id decides; a name beside it, as answers have it, does not. */
const byId = z.object({ id });
const noId = { id: z.undefined().optional() };
const byName = z.object({ ...noId, name }).transform(({ name }) => ({ name }));
const byScopeName = z.object({ ...noId, name: scopeCommand.shape.name }).transform(({ name }) => ({ name }));

/** `{ "id" }`, `{ "name" }`, or a plain string: an id where it has the form of one, else a name. */
const scopeReference = z
  .union([z.string().min(1).max(LIMITS.name).refine(isScopeToken), byId, byScopeName])
  .transform((reference): ScopeReference => {
    if (typeof reference !== 'string') return reference;
    const { success, data } = id.safeParse(reference);
    return success ? { id: data } : { name: reference };
  })
  .meta({ description: 'a scope of the resource: { id }, { name }, or either as a plain string' });
export type ScopeReference = { readonly id: string } | { readonly name: string };

const resourceReference = z.union([byId, byName]);
export type ResourceReference = { readonly id: string } | { readonly name: string };

const scopes = z.array(scopeReference).min(1).max(LIMITS.scopesOfGrant);

export const grantCommand = z.object({ resource: resourceReference, scopes });
/** The seed's other spelling: the resource stands in the path, the application in the body. */
export const resourceGrantCommand = z.object({ application: byId, resource: byId.optional(), scopes });
export const grantScopesCommand = z.object({ scopes });
/** Counted before any of them is looked at: a body has room for a hundred thousand, and each has forms to be tried. */
const refuseTooMany = (grants: unknown, { issues }: z.core.ParsePayload): unknown => {
  if (scopesIn(grants) > LIMITS.scopesOfGrant) {
    issues.push({ code: 'custom', input: grants, params: { code: 'SIZE_LIMIT_EXCEEDED' } });
  }
  return grants;
};
export const grantSetCommand = z.object({
  grants: z.preprocess(refuseTooMany, z.array(grantCommand).max(LIMITS.grantsAtOnce)),
});

/** But for a list that is too long by itself, of which nothing is looked at anyway. */
function scopesIn(grants: unknown): number {
  const lists = (Array.isArray(grants) ? grants : []).map((grant) => Object(grant).scopes);
  const lengths = lists.map((scopes) => (Array.isArray(scopes) ? scopes.length : 0));
  return lengths.filter((length) => length <= LIMITS.scopesOfGrant).reduce((sum, length) => sum + length, 0);
}

export const secretCommand = z.object({
  previous: z
    .object({
      expiresAt: z.iso.datetime({ offset: true }).meta({
        description: 'until when the secret so far stays good: 30 days from now at most; 24 hours unless given',
      }),
    })
    .optional(),
});

export const revocationCommand = z.object({
  subject: text(LIMITS.name)
    .optional()
    .meta({ description: 'the `sub` whose tokens are void; all of them unless given' }),
});

export type EnvironmentCommand = z.output<typeof environmentCommand>;
export type NewEnvironmentCommand = z.output<typeof newEnvironmentCommand>;
export type ResourceCommand = z.output<typeof resourceCommand>;
export type ScopeCommand = z.output<typeof scopeCommand>;
export type ApplicationCommand = z.output<typeof applicationCommand>;
export type NewApplicationCommand = z.output<typeof newApplicationCommand>;
export type GrantCommand = z.output<typeof grantCommand>;
