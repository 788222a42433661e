import fc from 'fast-check';
import type { z } from 'zod';
import * as application from '../../lib/admin/commands/application.js';
import * as environment from '../../lib/admin/commands/environment.js';
import * as grant from '../../lib/admin/commands/grant.js';
import { replaceResourceCommand, resourceCommand } from '../../lib/admin/commands/resource.js';
import { scopeCommand } from '../../lib/admin/commands/scope.js';
import { OPERATIONS } from '../../lib/admin/operations.js';
import { parseBody } from '../../lib/admin/validation.js';
import { AdminError, type Detail } from '../../lib/grants/errors.js';
import { runs } from '../support/property-runs.js';
import { COMMAND_CASES } from './fixtures/command-cases.js';
import { type CommandName, junk, MEMBERS, type Rule } from './fixtures/members.js';

const SCHEMAS: Readonly<Record<CommandName, z.ZodType>> = {
  environment: environment.environmentCommand,
  newEnvironment: environment.newEnvironmentCommand,
  resource: resourceCommand,
  replaceResource: replaceResourceCommand,
  scope: scopeCommand,
  application: application.applicationCommand,
  replaceApplication: application.replaceApplicationCommand,
  newApplication: application.newApplicationCommand,
  grant: grant.grantCommand,
  resourceGrant: grant.resourceGrantCommand,
  grantScopes: grant.grantScopesCommand,
  grantSet: grant.grantSetCommand,
  secret: application.secretCommand,
  newSecret: application.newSecretCommand,
  revocation: application.revocationCommand,
};
const NAMES = Object.keys(SCHEMAS) as CommandName[];

interface Member {
  readonly default?: unknown;
  readonly accept: readonly unknown[];
  readonly refuse: readonly (readonly [unknown, string, Readonly<Record<string, unknown>>?])[];
}

const membersOf = (name: CommandName) => Object.entries<Member>(COMMAND_CASES[name].members);
/** The body with one member set, or left out for `undefined`. */
function bodyWith(name: CommandName, member: string, value: unknown): Record<string, unknown> {
  const { [member]: _, ...rest } = COMMAND_CASES[name].body as Record<string, unknown>;
  return value === undefined ? rest : { ...rest, [member]: value };
}

function detailsOf(name: CommandName, body: unknown): readonly Detail[] {
  try {
    parseBody(SCHEMAS[name], body);
  } catch (problem) {
    if (!(problem instanceof AdminError)) throw problem;
    expect(problem.kind).toBe('invalid_data');
    expect(problem.details.length).toBeGreaterThan(0);
    return problem.details;
  }
  return [];
}

const short = (value: unknown) => (JSON.stringify(value) ?? 'left out').slice(0, 60);

