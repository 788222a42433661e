import fc from 'fast-check';
import { z } from 'zod';
import { applicationCommand } from '../../lib/admin/commands/application.js';
import { grantCommand, grantSetCommand } from '../../lib/admin/commands/grant.js';
import { resourceCommand } from '../../lib/admin/commands/resource.js';
import { scopeCommand } from '../../lib/admin/commands/scope.js';
import { changeQuery, noQuery, pageQuery } from '../../lib/admin/operations/operation.js';
import { parseBody, parseQuery } from '../../lib/admin/validation.js';
import { AdminError } from '../../lib/grants/errors.js';
import { runs } from '../support/property-runs.js';
import { junk } from './fixtures/members.js';

function problem(parse: () => unknown): AdminError {
  try {
    parse();
  } catch (thrown) {
    if (thrown instanceof AdminError) return thrown;
    throw thrown;
  }
  throw new Error('It was taken.');
}
const detailsOf = (schema: z.ZodType, body: unknown) => problem(() => parseBody(schema, body)).details;

const application = {
  name: 'Reader',
  enabled: true,
  type: 'WORKER',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
};
const ID = '0192f0c1-2d3e-7a4b-8c5d-6e7f80912a3b';

describe('problems and their targets', () => {
  test('reports every missing member', () => {
    const { kind, details } = problem(() => parseBody(applicationCommand, {}));
    expect(kind).toBe('invalid_data');
    expect(details).toEqual(
      ['name', 'enabled', 'type', 'protocol', 'tokenEndpointAuthMethod'].map((target) => ({
        code: 'REQUIRED_VALUE',
        target,
        message: `${target} is required.`,
      })),
    );
  });

  test('reports problems of every kind at once', () => {
    const body = {
      description: 'x'.repeat(1025),
      audience: 1,
      type: 'OPENID_CONNECT',
      accessTokenValiditySeconds: 299,
      applicationPermissionsSettings: { claimEnabled: 'yes' },
      tags: [{ key: 'a', value: 'b' }, { key: '' }, 'c:d'],
      secondaryAudiences: ['a', 'b\n', ''],
    };
    expect(detailsOf(resourceCommand, body)).toEqual([
      { code: 'REQUIRED_VALUE', target: 'name', message: 'name is required.' },
      {
        code: 'SIZE_LIMIT_EXCEEDED',
        target: 'description',
        message: 'description must have at most 1024 characters.',
        innerError: { maximumValue: 1024 },
      },
      { code: 'INVALID_VALUE', target: 'audience', message: 'audience must be of type string.' },
      {
        code: 'INVALID_VALUE',
        target: 'type',
        message: 'type must be CUSTOM.',
        innerError: { allowedValues: ['CUSTOM'] },
      },
      {
        code: 'OUT_OF_RANGE',
        target: 'accessTokenValiditySeconds',
        message: 'accessTokenValiditySeconds must be at least 300.',
        innerError: { rangeMinimumValue: 300 },
      },
      {
        code: 'INVALID_VALUE',
        target: 'applicationPermissionsSettings.claimEnabled',
        message: 'applicationPermissionsSettings.claimEnabled must be of type boolean.',
      },
      { code: 'EMPTY_VALUE', target: 'tags[1].key', message: 'tags[1].key must not be empty.' },
      { code: 'REQUIRED_VALUE', target: 'tags[1].value', message: 'tags[1].value is required.' },
      { code: 'INVALID_VALUE', target: 'tags[2]', message: 'tags[2] must be of type object.' },
      {
        code: 'INVALID_VALUE',
        target: 'secondaryAudiences[1]',
        message: 'secondaryAudiences[1] has characters that are not allowed.',
      },
      { code: 'EMPTY_VALUE', target: 'secondaryAudiences[2]', message: 'secondaryAudiences[2] must not be empty.' },
    ]);
  });

  test('reports problems deep inside a body', () => {
    const grants = [
      { resource: { id: ID }, scopes: ['a'] },
      { resource: { id: ID }, scopes: ['a', ''] },
      { resource: null, scopes: [] },
      { scopes: [{ name: 'a b' }] },
      null,
    ];
    const details = detailsOf(grantSetCommand, { grants });
    expect(details.map(({ code, target }) => [code, target])).toEqual(
      expect.arrayContaining([
        ['REQUIRED_VALUE', 'grants[2].resource'],
        ['EMPTY_VALUE', 'grants[2].scopes'],
        ['REQUIRED_VALUE', 'grants[3].resource'],
        ['INVALID_VALUE', 'grants[4]'],
      ]),
    );
    expect(details.some(({ target }) => target?.startsWith('grants[1].scopes[1]'))).toBe(true);
    expect(details.some(({ target }) => target?.startsWith('grants[3].scopes[0]'))).toBe(true);
    expect(details.some(({ target }) => target?.startsWith('grants[0]'))).toBe(false);
  });

  test.each([[null], ['text'], [1], [true], [[]], [[{ name: 'a' }]]])('rejects the non-object body %j', (body) => {
    expect(detailsOf(scopeCommand, body)).toEqual([
      { code: 'INVALID_VALUE', message: 'The body must be of type object.' },
    ]);
  });

  test('uses the message of the first detail as the message of the problem', () => {
    expect(problem(() => parseBody(applicationCommand, { ...application, enabled: 1 })).message).toBe(
      'enabled must be of type boolean.',
    );
  });
});

