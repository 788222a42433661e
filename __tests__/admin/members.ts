import fc from 'fast-check';
import { anyCharacter } from '../support/any-character.js';

/**
 * What the fact sheet says of each member of each command, written without the schemas: a rule says whether a value is
 * one that a client may send. `undefined` stands for a member that is left out.
 */
export type Rule = (value: unknown) => boolean;

/** `C0`, `DEL`, `C1`, line separators, turns of direction, and halves of surrogate pairs. */
function isUnseen(character: string): boolean {
  const code = character.codePointAt(0) as number;
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    code === 0x2028 ||
    code === 0x2029 ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    isHalf(character)
  );
}

function isHalf(character: string): boolean {
  const code = character.codePointAt(0) as number;
  return code >= 0xd800 && code <= 0xdfff;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text =
  (longest: number): Rule =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= longest && ![...value].some(isUnseen);
const oneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value);
const listOf =
  (rule: Rule): Rule =>
  (value) =>
    Array.isArray(value) && value.length <= 100 && value.every(rule);
const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || value === null || rule(value);

const isName = text(256);
const isUri = text(2048);
/** Of the texts that `junk` makes, none is one. */
const isRedirectUri: Rule = (value) => typeof value === 'string' && /^(?:https:\/\/|acme:\/)[a-z]/.test(value);
const isBoolean: Rule = (value) => typeof value === 'boolean';
const isDescription: Rule = optional(
  (value) =>
    typeof value === 'string' && value.length <= 1024 && ![...value].some((each) => each === '\0' || isHalf(each)),
);
/** RFC 6749 §3.3, and at most 256 characters. */
const isScopeName: Rule = (value) =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.length <= 256 &&
  [...value].every((each) => each > ' ' && each <= '~' && each !== '"' && each !== '\\');
const isUuid: Rule = (value) => {
  if (typeof value !== 'string' || value.length !== 36) return false;
  return [...value].every((each, i) =>
    [8, 13, 18, 23].includes(i) ? each === '-' : '0123456789abcdef'.includes(each.toLowerCase()),
  );
};
const isTag: Rule = (value) => isObject(value) && isName(value.key) && isName(value.value);
const hasId: Rule = (value) => isObject(value) && isUuid(value.id);
const hasNoId: Rule = (value) => isObject(value) && (value.id === undefined || value.id === null);
const isResource: Rule = (value) => hasId(value) || (hasNoId(value) && isName((value as { name?: unknown }).name));
/** Whether a text is a date is for the cases of the schema: here, whether it looks like one. */
const isDate: Rule = (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value);
const isNoneOrDate: Rule = (value) => value === undefined || value === null || isDate(value);
const hasDates: Rule = (value) => isObject(value) && isNoneOrDate(value.notBefore) && isNoneOrDate(value.expiresAt);
const isScope: Rule = (value) =>
  isScopeName(value) ||
  (hasDates(value) && (hasId(value) || (hasNoId(value) && isScopeName((value as { name?: unknown }).name))));
const isScopes: Rule = (value) =>
  Array.isArray(value) && value.length > 0 && value.length <= 1000 && value.every(isScope);
const isGrant: Rule = (value) =>
  isObject(value) && isResource(value.resource) && isScopes(value.scopes) && hasDates(value);
const dates = { notBefore: isNoneOrDate, expiresAt: isNoneOrDate };

const environment = {
  name: isName,
  description: isDescription,
  type: optional(oneOf('PRODUCTION', 'SANDBOX')),
  region: optional(isName),
  license: optional(hasId),
};

const application = {
  name: isName,
  description: isDescription,
  enabled: isBoolean,
  type: oneOf('WEB_APP', 'NATIVE_APP', 'SINGLE_PAGE_APP', 'WORKER', 'SERVICE', 'CUSTOM_APP'),
  protocol: oneOf('OPENID_CONNECT'),
  tokenEndpointAuthMethod: oneOf(
    'NONE',
    'CLIENT_SECRET_BASIC',
    'CLIENT_SECRET_POST',
    'PRIVATE_KEY_JWT',
    'CLIENT_SECRET_JWT',
  ),
  grantTypes: optional(
    listOf(
      oneOf(
        'AUTHORIZATION_CODE',
        'IMPLICIT',
        'REFRESH_TOKEN',
        'CLIENT_CREDENTIALS',
        'DEVICE_CODE',
        'TOKEN_EXCHANGE',
        'CIBA',
      ),
    ),
  ),
  responseTypes: optional(listOf(oneOf('CODE', 'TOKEN', 'ID_TOKEN'))),
  redirectUris: optional(listOf(isRedirectUri)),
  postLogoutRedirectUris: optional(listOf(isRedirectUri)),
  pkceEnforcement: optional(oneOf('OPTIONAL', 'REQUIRED', 'S256_REQUIRED')),
  trustScope: optional(oneOf('Account', 'Tags', 'Explicit')),
  allowedTags: optional(listOf(isTag)),
  requestScopesForMultipleResourcesEnabled: optional(isBoolean),
};