describe.each(NAMES)('%s', (name) => {
  describe.each(membersOf(name))('%s', (member, { accept, refuse, ...rest }) => {
    test('accepts valid values', () => {
      for (const value of accept)
        expect([short(value), detailsOf(name, bodyWith(name, member, value))[0]]).toEqual([short(value), undefined]);
    });

    test('rejects invalid values and reports the reason and the position', () => {
      for (const [value, code, { at = '', innerError } = {}] of refuse) {
        const target = `${member}${at}`;
        const said = detailsOf(name, bodyWith(name, member, value)).map(({ message, ...detail }) => {
          return { ...detail, isSentence: message.startsWith(`${target} `) && message.endsWith('.') };
        });
        const expected = { code, target, isSentence: true, ...(innerError !== undefined && { innerError }) };
        expect([short(value), said]).toEqual([short(value), expect.arrayContaining([expected])]);
        expect(said.filter((detail) => detail.target !== target)).toEqual([]);
      }
    });

    test('treats null as absent', () => {
      const [absent, empty] = [undefined, null].map((value) => detailsOf(name, bodyWith(name, member, value)));
      expect(empty).toEqual(absent);
      if (absent?.length !== 0) return;
      const read = (value: unknown) => parseBody(SCHEMAS[name], bodyWith(name, member, value));
      expect(read(null)).toEqual(read(undefined));
    });

    if ('default' in rest) {
      test('has its default value', () => {
        const parsed = parseBody(SCHEMAS[name], bodyWith(name, member, undefined)) as Record<string, unknown>;
        expect(parsed[member]).toEqual(rest.default);
      });
    }
  });

  test('has test cases and a rule for each member', () => {
    const documented = Object.keys(COMMAND_CASES[name].members).sort();
    expect(Object.keys(MEMBERS[name]).sort()).toEqual(documented);
    expect(shapeOf(SCHEMAS[name]).sort()).toEqual(documented);
  });

  test('accepts exactly the values that the rule of the fact sheet allows', () => {
    const rules = Object.entries<Rule>(MEMBERS[name]);
    const changed = fc.constantFrom(...rules).chain(([member, rule]) => junk.map((value) => ({ member, rule, value })));
    fc.assert(
      fc.property(changed, ({ member, rule, value }) => {
        const isMoment = name === 'secret' && rule(value); // whether such a text is a moment, the cases above say
        if (isMoment) return;
        const details = detailsOf(name, bodyWith(name, member, value));
        expect(details.length === 0).toBe(rule(value));
        expect(details.filter(({ target }) => target?.split(/[.[]/)[0] !== member)).toEqual([]);
      }),
      { numRuns: runs(300) },
    );
  });
});

function shapeOf(schema: z.ZodType): string[] {
  const { shape, in: inside } = schema as unknown as { shape?: object; in?: { shape: object } };
  return Object.keys(shape ?? inside?.shape ?? {});
}

test('every operation accepts the body of its schema', () => {
  const taken = OPERATIONS.flatMap(({ id, body }) =>
    body === undefined ? [] : [[id, NAMES.find((name) => SCHEMAS[name] === body)]],
  );
  expect(Object.fromEntries(taken)).toEqual({
    createEnvironment: 'newEnvironment',
    replaceEnvironment: 'environment',
    createResource: 'resource',
    replaceResource: 'replaceResource',
    createGrantOfResource: 'resourceGrant',
    createScope: 'scope',
    replaceScope: 'scope',
    createApplication: 'newApplication',
    replaceApplication: 'replaceApplication',
    rotateApplicationSecret: 'secret',
    createSecret: 'newSecret',
    revokeTokens: 'revocation',
    createGrant: 'grant',
    setGrants: 'grantSet',
    replaceGrant: 'grant',
    addGrantScopes: 'grantScopes',
  });
});

test('accepts or rejects each character of the first plane in each kind of text', () => {
  const texts: [CommandName, string][] = [
    ['environment', 'name'],
    ['environment', 'description'],
    ['resource', 'audience'],
    ['scope', 'name'],
  ];
  for (const [name, member] of texts) {
    const { [member]: rule } = MEMBERS[name] as Readonly<Record<string, Rule>>;
    const { shape, in: inside } = SCHEMAS[name] as unknown as Record<'shape' | 'in', Shape & { shape: Shape }>;
    const schema = (shape ?? inside.shape)[member] as z.ZodType;
    for (let code = 0; code <= 0xffff; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      if (schema.safeParse(text).success !== rule?.(text)) throw new Error(`${name}.${member}: ${code.toString(16)}`);
    }
  }
});

type Shape = Readonly<Record<string, z.ZodType>>;

describe('parsed values', () => {
  test('parses an environment', () => {
    expect(parseBody(SCHEMAS.environment, { name: 'test' })).toEqual({ name: 'test', type: 'SANDBOX' });
  });

  test('parses a resource and uses its name as the default audience', () => {
    expect(parseBody(SCHEMAS.resource, { name: 'Reports' })).toEqual({
      name: 'Reports',
      audience: 'Reports',
      type: 'CUSTOM',
      accessTokenValiditySeconds: 3600,
      introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
      applicationPermissionsSettings: { claimEnabled: false },
      tags: [],
      secondaryAudiences: [],
    });
    expect(parseBody(SCHEMAS.resource, { name: 'Reports', audience: 'https://api.example' })).toMatchObject({
      audience: 'https://api.example',
    });
  });

  test('parses an application', () => {
    expect(parseBody(SCHEMAS.application, COMMAND_CASES.application.body)).toEqual({
      ...COMMAND_CASES.application.body,
      grantTypes: [],
      responseTypes: [],
      redirectUris: [],
      postLogoutRedirectUris: [],
      pkceEnforcement: 'OPTIONAL',
      trustScope: 'Explicit',
      allowedTags: [],
      requestScopesForMultipleResourcesEnabled: false,
    });
  });

  test('parses references in both forms, lower-cases ids, and treats everything else as names', () => {
    const id = '0192F0C1-2D3E-7A4B-8C5D-6E7F80912A3B';
    const scopes = [id, { id }, 'reports:read', { name: 'reports:write' }, `${id}0`, { name: id }];
    expect(parseBody(SCHEMAS.grant, { resource: { id }, scopes })).toEqual({
      resource: { id: id.toLowerCase() },
      scopes: [
        { id: id.toLowerCase() },
        { id: id.toLowerCase() },
        { name: 'reports:read' },
        { name: 'reports:write' },
        { name: `${id}0` },
        { name: id },
      ],
    });
    expect(parseBody(SCHEMAS.grant, { resource: { id, name: 'Reports' }, scopes: [{ id, name: 'a' }] })).toEqual({
      resource: { id: id.toLowerCase() },
      scopes: [{ id: id.toLowerCase() }],
    });
  });
});