describe('codes and details of problems', () => {
  const schema = z.object({
    text: z.string().min(1).max(3),
    number: z.number().min(-5).max(5),
    list: z.array(z.string()).min(1).max(2),
    choice: z.enum(['A', 'B']),
    literal: z.literal('only'),
    custom: z.string().refine((value) => value === 'good'),
    total: z.string().refine((value) => value === 'good', { params: { code: 'SIZE_LIMIT_EXCEEDED' } }),
    form: z.iso.date(),
    either: z.union([z.object({ id: z.string() }), z.object({ name: z.string() })]),
  });
  const good = {
    text: 'a',
    number: 0,
    list: ['a'],
    choice: 'A',
    literal: 'only',
    custom: 'good',
    total: 'good',
    form: '2030-01-01',
    either: { id: 'a' },
  };

  const cases: [target: string, value: unknown, code: string, expectation: string, innerError?: object][] = [
    ['text', undefined, 'REQUIRED_VALUE', 'is required'],
    ['text', null, 'REQUIRED_VALUE', 'is required'],
    ['text', '', 'EMPTY_VALUE', 'must not be empty'],
    ['text', 'abcd', 'SIZE_LIMIT_EXCEEDED', 'must have at most 3 characters', { maximumValue: 3 }],
    ['number', undefined, 'REQUIRED_VALUE', 'is required'],
    ['number', '1', 'INVALID_VALUE', 'must be of type number'],
    ['number', -6, 'OUT_OF_RANGE', 'must be at least -5', { rangeMinimumValue: -5 }],
    ['number', 6, 'OUT_OF_RANGE', 'must be at most 5', { rangeMaximumValue: 5 }],
    ['list', undefined, 'REQUIRED_VALUE', 'is required'],
    ['list', {}, 'INVALID_VALUE', 'must be of type array'],
    ['list', [], 'EMPTY_VALUE', 'must not be empty'],
    ['list', ['a', 'b', 'c'], 'SIZE_LIMIT_EXCEEDED', 'must have at most 2 items', { maximumValue: 2 }],
    ['choice', undefined, 'REQUIRED_VALUE', 'is required'],
    ['choice', 'C', 'INVALID_VALUE', 'must be one of A, B', { allowedValues: ['A', 'B'] }],
    ['literal', 'other', 'INVALID_VALUE', 'must be only', { allowedValues: ['only'] }],
    ['custom', 'bad', 'INVALID_VALUE', 'has characters that are not allowed'],
    ['total', 'bad', 'SIZE_LIMIT_EXCEEDED', 'has too many items in total'],
    ['form', 'tomorrow', 'INVALID_VALUE', 'is not in the expected format'],
    ['either', 7, 'INVALID_VALUE', 'is not in the expected format'],
    ['either', undefined, 'REQUIRED_VALUE', 'is required'],
  ];

  test.each(cases.map(([target, value, code, ...said]) => [target, value, code, said] as const))(
    '%s: rejects %j with %s',
    (target, value, code, [expectation, innerError]) => {
      expect(detailsOf(schema, { ...good, [target]: value })).toEqual([
        { code, target, message: `${target} ${expectation}.`, ...(innerError && { innerError }) },
      ]);
    },
  );

  test('treats an inherited member as missing', () => {
    expect(detailsOf(scopeCommand, Object.create({ name: 1 }))[0]?.code).toBe('REQUIRED_VALUE');
  });
});