const resource = {
  name: isName,
  description: isDescription,
  audience: optional(isUri),
  type: optional(oneOf('CUSTOM')),
  accessTokenValiditySeconds: optional(
    (value) => Number.isInteger(value) && Number(value) >= 300 && Number(value) <= 2_592_000,
  ),
  introspectEndpointAuthMethod: optional(oneOf('NONE', 'CLIENT_SECRET_BASIC', 'CLIENT_SECRET_POST')),
  applicationPermissionsSettings: optional((value) => isObject(value) && optional(isBoolean)(value.claimEnabled)),
  tags: optional(listOf(isTag)),
  secondaryAudiences: optional(listOf(isUri)),
};

export const MEMBERS = {
  environment,
  newEnvironment: { ...environment, id: optional(isUuid) },
  resource,
  replaceResource: resource,
  scope: {
    name: isScopeName,
    description: isDescription,
  },
  application,
  replaceApplication: application,
  newApplication: { ...application, id: optional(isUuid) },
  grant: { resource: isResource, scopes: isScopes, ...dates },
  resourceGrant: { application: hasId, resource: optional(hasId), scopes: isScopes, ...dates },
  grantScopes: { scopes: isScopes },
  grantSet: {
    grants: (value) =>
      Array.isArray(value) &&
      value.length <= 200 &&
      value.every(isGrant) &&
      value.reduce((sum: number, grant) => sum + grant.scopes.length, 0) <= 1000,
  },
  revocation: {
    subject: optional(isName),
    notBefore: optional((value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)),
  },
  newSecret: { name: isName, expiresAt: dates.expiresAt },
  secret: {
    // Whether a text is a moment is for the cases of the schema: here, whether it looks like one.
    previous: optional(
      (value) => isObject(value) && typeof value.expiresAt === 'string' && /^\d{4}-\d\d-\d\dT/.test(value.expiresAt),
    ),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Rule>>>>;

export type CommandName = keyof typeof MEMBERS;

/** The members of a command that no request may leave out. */
export function requiredMembers(command: CommandName): string[] {
  return Object.entries<Rule>(MEMBERS[command]).flatMap(([name, rule]) => (rule(undefined) ? [] : [name]));
}

export const SQL = [
  `'; drop table environments; --`,
  `" or 1=1 --`,
  `') or ('1'='1`,
  '`); delete from grants; --',
  '1; attach database "/etc/x" as x',
  '$1 ? :a @b %s {}',
];

const oddText = fc.constantFrom(
  '',
  ' ',
  'true',
  '300',
  'null',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '\u202egnp.exe',
  '\u2066a\u2069',
  'a\nb',
  'a\u2028b',
  'a\u0085b',
  'x'.repeat(257),
  'x'.repeat(1025),
  'x'.repeat(10_000),
  '00000000-0000-0000-0000-00000000000',
  '00000000-0000-0000-0000-000000000000\n',
  '{00000000-0000-0000-0000-000000000000}',
  '../../etc/passwd',
  ...SQL,
);
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3, stringUnit: anyCharacter }),
  oddText,
  fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 1.5, 299, 2_592_001, 1e308, [], {}, [[]], [null], [{}]),
);
const odder = fc.oneof(
  odd,
  fc.array(odd, { minLength: 101, maxLength: 110, size: 'max' }),
  fc.dictionary(fc.constantFrom('id', 'name', 'key', 'value', 'claimEnabled', 'expiresAt', 'scopes', 'resource'), odd),
);

/** Any JSON value, the kind that breaks things more often than not. */
export const junk: fc.Arbitrary<unknown> = fc
  .oneof(
    odder,
    odder.map((value) => [value]),
    fc.record({ id: odd }),
    fc.record({ key: odd, value: odd }),
  )
  .map((value) => JSON.parse(JSON.stringify(value)));
