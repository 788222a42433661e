import fc from 'fast-check';
import type { DocumentApplication, DocumentResource, GrantsDocument } from 'scopegate/admin';

/** Few names, so that documents have them in common. */
const RESOURCES = ['Orders', 'Stocks', 'a/b~c', 'constructor'];
const APPLICATIONS = ['Dashboard', 'Reports', 'é', 'toString'];
const SCOPES = ['read', 'write', 'all', '__proto__'];

const optional: { requiredKeys: ['name'] } = { requiredKeys: ['name'] };
const description = fc.constantFrom('', 'x', 'a longer description, with "quotes"');
const tags = fc.uniqueArray(
  fc.constantFrom('x', 'y').map((key) => ({ value: 'v', key })),
  { maxLength: 2 },
);
const uris = fc.subarray(['https://a.example/', 'https://b.example/']);

const scopes = (names: readonly string[]) =>
  fc
    .subarray([...names])
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((name) => fc.record({ name: fc.constant(name), description }, { requiredKeys: ['name'] })),
      ),
    );

const resource = (name: string): fc.Arbitrary<DocumentResource> =>
  fc.record(
    {
      name: fc.constant(name),
      description,
      audience: fc.constantFrom('https://a.example/', name),
      accessTokenValiditySeconds: fc.constantFrom(300, 3600),
      applicationPermissionsSettings: fc.record({ claimEnabled: fc.boolean() }),
      tags,
      secondaryAudiences: uris,
      scopes: scopes(SCOPES),
    },
    optional,
  );

const builtIn = fc.record({ name: fc.constant('openid'), scopes: scopes(['openid', 'profile', 'groups']) });

const hasMembers = (object: object) => Object.keys(object).length > 0;

const dates = fc.record(
  {
    notBefore: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'),
    expiresAt: fc.constantFrom('2026-03-01T00:00:00.000Z', '2030-01-01T00:00:00.000Z'),
  },
  { requiredKeys: [] },
);

/** What a grant may name: the scopes of each resource of the document, and of a built-in one that it does not name. */
function toGrantable(resources: readonly DocumentResource[]): (readonly [string, readonly string[]])[] {
  const own = resources.map(({ name, scopes: defined = [] }) => [name, defined.map((scope) => scope.name)] as const);
  return [...own, ['PingOne API', ['p1:read:self:user']] as const].filter(([, defined]) => defined.length > 0);
}

const application = (name: string, resources: readonly DocumentResource[]): fc.Arbitrary<DocumentApplication> =>
  fc.record(
    {
      name: fc.constant(name),
      description,
      enabled: fc.boolean(),
      type: fc.constantFrom('WORKER', 'WEB_APP'),
      grantTypes: fc.constantFrom<DocumentApplication['grantTypes']>(
        [],
        ['CLIENT_CREDENTIALS'],
        ['AUTHORIZATION_CODE'],
      ),
      redirectUris: uris,
      trustScope: fc.constantFrom('Account', 'Tags', 'Explicit'),
      allowedTags: tags,
      grants: fc.subarray(toGrantable(resources)).chain((chosen) =>
        fc.tuple(
          ...chosen.map(([granted, defined]) =>
            fc.tuple(fc.subarray([...defined], { minLength: 1 }), dates, dates).map(([names, ofGrant, ofScope]) => ({
              resource: granted,
              scopes: names.map((name, i) => (i === 0 && hasMembers(ofScope) ? { name, ...ofScope } : name)),
              ...ofGrant,
            })),
          ),
        ),
      ),
    },
    optional,
  );

const someOf = <Item>(names: readonly string[], toItem: (name: string) => fc.Arbitrary<Item>) =>
  fc.shuffledSubarray([...names]).chain((chosen) => fc.tuple(...chosen.map(toItem)));

/** Documents of an environment that have no faults. */
export function documents(name: string): fc.Arbitrary<GrantsDocument> {
  const resources = fc
    .tuple(someOf(RESOURCES, resource), fc.option(builtIn, { nil: undefined }))
    .map(([own, openid]): DocumentResource[] => (openid === undefined ? own : [...own, openid]));
  return resources.chain((all) =>
    fc.record({
      environment: fc.record(
        { name: fc.constant(name), description, type: fc.constantFrom('SANDBOX', 'PRODUCTION') },
        optional,
      ),
      resources: fc.constant(all),
      applications: someOf(APPLICATIONS, (each) => application(each, all)),
    }),
  );
}