describe('query parameters', () => {
  test.each<[string, z.ZodType, Record<string, unknown>, string[]]>([
    ['an unknown one', noQuery, { dryrun: 'true' }, ['dryrun']],
    ['unknown ones beside a known one', changeQuery, { dryRun: 'true', a: '1', b: '2' }, ['a', 'b']],
    ['one that is sent twice', changeQuery, { dryRun: ['true', 'true'] }, ['dryRun']],
    ['a value that is none', changeQuery, { dryRun: 'TRUE' }, ['dryRun']],
    ['an empty value', changeQuery, { dryRun: '' }, ['dryRun']],
    ['several', pageQuery, { limit: 'all', cursor: 'x'.repeat(1201), page: '2' }, ['limit', 'cursor', 'page']],
    ['a limit of none', pageQuery, { limit: '0' }, ['limit']],
    ['a limit below', pageQuery, { limit: '-1' }, ['limit']],
    ['half a limit', pageQuery, { limit: '1.5' }, ['limit']],
    ['two limits', pageQuery, { limit: ['1', '2'] }, ['limit']],
    ['a name that every object has', noQuery, { constructor: '1', toString: '2' }, ['constructor', 'toString']],
    ['the name of the prototype', noQuery, JSON.parse('{"__proto__":"1"}'), ['__proto__']],
  ])('rejects invalid parameters: %s', (_, schema, query, targets) => {
    const { kind, details } = problem(() => parseQuery(schema, query));
    expect(kind).toBe('invalid_request');
    expect(details.map(({ target }) => target)).toEqual(targets);
    expect(details.every(({ code }) => code === 'INVALID_PARAMETER')).toBe(true);
  });

  test('truncates a long parameter name', () => {
    const { details } = problem(() => parseQuery(noQuery, { ['n'.repeat(5000)]: '1' }));
    expect(details).toEqual([
      { code: 'INVALID_PARAMETER', target: 'n'.repeat(100), message: 'There is no such parameter.' },
    ]);
  });

  test('accepts valid parameters', () => {
    expect(parseQuery(pageQuery, { limit: '7', cursor: 'abc' })).toEqual({ limit: 7, cursor: 'abc' });
    expect(parseQuery(pageQuery, {})).toEqual({ limit: 100 });
    expect(parseQuery(pageQuery, { limit: '100000' })).toEqual({ limit: 1000 });
    expect(parseQuery(changeQuery, { dryRun: 'false' })).toEqual({ dryRun: 'false' });
  });
});

