import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { isChange } from '../../../lib/admin/operations/operation.js';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { junk, MEMBERS, type Rule, requiredMembers, SQL } from '../../admin/fixtures/members.js';
import {
  anotherWorld,
  CHANGES,
  type ChangeCall,
  contentsOf,
  openWorld,
  type Sent,
  sentOf,
  type World,
} from './fixtures/bad-input.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.untouched());
afterAll(() => world.close());

const calls = Object.entries(CHANGES);
const json = { 'Content-Type': 'application/json' };
const needsNoBody = ({ command }: Pick<ChangeCall, 'command'>) => requiredMembers(command).length === 0;
/** A change to try all that concerns any body on. */
const creation = (): Sent & { body: string } => sentOf(world, CHANGES.createApplication as ChangeCall);
const creationWith = (members: object) =>
  sentOf(world, CHANGES.createApplication as ChangeCall, { ...JSON.parse(creation().body), ...members });

describe('operations under test', () => {
  test('covers every change with a body', () => {
    const taking = OPERATIONS.filter(isChange)
      .filter(({ method, body }) => body !== undefined && method !== 'PATCH')
      .map(({ id, method }) => `${method} ${id}`);
    expect(calls.map(([id, { method }]) => `${method} ${id}`).sort()).toEqual(taking.sort());
  });

  test.each(calls)('%s succeeds and changes something with a good body', async (_, call) => {
    const { path, ...sent } = sentOf(world, call);
    const { status, text } = await world.send({ ...sent, path: `${path}?dryRun=true` });
    expect([status, JSON.parse(text).changes?.length > 0]).toEqual([200, true]);

    const other = await anotherWorld();
    const before = await contentsOf(other.store);
    expect((await other.send(sentOf(other, call))).status).toBe(
      call.method === 'POST' && !isAddition(call) ? 201 : 200,
    );
    expect(await contentsOf(other.store)).not.toEqual(before);
  });

  function isAddition({ command }: ChangeCall): boolean {
    return command === 'grantScopes' || needsNoBody({ command });
  }
});

