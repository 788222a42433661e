import fc from 'fast-check';
import type { RequestableResource, TokenRequest } from '../../lib/issuance/token-request.js';
import { covers } from '../../lib/scope/covers.js';
import { CONSUMER } from '../scope/cases.js';
import { ACCOUNT, ALL_GRANT_TYPES, CIBA, DEVICE, EXCHANGE, full } from './cases.js';

/** A small world in which audiences are parts of one another, and names mean different things at different resources. */

const ROOT = full('…::all');
const MY_SCOPES = 'urn:opc:idm:__myscopes__';
const ADMIN = 'urn:opc:idm:';
const AUDIENCES = ['http://rs/', 'http://rs/v1/', 'http://rs/v1', 'rs', 'r', ACCOUNT, 'openid'];
const NAMES = [
  ...['read', 'write', 'v1/read', 's', 'sread', 'profile', 'openid', 'offline_access', 'http://rs/read'],
  ...[
    '…::all',
    '…::read',
    '…:paas::all',
    '…:paas::read',
    '…:paas:stack::read',
    '…:paas:stack::write',
    '…::paas::read',
  ].map(full),
  ...[MY_SCOPES, `${ADMIN}t.user.me`, `${ADMIN}g.all_r`],
  ...['p1:read:self:user', 'p1:read:env:user'],
];
/** What routes may need beyond what anybody defines. */
const REQUIRED = [...NAMES, full('…:paas:stack:deep::read'), full('…:other::write')];
export const TAGS = [
  { key: 'color', value: 'green' },
  { key: 'color', value: 'blue' },
];

const names = fc.subarray(NAMES, { minLength: 1, maxLength: 6 });
const isGranted = fc.constantFrom(true, true, true, false);
const tags = fc.subarray(TAGS);
const RESOURCE_TYPES: readonly RequestableResource['type'][] = [
  'CUSTOM',
  'CUSTOM',
  'CUSTOM',
  'PINGONE_API',
  'OPENID_CONNECT',
];

const resource = fc.record({
  type: fc.constantFrom(...RESOURCE_TYPES),
  audience: fc.constantFrom(...AUDIENCES),
  secondaryAudiences: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray(AUDIENCES, { maxLength: 1 })),
  tags,
  accessTokenValiditySeconds: fc.constantFrom(300, 1800, 3600, 86_400),
  scopes: names,
});

const application = fc.record({
  enabled: fc.constant(true),
  grantTypes: fc.oneof(
    { weight: 9, arbitrary: fc.constant(ALL_GRANT_TYPES) },
    { weight: 1, arbitrary: fc.subarray(ALL_GRANT_TYPES) },
  ),
  trustScope: fc.constantFrom('Account' as const, 'Tags' as const, 'Explicit' as const),
  allowedTags: tags,
  requestScopesForMultipleResourcesEnabled: fc.boolean(),
});

interface World {
  readonly application: TokenRequest['application'];
  readonly resources: readonly RequestableResource[];
  readonly grants: TokenRequest['grants'];
}

const world: fc.Arbitrary<World> = fc
  .tuple(application, fc.array(fc.tuple(resource, names, isGranted), { minLength: 1, maxLength: 4 }))
  .map(([application, drawn]) => {
    const resources = drawn.map(([each], i) => ({ ...each, id: `${i}` }));
    const grants = drawn.flatMap(([{ scopes }, chosen, isGranted], i) => {
      const some = scopes.filter((name) => chosen.includes(name));
      const granted = some.length > 0 ? some : scopes;
      return isGranted ? [{ resourceId: `${i}`, scopes: granted.map((name) => ({ name })) }] : [];
    });
    return { application, resources, grants };
  });

const GRANT_TYPES = ['client_credentials', 'authorization_code', 'implicit', DEVICE, EXCHANGE, CIBA];

/** Scopes that are granted, defined, qualified, reserved, or nobody's. */
function scopeIn({ resources, grants }: World): fc.Arbitrary<string> {
  const granted = grants.flatMap(({ scopes }) => scopes.map(({ name }) => name));
  const qualified = resources.flatMap(({ audience, scopes = [] }) => scopes.map((name) => `${audience}${name}`));
  const any = [...NAMES, 'urn:opc:resource:expiry=600'];
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...(granted.length > 0 ? granted : any)) },
    { weight: 3, arbitrary: fc.constantFrom(...qualified) },
    { weight: 1, arbitrary: fc.constantFrom(...any) },
    { weight: 3, arbitrary: fc.constantFrom('offline_access', 'openid') },
  );
}

function scopesIn(world: World): fc.Arbitrary<string> {
  return fc.uniqueArray(scopeIn(world), { minLength: 1, maxLength: 3 }).map((scopes) => scopes.join(' '));
}

/** Of ten requests about one names the resource, and now and then two. */
const requestedResource = fc.oneof(
  { weight: 9, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.subarray(['http://rs/', 'http://rs/v1/', ACCOUNT], { minLength: 1, maxLength: 2 }) },
);