describe('limit of fifty details', () => {
  const targets = (problems: AdminError) => problems.details.map(({ target }) => target);

  test('reports the first fifty of a thousand invalid members', () => {
    const scopes = Array(1000).fill(null);
    const found = problem(() => parseBody(grantCommand, { resource: { id: ID }, scopes }));
    expect(targets(found)).toEqual(Array.from({ length: 50 }, (_, i) => `scopes[${i}]`));
  });

  test('reports too many items as a single problem', () => {
    const scopes = Array(10_000).fill(null);
    expect(detailsOf(grantCommand, { resource: { id: ID }, scopes })).toEqual([
      {
        code: 'SIZE_LIMIT_EXCEEDED',
        target: 'scopes',
        message: 'scopes must have at most 1000 items.',
        innerError: { maximumValue: 1000 },
      },
    ]);
  });

  test('reports at most fifty of a thousand unknown parameters', () => {
    const query = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p${i}`, '']));
    const found = problem(() => parseQuery(changeQuery, { dryRun: 'yes', ...query }));
    expect(targets(found)).toEqual(['dryRun', ...Array.from({ length: 49 }, (_, i) => `p${i}`)]);
  });

  test('reports exactly fifty problems completely', () => {
    const tags = Array.from({ length: 25 }, () => ({}));
    expect(detailsOf(resourceCommand, { name: 'a', tags })).toHaveLength(50);
  });
});

describe('unknown members', () => {
  test('ignores unknown members and the read-only members of a response', () => {
    const answer = {
      _links: { self: { href: 'http://api.example' } },
      _embedded: { scopes: [] },
      id: 'anything',
      environment: { id: 1 },
      version: -1,
      createdAt: null,
      updatedAt: 'never',
      environmentId: "' or 1=1",
      ...application,
      redirectUris: ['https://app.example/cb'],
      allowedTags: [{ key: 'a', value: 'b', more: 'c' }],
    };
    const parsed = parseBody(applicationCommand, answer);
    expect(parsed).toEqual({
      ...application,
      grantTypes: [],
      responseTypes: [],
      redirectUris: ['https://app.example/cb'],
      postLogoutRedirectUris: [],
      pkceEnforcement: 'OPTIONAL',
      trustScope: 'Explicit',
      allowedTags: [{ key: 'a', value: 'b' }],
      requestScopesForMultipleResourcesEnabled: false,
    });
  });

  test('ignores unknown members of references', () => {
    const body = {
      resource: { id: ID, href: 'x', type: 'CUSTOM' },
      scopes: [{ id: ID, _links: {}, description: 'd' }],
      application: { id: ID },
    };
    expect(parseBody(grantCommand, body)).toEqual({ resource: { id: ID }, scopes: [{ id: ID }] });
  });

  test('pollutes no prototype', () => {
    const polluting = `{"polluted":"yes","enabled":false}`;
    const body = JSON.parse(
      `{"__proto__":${polluting},"constructor":{"prototype":${polluting}},"name":"a",
        "tags":[{"__proto__":${polluting},"key":"k","value":"v"}],
        "applicationPermissionsSettings":{"__proto__":{"claimEnabled":true}}}`,
    );
    const parsed = parseBody(resourceCommand, body);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.keys(parsed)).not.toContain('__proto__');
    expect(Object.hasOwn(parsed, 'constructor')).toBe(false);
    expect(parsed.tags).toEqual([{ key: 'k', value: 'v' }]);
    expect(Object.getPrototypeOf(parsed.tags[0])).toBe(Object.prototype);
    expect(parsed.applicationPermissionsSettings).toEqual({ claimEnabled: false });
    expect('polluted' in {} || 'polluted' in parsed).toBe(false);
  });

  test('does not accept an unknown member in place of a required one', () => {
    const body = JSON.parse('{"__proto__":{"name":"a"},"constructor":{"name":"a"}}');
    expect(detailsOf(scopeCommand, body)).toEqual([
      { code: 'REQUIRED_VALUE', target: 'name', message: 'name is required.' },
    ]);
  });
});

describe('properties', () => {
  const schemas = [applicationCommand, resourceCommand, scopeCommand, grantCommand, grantSetCommand];
  const body = fc.oneof(
    junk,
    fc.dictionary(
      fc.constantFrom(...schemas.flatMap((schema) => Object.keys('shape' in schema ? schema.shape : schema.in.shape))),
      junk,
    ),
  );

  test('returns a value or at most fifty well-formed details for any body', () => {
    fc.assert(
      fc.property(fc.constantFrom<z.ZodType>(...schemas), body, (schema, value) => {
        try {
          parseBody(schema, value);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AdminError);
          const { kind, details } = thrown as AdminError;
          expect(kind).toBe('invalid_data');
          expect(details.length).toBeGreaterThan(0);
          expect(details.length).toBeLessThanOrEqual(50);
          for (const { code, message, target } of details) {
            expect(code).toMatch(/^(?:REQUIRED|INVALID|EMPTY)_VALUE$|^OUT_OF_RANGE$|^SIZE_LIMIT_EXCEEDED$/);
            expect(message.startsWith(target ?? 'The body')).toBe(true);
            expect(target ?? 'a').toMatch(/^[a-zA-Z]+(?:\[\d+\]|\.[a-zA-Z]+)*$/);
          }
        }
      }),
      { numRuns: runs(500) },
    );
  });

  test('includes no value of the body in the messages', () => {
    const marked = fc
      .oneof(fc.constant('marked-value\n'), fc.constant(['marked-value\n']), fc.constant({ 'marked-value': 1 }))
      .chain((value) => fc.constantFrom<unknown>(value, [value], { id: value, name: value, key: value }));
    const names = [...Object.keys(application), 'tags', 'audience', 'resource', 'scopes', 'grants', 'grantTypes'];
    fc.assert(
      fc.property(
        fc.constantFrom<z.ZodType>(...schemas),
        fc.dictionary(fc.constantFrom(...names), marked),
        (...given) => {
          const { message, details } = problem(() => parseBody(...given));
          expect(`${message}${JSON.stringify(details)}`).not.toContain('marked-value');
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