describe('body members', () => {
  test.each(calls)('%s rejects members of the wrong type', async (_, call) => {
    const rules = Object.entries<Rule>(MEMBERS[call.command]);
    const bad = fc
      .constantFrom(...rules)
      .chain(([member, rule]) => junk.filter((value) => !rule(value)).map((value) => ({ member, value })));
    await fc.assert(
      fc.asyncProperty(bad, async ({ member, value }) => {
        const body = { ...call.body(world), [member]: value };
        const { code, details = [] } = await world.refused(sentOf(world, call, body), 400);
        expect(code).toBe('INVALID_DATA');
        expect(details.length).toBeGreaterThan(0);
        for (const { target } of details) expect(target?.split(/[.[]/)[0]).toBe(member);
      }),
      { numRuns: 30 },
    );
  });

  test.each(calls)('%s rejects missing members', async (_, call) => {
    for (const member of requiredMembers(call.command)) {
      const { [member]: _left, ...rest } = call.body(world);
      const { details } = await world.refused(sentOf(world, call, rest), 400);
      expect(details).toEqual([{ code: 'REQUIRED_VALUE', target: member, message: `${member} is required.` }]);
    }
  });

  test.each(calls)('%s rejects a body that is not an object', async (_, call) => {
    const bodies = [null, 0, 1, true, false, '', 'text', [], [call.body(world)], [[]], `${JSON.stringify({})}`];
    for (const body of bodies) {
      const { code, details } = await world.refused(sentOf(world, call, body), 400);
      expect(code).toBe('INVALID_DATA');
      expect(details).toEqual([{ code: 'INVALID_VALUE', message: 'The body must be of type object.' }]);
    }
  });
});

describe('malformed JSON bodies', () => {
  test.each<[string, (good: string) => string | Uint8Array, number]>([
    ['cut short', (good) => good.slice(0, -1), 400],
    ['one character', () => '{', 400],
    ['white space', () => ' \r\n\t', 400],
    ['two values', (good) => good + good, 400],
    ['a comma too many', (good) => good.replace('}', ',}'), 400],
    ['single quotes', (good) => good.replaceAll('"', "'"), 400],
    ['a comment', (good) => `/* */${good}`, 400],
    ['a form', () => 'name=new&enabled=false', 400],
    ['NaN', (good) => good.replace('false', 'NaN'), 400],
    ['a raw NUL', (good) => good.replace('new', 'n\0w'), 400],
    ['a raw line break', (good) => good.replace('new', 'n\nw'), 400],
    ['a bad escape', (good) => good.replace('new', '\\x41'), 400],
    ['a member twice', (good) => good.replace('{', '{"name":"old",'), 400],
    ['a member twice, one of them escaped', (good) => good.replace('{', '{"\\u006eame":"old",'), 400],
    ['a member twice that nobody knows', (good) => good.replace('{', '{"extra":1,"extra":1,'), 400],
    ['a member twice, deep inside', (good) => good.replace('{', '{"allowedTags":[{"key":"a","key":"b"}],'), 400],
    ['__proto__ twice', (good) => good.replace('{', '{"__proto__":{},"__proto__":{},'), 400],
    ['33 levels', (good) => good.replace('{', `{"extra":${'['.repeat(32)}${']'.repeat(32)},`), 400],
    ['100,000 lists', () => '['.repeat(100_000) + ']'.repeat(100_000), 400],
    ['100,000 lists without an end', () => '['.repeat(100_000), 400],
    ['40,000 objects', () => `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, 400],
    ['40,000 objects without an end', () => '{"a":'.repeat(40_000), 400],
    ['a byte that is no UTF-8', (good) => Buffer.from(good.replace('new', 'n\u00e9w'), 'latin1'), 415],
    ['half a surrogate pair in UTF-8', (good) => spliced(good, [0xed, 0xa0, 0x80]), 415],
    ['an overlong slash', (good) => spliced(good, [0xc0, 0xaf]), 415],
    ['UTF-16 with its mark', (good) => Buffer.from(`\uFEFF${good}`, 'utf16le'), 415],
    ['UTF-16 without', (good) => Buffer.from(good, 'utf16le'), 400],
    ['compressed, and nothing says so', (good) => gzipSync(good), 415],
    ['random bytes', () => Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7919) % 256)), 415],
  ])('rejects a body that is not JSON: %s', async (_, made, status) => {
    const { code } = await world.refused({ ...creation(), body: made(creation().body) }, status);
    expect(code).toBe('INVALID_REQUEST');
  });

  function spliced(good: string, bytes: readonly number[]): Buffer {
    const [before = '', after = ''] = good.split('new');
    return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
  }

  test('handles a truncated body or one with a changed byte without failing', async () => {
    const good = Buffer.from(creationWith({ description: 'é' }).body);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(0, 1, 0x22, 0x5c, 0x80, 0xff), async (at, byte) => {
        if (at > 0) await world.refused({ ...creation(), body: good.subarray(0, at) }, 400, 415);
        const changed = Buffer.from(good);
        changed[at] = byte;
        // A change may leave a good body with another name; tried out, it stores nothing.
        const answer = await world.send({ ...creation(), path: `${world.at}/applications?dryRun=true`, body: changed });
        if (answer.status !== 200) world.problemOf(answer);
      }),
      { numRuns: 30 },
    );
  });

  test('rejects a missing body', async () => {
    for (const [id, call] of calls.filter(([, call]) => !needsNoBody(call))) {
      for (const headers of [{ 'Content-Length': '0' }, { ...json, 'Content-Length': '0' }]) {
        const { details } = await world.refused({ ...sentOf(world, call), body: '', headers }, 400);
        expect([id, details]).toEqual([id, [{ code: 'REQUIRED_VALUE', message: 'The request needs a body.' }]]);
      }
      await world.refused({ ...sentOf(world, call), body: '', chunked: true }, 400);
    }
  });
});

describe('size limits', () => {
  const MiB = 1024 * 1024;

  test('rejects a body of 5 MiB with or without a content length', async () => {
    const bodies = [
      ' '.repeat(5 * MiB),
      creationWith({ description: 'x'.repeat(5 * MiB) }).body,
      creationWith({ extra: Array(MiB).fill(0) }).body,
      '['.repeat(5 * MiB),
    ];
    for (const body of bodies) {
      await world.refused({ ...creation(), body }, 413);
      await world.refused({ ...creation(), body, chunked: true }, 413);
    }
  });

  test('accepts a body of 256 KiB and rejects one byte more', async () => {
    const padded = (length: number) => creation().body.padEnd(length);
    await world.refused({ ...creation(), body: padded(256 * 1024 + 1) }, 413);
    const path = `${world.at}/applications?dryRun=true`;
    expect((await world.send({ ...creation(), path, body: padded(256 * 1024) })).status).toBe(200);
  });

  test('rejects 10,000 scopes', async () => {
    const name = (i: number) => `s${i}`;
    const many = Array.from({ length: 10_000 }, (_, i) => name(i));
    const grant = { resource: { id: world.here.resource.id }, scopes: many };
    const tries: [string, object, string][] = [
      ['createGrant', grant, 'scopes'],
      ['replaceGrant', grant, 'scopes'],
      ['createGrantOfResource', { application: { id: world.here.application.id }, scopes: many }, 'scopes'],
      ['addGrantScopes', { scopes: many }, 'scopes'],
      ['addGrantScopes', { scopes: many.map(() => 'reports:read') }, 'scopes'],
      ['setGrants', { grants: [grant] }, 'grants[0].scopes'],
    ];
    for (const [id, body, target] of tries) {
      const { details } = await world.refused(sentOf(world, CHANGES[id] as ChangeCall, body), 400);
      expect(details).toEqual([expect.objectContaining({ code: 'SIZE_LIMIT_EXCEEDED', target })]);
    }
  });

  test('rejects 10,000 scope objects because of the body size or the list length', async () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => ({
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    }));
    const call = CHANGES.addGrantScopes as ChangeCall;
    await world.refused(sentOf(world, call, { scopes: ids }), 413);
    await world.refused(sentOf(world, call, { scopes: ids.slice(0, 5000) }), 400);
  });

  test('reports the first fifty of 1000 unknown scopes', async () => {
    const scopes = Array.from({ length: 1000 }, (_, i) => ({ name: `none:${i}` }));
    for (const id of ['createGrant', 'replaceGrant', 'addGrantScopes', 'createGrantOfResource']) {
      const call = CHANGES[id] as ChangeCall;
      const { details } = await world.refused(sentOf(world, call, { ...call.body(world), scopes }), 400);
      expect(details?.map(({ target }) => target)).toEqual(scopes.slice(0, 50).map((_, i) => `scopes[${i}]`));
    }
  });

  test('rejects more scopes or grants than one request may set', async () => {
    const grant = { resource: { name: 'reports' }, scopes: Array(501).fill('reports:read') };
    const call = CHANGES.setGrants as ChangeCall;
    for (const grants of [[grant, grant], Array(201).fill({ ...grant, scopes: ['reports:read'] })]) {
      const { details } = await world.refused(sentOf(world, call, { grants }), 400);
      expect(details).toEqual([expect.objectContaining({ code: 'SIZE_LIMIT_EXCEEDED', target: 'grants' })]);
    }
  });

  test('rejects names over the limit of 256 characters', async () => {
    for (const [id, call] of calls) {
      const body = call.body(world);
      if (!('name' in body)) continue;
      for (const name of ['x'.repeat(10_000), 'x'.repeat(257), 'x'.repeat(200_000)]) {
        const { details } = await world.refused(sentOf(world, call, { ...body, name }), 400);
        expect([id, details]).toEqual([id, [expect.objectContaining({ code: 'SIZE_LIMIT_EXCEEDED', target: 'name' })]]);
      }
    }
  });

  test('ignores thousands of unknown members', async () => {
    const extra = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`extra${i}`, i]));
    await world.refused(creationWith({ ...extra, name: null }), 400);
    expect((await world.send(tried(creationWith(extra)))).status).toBe(200);
  });
});

const tried = (sent: Sent): Sent => ({ ...sent, path: `${sent.path}?dryRun=true` });

describe('special characters', () => {
  const UNSEEN: readonly (readonly [string, string])[] = [
    ['NUL', 'a\0b'],
    ['half a surrogate pair', 'a\ud800'],
    ['the other half', '\udfffa'],
    ['halves the wrong way round', '\udc00\ud800'],
    ['a line break', 'a\r\nb'],
    ['an escape sequence', '\x1b[2Ja'],
    ['delete', 'a\x7f'],
    ['a C1 control', 'a\u009b31m'],
    ['line separator', 'a\u2028b'],
    ['paragraph separator', 'a\u2029b'],
    ['right-to-left override', '\u202egnp.exe'],
    ['left-to-right embedding', '\u202aa'],
    ['right-to-left isolate', '\u2067a\u2069'],
  ];

  test.each(UNSEEN)('rejects %s in a name or any other text', async (_, text) => {
    const places: [string, object, string][] = [
      ['createEnvironment', { name: text }, 'name'],
      ['replaceEnvironment', { name: text }, 'name'],
      ['createResource', { name: text }, 'name'],
      ['createResource', { audience: text }, 'audience'],
      ['createResource', { tags: [{ key: 'a', value: text }] }, 'tags[0].value'],
      ['createResource', { tags: [{ key: text, value: 'a' }] }, 'tags[0].key'],
      ['createResource', { secondaryAudiences: ['a', text] }, 'secondaryAudiences[1]'],
      ['replaceResource', { name: text }, 'name'],
      ['createScope', { name: text }, 'name'],
      ['replaceScope', { name: text }, 'name'],
      ['createApplication', { name: text }, 'name'],
      ['createApplication', { redirectUris: [text] }, 'redirectUris[0]'],
      ['createApplication', { allowedTags: [{ key: 'a', value: text }] }, 'allowedTags[0].value'],
      ['createGrant', { resource: { name: text } }, 'resource.name'],
      ['createGrant', { scopes: [text] }, 'scopes[0]'],
      ['createGrant', { scopes: [{ name: text }] }, 'scopes[0].name'],
    ];
    for (const [id, members, target] of places) {
      const call = CHANGES[id] as ChangeCall;
      const { details } = await world.refused(sentOf(world, call, { ...call.body(world), ...members }), 400);
      expect(details).toHaveLength(1);
      expect([id, target.startsWith(details?.[0]?.target ?? '?')]).toEqual([id, true]);
    }
  });

  test('rejects NUL and unpaired surrogates in a description', async () => {
    for (const [, call] of calls.filter(([, { command }]) => 'description' in MEMBERS[command])) {
      for (const description of ['a\0', '\ud800', '\udc00\ud800']) {
        const { details } = await world.refused(sentOf(world, call, { ...call.body(world), description }), 400);
        expect(details?.map(({ target }) => target)).toEqual(['description']);
      }
    }
  });
});

describe('special and internal member names', () => {
  const polluting = '{"polluted":"yes","enabled":true,"name":"polluted","scopes":["reports:admin"]}';
  const members = `"__proto__":${polluting},"constructor":{"prototype":${polluting}},"prototype":${polluting}`;

  test('does not accept __proto__ or constructor as a substitute for missing members', async () => {
    for (const [id, { path, method, command }] of calls) {
      if (needsNoBody({ command })) continue;
      const { details } = await world.refused({ method, path: path(world), body: `{${members}}` }, 400);
      const missing = details?.filter(({ code }) => code === 'REQUIRED_VALUE').map(({ target }) => target);
      expect([id, missing]).toEqual([id, requiredMembers(command)]);
    }
    expect('polluted' in {}).toBe(false);
  });

  test('ignores __proto__, constructor and prototype next to good members', async () => {
    const other = await anotherWorld();
    for (const [id, call] of calls) {
      if (id === 'setGrants' || id === 'createGrantOfResource') continue; // the grant is there by then
      const { body, ...sent } = sentOf(other, call);
      const polluted = body.replace('{', `{${members}${body === '{}' ? '' : ','}`);
      const { status } = await other.send({ ...sent, body: polluted });
      expect([id, status < 300]).toEqual([id, true]);
    }
    const text = JSON.stringify(await contentsOf(other.store));
    expect(text).not.toMatch(/polluted|__proto__|constructor/);
    expect('polluted' in {}).toBe(false);
  });

  test('ignores members that only the store sets', async () => {
    const extra = {
      version: 99,
      environmentId: world.elsewhere.environment.id,
      environment_id: world.elsewhere.environment.id,
      createdAt: '1999-01-01T00:00:00.000Z',
      secret: 'chosen',
      grants: 5,
    };
    const other = await anotherWorld();
    const { status, text } = await other.send(
      sentOf(other, CHANGES.createApplication as ChangeCall, { ...JSON.parse(creation().body), ...extra }),
    );
    expect(status).toBe(201);
    const { environment, createdAt, ...rest } = JSON.parse(text);
    expect(environment).toEqual({ id: other.here.environment.id });
    expect(createdAt).not.toBe(extra.createdAt);
    expect(rest).not.toHaveProperty('secret');
    expect(await other.store.applications.secret({ ...other.here.at, applicationId: rest.id })).toBeUndefined();
  });
});

describe('SQL', () => {
  test('treats SQL in a looked-up name as an unknown name', async () => {
    for (const text of SQL) {
      const tries: [string, object][] = [
        ['createGrant', { resource: { name: text }, scopes: ['reports:read'] }],
        ['setGrants', { grants: [{ resource: { name: text }, scopes: ['reports:read'] }] }],
        ['addGrantScopes', { scopes: [{ id: text }] }],
        ['createGrantOfResource', { application: { id: text }, scopes: ['reports:read'] }],
      ];
      for (const [id, body] of tries) await world.refused(sentOf(world, CHANGES[id] as ChangeCall, body), 400);
    }
    for (const scope of [
      "'or'1'='1",
      "');drop/**/table/**/scopes;--",
      '`;delete/**/from/**/grants;--',
      '%',
      '_',
      '*',
    ]) {
      await world.refused(sentOf(world, CHANGES.addGrantScopes as ChangeCall, { scopes: [scope] }), 400);
      await world.refused(sentOf(world, CHANGES.addGrantScopes as ChangeCall, { scopes: [{ name: scope }] }), 400);
    }
  });

  test('stores SQL in a text unchanged', async () => {
    const other = await anotherWorld();
    for (const [i, text] of SQL.entries()) {
      const change = (id: string, members: object) =>
        other.send(
          sentOf(other, CHANGES[id] as ChangeCall, { ...(CHANGES[id] as ChangeCall).body(other), ...members }),
        );
      const named = { name: text, description: text };
      const tags = [{ key: text, value: text }];
      const made = [
        await change('createEnvironment', named),
        await change('createResource', { ...named, audience: text, tags, secondaryAudiences: [text] }),
        await change('createApplication', { ...named, allowedTags: tags }),
        await change('createScope', { name: `reports:sql${i}`, description: text }),
      ];
      expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      const [environment, resource, application, scope] = made.map((answer) => JSON.parse(answer.text));
      expect([environment.name, resource.audience, application.allowedTags, scope.description]).toEqual([
        text,
        text,
        tags,
        text,
      ]);
      expect(JSON.parse((await other.send({ path: `${other.at}/resources/${resource.id}` })).text)).toEqual(resource);
    }
    const { count } = await other.store.environments.list({ limit: 1 });
    expect(count).toBe(2 + SQL.length);
  });
});

describe('objects of another environment', () => {
  test('rejects ids of another environment in a body like unknown ids', async () => {
    const { here, elsewhere } = world;
    const nobody = '00000000-0000-4000-8000-000000000000';
    const scopes = ['reports:read'];
    const tries: [string, (id: string) => object, string, string][] = [
      ['createGrant', (id) => ({ resource: { id }, scopes }), elsewhere.resource.id, 'resource.id'],
      [
        'createGrant',
        (id) => ({ resource: { id: here.resource.id }, scopes: [{ id }] }),
        elsewhere.scopes[0]?.id as string,
        'scopes[0]',
      ],
      ['addGrantScopes', (id) => ({ scopes: ['reports:read', id] }), elsewhere.scopes[0]?.id as string, 'scopes[1]'],
      ['replaceGrant', (id) => ({ resource: { id }, scopes }), elsewhere.resource.id, 'resource.id'],
      [
        'setGrants',
        (id) => ({ grants: [{ resource: { id }, scopes }] }),
        elsewhere.resource.id,
        'grants[0].resource.id',
      ],
      ['createGrantOfResource', (id) => ({ application: { id }, scopes }), elsewhere.application.id, 'application.id'],
      [
        'createGrantOfResource',
        (id) => ({ application: { id: here.application.id }, resource: { id }, scopes }),
        elsewhere.resource.id,
        'resource.id',
      ],
    ];
    for (const [id, body, foreign, target] of tries) {
      const said = [];
      for (const given of [foreign, nobody]) {
        const { id: _, ...problem } = await world.refused(sentOf(world, CHANGES[id] as ChangeCall, body(given)), 400);
        expect(problem.details?.map((detail) => detail.target)).toEqual([target]);
        said.push(JSON.stringify(problem).replaceAll(given, '…'));
      }
      expect(said[0]).toBe(said[1]);
    }
  });
});