export const tokenRequest: fc.Arbitrary<TokenRequest> = world.chain((world) =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        ...constants(world),
        grantType: fc.constantFrom(...GRANT_TYPES),
        scope: fc.option(scopesIn(world), { nil: undefined, freq: 8 }),
        resource: requestedResource,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        ...constants(world),
        grantType: fc.constant('refresh_token'),
        scope: fc.option(scopesIn(world), { nil: undefined, freq: 2 }),
        resource: requestedResource,
        refreshed: fc.record({
          grantType: fc.constantFrom('authorization_code', DEVICE),
          scope: scopesIn(world).filter(isRefreshable),
        }),
      }),
    },
  ),
);

function isRefreshable(scope: string): boolean {
  const scopes = scope.split(' ');
  return !scopes.includes(ROOT) && scopes.some((name) => !/^offline_access$|expiry=/.test(name));
}

function constants({ application, resources, grants }: World) {
  return {
    application: fc.constant(application),
    resources: fc.constant(resources),
    grants: fc.constant(grants),
  };
}

export function isTagAudience(audience: string): boolean {
  return audience.startsWith('urn:opc:resource:scope:tag=');
}

const isShared = (audience: string) => audience === ACCOUNT || isTagAudience(audience);
const isAdmin = (scope: string) => scope.startsWith(ADMIN);
const isConsumer = (scope: string) => scope.startsWith(`${CONSUMER}:`);

/** The resources whose servers answer to an audience: for one that resources share, every custom one. */
function answeringTo({ resources }: TokenRequest, audience: string): readonly RequestableResource[] {
  return resources.filter(
    (each) =>
      (isShared(audience) && each.type === 'CUSTOM') ||
      [each.audience, ...(each.secondaryAudiences ?? [])].includes(audience),
  );
}

/** What the routes of these servers may need: scopes that a resource there defines, and of the hierarchies, any. */
export function requiredAt(request: TokenRequest, audience: string): readonly string[] {
  const defined = answeringTo(request, audience).flatMap(({ scopes = [] }) => scopes);
  return REQUIRED.filter((name) => isConsumer(name) || isAdmin(name) || defined.includes(name));
}

/**
 * Whether the grants say that the application may do what needs `required` at a resource server that answers to
 * `audience`. Written from the rules, without a look at how a request is resolved.
 */
export function mayDo(request: TokenRequest, audience: string, required: string): boolean {
  const { application, grants } = request;
  const { trustScope } = application;
  const granted = grants.flatMap(({ resourceId, scopes }) => scopes.map(({ name }) => ({ resourceId, name })));
  const isGranted = granted.some(({ name }) => covers(name, required));
  const hasAll = granted.some(({ name }) => name === ROOT);
  const answering = answeringTo(request, audience);
  if (isShared(audience)) {
    if (audience !== ACCOUNT && (trustScope !== 'Tags' || isAdmin(required))) return false;
    if (audience === ACCOUNT && trustScope !== 'Account') return false;
    if (isConsumer(required) || isAdmin(required)) return isGranted;
    const isGrantedAt = ({ id }: RequestableResource) =>
      granted.some(({ resourceId, name }) => resourceId === id && name === required);
    return answering
      .filter(({ scopes = [] }) => scopes.includes(required))
      .every((each) => isGrantedAt(each) || (hasAll && isInReach(application, each, required)));
  }
  const isGrantedThere = granted.some(
    ({ resourceId, name }) => covers(name, required) && answering.some(({ id }) => id === resourceId),
  );
  if (isGrantedThere) return true;
  const needsNoGrant = ['openid', 'offline_access'].includes(required);
  if (needsNoGrant && (audience === 'openid' || answering.some(({ type }) => type === 'OPENID_CONNECT'))) return true;
  return hasAll && answering.some((each) => isInReach(application, each, required));
}

/** By virtue of `urn:opc:resource:consumer::all` alone. */
function isInReach(
  { trustScope, allowedTags }: TokenRequest['application'],
  { type, tags = [], scopes = [] }: RequestableResource,
  required: string,
): boolean {
  const hasTag = allowedTags.some((one) => tags.some((other) => one.key === other.key && one.value === other.value));
  const isTrusted = trustScope === 'Account' || (trustScope === 'Tags' && hasTag);
  return type === 'CUSTOM' && isTrusted && !isAdmin(required) && scopes.some((name) => covers(name, required));
}

/** Every way to read a name as an audience of a custom resource and a scope that it grants or defines, longest first. */
export function splits({ resources, grants }: TokenRequest, name: string) {
  return Array.from(
    { length: name.length - 1 },
    (_, i) => [name.slice(0, name.length - 1 - i), name.slice(name.length - 1 - i)] as const,
  )
    .map(([audience, scope]) => ({
      audience,
      scope,
      owners: resources.filter(
        (each) =>
          each.type === 'CUSTOM' &&
          each.audience === audience &&
          [
            ...(each.scopes ?? []),
            ...grants
              .filter(({ resourceId }) => resourceId === each.id)
              .flatMap(({ scopes }) => scopes.map(({ name }) => name)),
          ].some((held) => covers(held, scope)),
      ),
    }))
    .filter(({ owners }) => owners.length > 0);
}
