import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import express from 'express';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { SQL } from '../../admin/fixtures/members.js';
import { bearer } from '../../http/fixtures/domain.js';
import { sendRaw } from '../../http/fixtures/raw-http.js';
import {
  anotherWorld,
  answered,
  CHANGES,
  type ChangeCall,
  contentsOf,
  openWorld,
  PATCHES,
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
const change = (id: string, of = world): Sent & { body: string } => sentOf(of, CHANGES[id] as ChangeCall);
const ID = '00000000-0000-4000-8000-000000000000';

/** Values with titles that a terminal can show. */
function titled<Value extends string>(values: readonly Value[]): [title: string, value: Value][] {
  return values.map((value) => [JSON.stringify(value).slice(0, 50), value]);
}

/** The changes that have no body. */
const deletions = ({ at, here }: World): Sent[] =>
  [
    at,
    `${at}/resources/${here.resource.id}`,
    `${at}/resources/${here.resource.id}/scopes/${here.scopes[0]?.id}`,
    `${at}/applications/${here.application.id}`,
    `${at}/applications/${here.holderId}/secret`,
    `${at}/applications/${here.holderId}/secrets/${here.secretId}`,
    `${at}/applications/${here.holderId}/grants/${here.grantId}`,
    `${at}/applications/${here.holderId}/grants/${here.grantId}/scopes/${here.scopes[0]?.id}`,
  ].map((path) => ({ method: 'DELETE', path }));
const changes = (): Sent[] => [...calls.map(([, call]) => sentOf(world, call)), ...deletions(world)];
const lists = ({ at, here }: World): string[] => [
  '/environments',
  `${at}/resources`,
  `${at}/scopes`,
  `${at}/resources/${here.resource.id}/grants`,
  `${at}/resources/${here.resource.id}/scopes`,
  `${at}/resources/${here.resource.id}/scopes/${here.scopes[0]?.id}/applications`,
  `${at}/applications`,
  `${at}/applications/${here.holderId}/grants`,
  `${at}/resources/${here.resource.id}/attributes`,
  `${at}/applications/${here.holderId}/secrets`,
  `${at}/applications/${here.holderId}/attributes`,
  `${at}/applications/${here.holderId}/roleAssignments`,
  `${at}/activities`,
];
const singles = ({ at, here }: World): string[] => [
  at,
  `${at}/resources/${here.resource.id}`,
  `${at}/resources/${here.resource.id}/scopes/${here.scopes[0]?.id}`,
  `${at}/applications/${here.application.id}`,
  `${at}/applications/${here.holderId}/grants/${here.grantId}`,
];

/** One of so many parts of a list; neighbouring rounds have other parts. */
function partOf<Item>(items: readonly Item[], round: number, parts: number): Item[] {
  return items.filter((_, i) => i % parts === round % parts);
}

/** What is no object that is changed by itself. There is no secret yet. */
const reports = ({ at, here }: World): string[] => [
  `${at}/applications/${here.application.id}/secret`,
  `${at}/applications/${here.holderId}/secrets/${here.secretId}`,
  `${at}/applications/${here.holderId}/usage`,
  `${at}/applications/${here.holderId}/advice`,
  `${at}/resources/${here.resource.id}/scopes/${here.scopes[0]?.id}/usage`,
  `${at}/activities/${here.activityId}`,
];

describe('query parameters', () => {
  test('rejects every change with the misspelled parameter dryrun=true', async () => {
    for (const { path, ...sent } of changes()) {
      const { details } = await world.refused({ ...sent, path: `${path}?dryrun=true` }, 400);
      expect(details).toEqual([
        { code: 'INVALID_PARAMETER', target: 'dryrun', message: 'There is no such parameter.' },
      ]);
    }
  });

  test.each(
    titled([
      'dryRun=True',
      'dryRun=1',
      'dryRun=',
      'dryRun',
      'dryRun=true&dryRun=true',
      'dryRun=false&dryRun=true',
      'dryRun[]=true',
      'dryRun[0]=true',
      'dryRun=true%00',
      'dryRun=true;x=1',
      'dry%52un=yes',
      'dryRun%00=true',
      '%64ryRun=true&dryRun=true',
      'dry_run=true',
      'dryRun=true&force=true',
      'x=1',
      '=1',
      '__proto__=1',
      '__proto__[dryRun]=true',
      'constructor=1',
      'toString=1',
      'limit=1',
      'expand=scopes',
      'dryRun=%ff',
      'dryRun=%',
      '%',
      `${'x'.repeat(5000)}=1`,
      Array.from({ length: 500 }, (_, i) => `p${i}=1`).join('&'),
    ]).map(([title, query], i) => [title, query, i] as const),
  )('rejects changes with the invalid query %s', async (_, query, round) => {
    for (const { path, ...sent } of partOf(changes(), round, 3)) {
      const { code, details = [] } = await world.refused({ ...sent, path: `${path}?${query}` }, 400);
      expect(code).toBe('INVALID_REQUEST');
      expect(details.length).toBeGreaterThan(0);
      expect(details.every((detail) => detail.code === 'INVALID_PARAMETER')).toBe(true);
    }
  });

  test('rejects lists with unknown, invalid or repeated parameters', async () => {
    const queries = [
      'limit=0',
      'limit=-1',
      'limit=1.5',
      'limit=all',
      'limit=NaN',
      'limit=Infinity',
      'limit=1e999',
      'limit=',
      'limit=1&limit=2',
      'limit[]=1',
      'limit[$gt]=1',
      'offset=1',
      'page=2',
      'Limit=5',
      'filter=name co "a"'.replaceAll(' ', '%20'),
      'filter=',
      'order=age',
      'cursor=',
      'cursor=a&cursor=b',
      'dryRun=true',
      '__proto__=1',
      'hasOwnProperty=1',
    ];
    for (const [i, query] of queries.entries()) {
      for (const path of partOf(lists(world), i, 3)) {
        const { details = [] } = await world.refused({ path: `${path}?${query}` }, 400);
        expect(details.every(({ code }) => /^INVALID_(PARAMETER|FILTER)$/.test(code))).toBe(true);
      }
    }
    for (const path of [...singles(world), ...reports(world)]) {
      for (const query of ['limit=1', 'cursor=a', 'expand=all', 'expand=scopes&expand=scopes', 'x']) {
        await world.refused({ path: `${path}?${query}` }, 400);
      }
    }
  });

  test('rejects invalid filters', async () => {
    const { at, here } = world;
    const scope = `${at}/resources/${here.resource.id}/scopes/${here.scopes[0]?.id}/applications`;
    for (const path of [
      `${scope}?coverage=all`,
      `${scope}?coverage=direct&coverage=hierarchical`,
      `${at}/resources?expand=grants`,
      `${at}/activities?application=reader`,
      `${at}/activities?application=${ID}%0a`,
      `${at}/activities?application=${ID}&application=${ID}`,
      `${at}/activities?actor=`,
      `${at}/activities?actor=${'x'.repeat(257)}`,
      `${at}/activities?from=yesterday`,
      `${at}/activities?from=2030-02-30T00:00:00Z`,
      `${at}/activities?from=2030-01-01T00:00:00`,
      `${at}/activities?to=1735689600`,
      `${at}/activities?to=2030-01-01T00:00:00%2B25:00`,
    ]) {
      await world.refused({ path }, 400);
    }
  });

  test('treats SQL in a filter as an ordinary value', async () => {
    for (const text of SQL) {
      const { status, text: body } = await world.send({
        path: `${world.at}/activities?actor=${encodeURIComponent(text)}`,
      });
      expect([status, JSON.parse(body)._embedded.activities]).toEqual([200, []]);
      await world.refused({ path: `${world.at}/activities?application=${encodeURIComponent(text)}` }, 400);
      await world.refused({ path: `${world.at}/resources?cursor=${encodeURIComponent(text)}` }, 400);
    }
  });
});

describe('cursors', () => {
  /** One of each list that goes on after its first item. */
  async function cursors(): Promise<[path: string, cursor: string][]> {
    const found: [string, string][] = [];
    for (const path of lists(world)) {
      const { next } = JSON.parse((await world.send({ path: `${path}?limit=1` })).text)._links;
      if (next) found.push([path, new URL(next.href).searchParams.get('cursor') as string]);
    }
    return found;
  }

  test('accepts a cursor in the list that issued it', async () => {
    const found = await cursors();
    expect(found.length).toBeGreaterThanOrEqual(6);
    for (const [path, cursor] of found) {
      expect((await world.send({ path: `${path}?limit=1&cursor=${cursor}` })).status).toBe(200);
    }
  });

  test('rejects a cursor in every other list, including those of another environment', async () => {
    const { elsewhere } = world;
    const others = lists(world).flatMap((path) => [
      path,
      path.replace(world.here.environment.id, elsewhere.environment.id),
    ]);
    for (const [path, cursor] of await cursors()) {
      for (const other of others.filter((each) => each !== path)) {
        const answer = await world.send({ path: `${other}?limit=1&cursor=${cursor}` });
        // The list itself may be of nobody's here: then it is not found.
        const { details } = world.problemOf(answer);
        if (answer.status !== 404) expect(details?.map(({ target }) => target)).toEqual(['cursor']);
        expect([400, 404]).toContain(answer.status);
      }
    }
  });

  test('rejects a cursor with another filter', async () => {
    const { next } = JSON.parse((await world.send({ path: `${world.at}/resources?limit=1` })).text)._links;
    const cursor = new URL(next.href).searchParams.get('cursor');
    await world.refused({ path: `${world.at}/resources?limit=1&expand=scopes&cursor=${cursor}` }, 400);
    await world.refused({ path: `${world.at}/activities?limit=1&actor=a&cursor=${cursor}` }, 400);
  });

  test('rejects invented or modified cursors', async () => {
    for (const [path, cursor] of await cursors()) {
      const [list, direction, key] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
      const forge = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');
      for (const forged of [
        cursor.slice(0, -1),
        cursor.slice(1),
        `${cursor}A`,
        `${cursor}=`,
        `${cursor}%00`,
        cursor + cursor,
        cursor.toUpperCase(),
        forge([direction, key]),
        forge(['', direction, key]),
        forge([list, 'both', key]),
        forge([list, direction, '> or 1']),
        forge([list, direction, Number(1)]),
        forge([list, direction, key, '']),
        ID,
        'null',
        '..%2f..%2f',
        '%ff%fe',
        'A'.repeat(400),
        'A'.repeat(401),
        'A'.repeat(8000),
      ]) {
        const { details } = await world.refused({ path: `${path}?limit=1&cursor=${forged}` }, 400);
        expect(details).toEqual([expect.objectContaining({ code: 'INVALID_PARAMETER', target: 'cursor' })]);
      }
    }
  });
});

describe('ids in the path', () => {
  const JUNK = [
    '1',
    'reader',
    'null',
    '*',
    '-',
    '_',
    '__proto__',
    'constructor',
    '%00',
    '%2e',
    '%2e%2e',
    '%2e%2e%2f%2e%2e',
    '..%2f..%2f..%2fetc%2fpasswd',
    '%252e%252e',
    '%ff',
    '%c0%af',
    '%ed%a0%80',
    '%',
    '%2',
    '%zz',
    '%u0030',
    '%0d%0aSet-Cookie:%20a=b',
    `%27%20or%201=1--`,
    ...SQL.map(encodeURIComponent),
    `{${ID}}`,
    `urn:uuid:${ID}`,
    `${ID}%00`,
    `${ID}%0a`,
    `%20${ID}`,
    `${ID}.json`,
    `${ID};a=b`,
    `${ID},${ID}`,
    ID.replaceAll('-', ''),
    ID.replace('0', '%EF%BC%90'),
    ID.replace('0', 'g'),
    '0'.repeat(36),
    'x'.repeat(10_000),
    ':environmentId',
    '{environmentId}',
  ];

  /** Each path with one of its ids replaced. */
  function withJunk(path: string, id: string): string[] {
    const places = [...path.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)];
    return places.map(({ 0: found, index }) => path.slice(0, index) + id + path.slice(index + found.length));
  }

  test.each(titled(JUNK).map(([title, id], i) => [title, id, i] as const))('rejects id %s', async (_, id, round) => {
    const reads = [...singles(world), ...lists(world), ...reports(world)].map((path): Sent => ({ path }));
    const places = [...reads, ...changes()].flatMap((sent) =>
      withJunk(sent.path, id).map((path) => ({ ...sent, path })),
    );
    for (const sent of partOf(places, round, 6)) {
      const { code, details } = await world.refused(sent, 404);
      expect([code, details]).toEqual(['NOT_FOUND', undefined]);
    }
  });

  test('rejects dot segments, empty segments and unknown paths', async () => {
    for (const path of [
      '/environments/..',
      '/environments/../environments/x',
      `${world.at}/..`,
      `${world.at}/../..`,
      `${world.at}/applications/../resources/x`,
      `${world.at}//applications`,
      `${world.at}/applications//grants`,
      `${world.at}/nothing`,
      `${world.at}/applications/${world.here.application.id}/nothing`,
      `${world.at}/applications/${world.here.application.id}/grants/${ID}/scopes`,
      '/environments//',
    ]) {
      for (const method of ['GET', 'DELETE', 'PUT']) {
        const { status } = await world.send({ method, path });
        expect([path, status >= 400 && status < 500]).toEqual([path, true]);
      }
    }
  });

  test('accepts ids in upper case', async () => {
    for (const path of singles(world)) {
      const [one, other] = [
        await world.send({ path }),
        await world.send({ path: path.replace(/[0-9a-f-]{36}/g, upper) }),
      ];
      expect([other.status, other.text]).toEqual([200, one.text]);
    }
  });

  const upper = (id: string) => id.toUpperCase();

  test('responds with the same 404 to ids of another environment and unknown ids', async () => {
    const { here, elsewhere, at } = world;
    const foreign = [
      `${at}/resources/${elsewhere.resource.id}`,
      `${at}/resources/${elsewhere.resource.id}/scopes`,
      `${at}/resources/${elsewhere.resource.id}/scopes/${elsewhere.scopes[0]?.id}`,
      `${at}/resources/${here.resource.id}/scopes/${elsewhere.scopes[0]?.id}`,
      `${at}/applications/${elsewhere.application.id}`,
      `${at}/applications/${elsewhere.application.id}/secret`,
      `${at}/applications/${elsewhere.application.id}/secrets`,
      `${at}/applications/${elsewhere.application.id}/secrets/${here.secretId}`,
      `${at}/applications/${here.application.id}/secrets/${here.secretId}`,
      `${at}/applications/${elsewhere.application.id}/grants`,
      `${at}/applications/${elsewhere.application.id}/grants/${elsewhere.grantId}`,
      `${at}/applications/${here.application.id}/grants/${elsewhere.grantId}`,
      `${at}/applications/${here.application.id}/grants/${here.grantId}`,
      `${at}/applications/${here.holderId}/grants/${elsewhere.grantId}/scopes/${elsewhere.scopes[0]?.id}`,
    ];
    for (const path of foreign) {
      const nobody = path.replace(elsewhere.resource.id, ID).replace(elsewhere.application.id, ID);
      const said = new Set<string>();
      for (const each of [path, nobody]) {
        for (const sent of [{ path: each }, { method: 'DELETE', path: each }, ...changesAt(each)]) {
          const answer = await world.send(sent);
          if (answer.status === 405) continue; // which methods there are is no secret
          const { id: _, ...problem } = world.problemOf(answer);
          said.add(JSON.stringify([answer.status, problem]));
        }
      }
      expect([...said]).toEqual([expect.stringMatching(/^\[404,/)]);
    }
  });

  /** What could be asked of a path, with a good body. */
  function changesAt(path: string): Sent[] {
    return calls
      .map(([, call]) => sentOf(world, call))
      .filter((sent) => shapeOf(sent.path) === shapeOf(path))
      .map((sent) => ({ ...sent, path }));
  }

  test('hides other environments from a caller restricted to one', async () => {
    const { elsewhere, confined } = world;
    const headers = { Authorization: bearer(confined) };
    const there = `/environments/${elsewhere.environment.id}`;
    expect((await world.send({ path: world.at, headers })).status).toBe(200);
    for (const { path, ...sent } of [
      ...changes(),
      ...[...singles(world), ...lists(world)].map((each) => ({ path: each })),
    ]) {
      if (!path.startsWith(world.at)) continue;
      const answers = [];
      for (const environment of [
        there,
        `/environments/${ID}`,
        there.toUpperCase().replace('ENVIRONMENTS', 'environments'),
      ]) {
        const json = 'body' in sent ? { 'Content-Type': 'application/json', 'Content-Length': sent.body?.length } : {};
        const answer = await world.send({
          ...sent,
          path: path.replace(world.at, environment),
          headers: { ...json, ...headers },
        });
        const { id: _, ...problem } = world.problemOf(answer);
        answers.push(JSON.stringify([answer.status, problem]));
      }
      expect(new Set(answers).size).toBe(1);
      expect(answers[0]).toMatch(/^\[40[34],/);
    }
  });
});

describe('client-chosen ids', () => {
  test('rejects an id that is already taken', async () => {
    const { here, elsewhere } = world;
    for (const id of [here.environment.id, elsewhere.environment.id, elsewhere.environment.id.toUpperCase()]) {
      const call = CHANGES.createEnvironment as ChangeCall;
      await world.refused(sentOf(world, call, { ...call.body(world), id }), 400);
    }
    for (const id of [here.application.id, elsewhere.application.id, here.holderId.toUpperCase()]) {
      const call = CHANGES.createApplication as ChangeCall;
      await world.refused(sentOf(world, call, { ...call.body(world), id }), 400);
    }
  });

  test('rejects a chosen id from a caller restricted to one environment', async () => {
    const { path, method, body } = change('createApplication');
    const headers = {
      Authorization: bearer(world.confined),
      'Content-Type': 'application/json',
    };
    const chosen = JSON.stringify({ ...JSON.parse(body), id: ID });
    await world.refused({ path, method: method as string, body: chosen, headers }, 403);
  });
});

describe('content types', () => {
  test.each(
    titled([
      'text/plain',
      'text/json',
      'text/html',
      'application/xml',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/octet-stream',
      'application/jsonp',
      'application/json-seq',
      'application/x-json',
      'application/+json',
      'application/json/x',
      'application/json, text/plain',
      'json',
      '*/*',
      '',
      ' ',
      ';',
      'application/json; charset=utf-16',
      'application/json; charset=iso-8859-1',
      'application/json; charset=us-ascii',
      'application/json; charset=',
      'application/json; charset="utf-7"',
      'application/json; charset=utf-8x',
      'application/json; a=b; charset=latin1',
      'APPLICATION/JSON;CHARSET=UTF-32',
      `application/${'x'.repeat(5000)}`,
    ]),
  )('rejects the content type %s with 415', async (_, type) => {
    for (const id of ['createApplication', 'rotateApplicationSecret', 'setGrants']) {
      const { code } = await world.refused({ ...change(id), headers: { 'Content-Type': type } }, 415);
      expect(code).toBe('INVALID_REQUEST');
    }
  });

  test('rejects a body without a content type', async () => {
    await world.refused({ ...change('createApplication'), headers: { 'Content-Type': [] } }, 415);
    await world.refused({ ...change('createApplication'), headers: { 'Content-Type': [] }, chunked: true }, 415);
  });

  test.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'application/json ; charset=utf8',
    'application/vnd.example.v1+json',
  ])('accepts the content type %s', async (type) => {
    const { path, ...sent } = change('createApplication');
    const { status } = await world.send({ ...sent, path: `${path}?dryRun=true`, headers: { 'Content-Type': type } });
    expect(status).toBe(200);
  });

  test('responds with problem details whatever the Accept header', async () => {
    for (const Accept of ['text/html', 'application/xml', '', 'x'.repeat(5000), ';;;', 'application/json;q=0']) {
      await world.refused({ path: `${world.at}/applications/${ID}`, headers: { Accept } }, 404);
    }
  });
});

describe('content encodings', () => {
  const bomb = () => gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '), { level: 9 });

  test('does not decompress a compression bomb', async () => {
    const body = bomb();
    expect(body.length).toBeLessThan(60_000);
    await world.refused({ ...change('createApplication'), body, headers: { 'Content-Encoding': 'gzip' } }, 415);
    await world.refused(
      { ...change('createApplication'), body, chunked: true, headers: { 'Content-Encoding': 'gzip' } },
      415,
    );
    await world.refused({ ...change('createApplication'), body }, 400, 415);
  });

  test.each<[string, (body: string) => Uint8Array]>([
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['gzip, gzip', (body: string) => gzipSync(gzipSync(body))],
    ['identity, gzip', gzipSync],
    ['gzip', (body: string) => Buffer.from(body)],
    ['zstd', (body: string) => Buffer.from(body)],
    ['compress', (body: string) => Buffer.from(body)],
    ['utf-8', (body: string) => Buffer.from(body)],
    ['none', (body: string) => Buffer.from(body)],
    ['__proto__', (body: string) => Buffer.from(body)],
  ])('rejects the content encoding %s', async (encoding, encoded) => {
    for (const id of ['createApplication', 'setGrants', 'rotateApplicationSecret']) {
      const { body, ...sent } = change(id);
      await world.refused({ ...sent, body: encoded(body), headers: { 'Content-Encoding': encoding } }, 415);
    }
  });

  test('accepts the content encoding identity', async () => {
    const { path, ...sent } = change('createApplication');
    const headers = { 'Content-Encoding': 'identity' };
    expect((await world.send({ ...sent, path: `${path}?dryRun=true`, headers })).status).toBe(200);
  });
});

describe('unexpected bodies', () => {
  test('ignores the body of a read', async () => {
    for (const path of [...singles(world), ...lists(world)]) {
      const alone = await world.send({ path });
      for (const body of ['{"a":1}', '{', '\0', 'x'.repeat(100_000)]) {
        const answer = await world.send({ path, body });
        expect([answer.status, answer.text]).toEqual([200, alone.text]);
      }
    }
  });

  test('responds with 405 to an unsupported method, whatever the body', async () => {
    for (const body of ['{"a":1}', '{', 'x'.repeat(300_000), '']) {
      for (const method of ['PATCH', 'PUT', 'DELETE', 'PROPFIND', 'TRACE']) {
        const answer = await world.send({ method, path: `${world.at}/applications`, body });
        world.problemOf(answer);
        expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
      }
    }
  });
});

describe('request headers', () => {
  test.each(
    titled([
      '"0"',
      '"2"',
      '"99999999999999999999"',
      'W/"1"',
      '1',
      '"one"',
      '""',
      '"',
      ',',
      '',
      ' ',
      '"-1"',
      '"1e0"',
      '"1.0"',
      '**',
      '"*"',
      "' or 1=1",
      '"01x"',
      'x'.repeat(5000),
      Array(1000).fill('"7"').join(),
    ]),
  )('responds with 412 to an If-Match that matches no version: %s', async (_, tag) => {
    const conditional = ['replaceEnvironment', 'replaceResource', 'replaceScope', 'replaceApplication', 'replaceGrant'];
    const sents = [...conditional.map((id) => change(id)), ...deletions(world)];
    for (const sent of sents) {
      const { code } = await world.refused({ ...sent, headers: { 'If-Match': tag } }, 412);
      expect(code).toBe('REQUEST_FAILED');
    }
  });

  test.each(titled(['', ' ', 'two words', 'x'.repeat(256), 'x'.repeat(10_000), 'é', 'a\tb', '\u00ff']))(
    'rejects the Idempotency-Key %s',
    async (_, key) => {
      for (const [, call] of calls.filter(([, { method }]) => method === 'POST')) {
        const { details } = await world.refused({ ...sentOf(world, call), headers: { 'Idempotency-Key': key } }, 400);
        expect(details).toEqual([expect.objectContaining({ code: 'INVALID_VALUE', target: 'Idempotency-Key' })]);
      }
    },
  );

  test('rejects two Idempotency-Key headers', async () => {
    const headers = { 'Idempotency-Key': ['one', 'other'] };
    await world.refused({ ...change('createApplication'), headers }, 400);
  });

  test('accepts SQL and property names as an Idempotency-Key', async () => {
    const other = await anotherWorld();
    for (const key of ["'or'1'='1", "');drop/**/table/**/grants;--", '__proto__', 'constructor']) {
      const sent = { ...change('createApplication', other), headers: { 'Idempotency-Key': key } };
      const [one, two] = [await other.send(sent), await other.send(sent)];
      expect([one.status, two.text]).toEqual([201, one.text]);
      await other.refused({ ...sent, body: sent.body.replace('new', 'other') }, 422);
    }
    expect((await other.store.applications.list(other.here.at, { limit: 1 }))?.count).toBe(2 + 4);
  });

  test('serves reads with any If-None-Match and Accept header', async () => {
    for (const value of ['', ',', '"', 'W/', '"x"', 'x'.repeat(3000)]) {
      const headers = { 'If-None-Match': value, Accept: value, 'Accept-Encoding': value, 'Accept-Language': value };
      expect((await world.send({ path: world.at, headers })).status).toBe(200);
    }
  });
});

describe('malformed bytes', () => {
  const good = () => [`Authorization: ${bearer(world.token)}`];
  const json = (body: string) => ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
  /** What Node itself refuses has no body, and has not come as far as the router. */
  const isRefusedByNode = (text: string) => /^HTTP\/1\.1 4\d\d [A-Za-z ]+\r\n(?:[^\r\n]*\r\n)*\r\n$/.test(text);

  test.each([
    ['NUL', '\0'],
    ['a bell', '\x07'],
    ['an escape sequence', '\x1b[31m'],
    ['delete', '\x7f'],
    ['a bare line feed', 'a\nb'],
    ['a bare carriage return', 'a\rb'],
    ['a tab', 'a\tb'],
    ['a C1 control', 'a\x9b31mb'],
    ['UTF-8', 'a\xe2\x80\xaeb'],
    ['10,000 characters', 'x'.repeat(10_000)],
    ['nothing but spaces', '   '],
    ['a look-up', `$\{jndi:ldap://127.0.0.1/a}`],
  ])('handles an X-Ping-External-Transaction-ID safely: %s', async (_, value) => {
    const other = await anotherWorld();
    const before = await contentsOf(other.store);
    const { method, path, body } = change('createApplication', other);
    const raw = await sendRaw(
      other.server.port,
      [`Authorization: ${bearer(other.token)}`, ...json(body), `X-Ping-External-Transaction-ID: ${value}`],
      `${method} /v1${path} HTTP/1.1`,
      body,
    );
    if (raw.status !== 201) {
      expect(isRefusedByNode(raw.text)).toBe(true);
      expect(await contentsOf(other.store)).toEqual(before);
      return;
    }
    const [activity] = (await other.store.activities.list(other.here.at, {}, { limit: 1 }))?.items ?? [];
    expect(activity?.correlationId).toBe(raw.values('Correlation-Id')[0]);
    expect(activity?.transactionId ?? 'x').toMatch(/^[\x20-\x7e]{1,100}$/);
    expect((activity?.transactionId ?? '').length).toBe(
      Math.min(100, value.trim().replace(/[^\x20-\x7e]/g, '').length),
    );
    const read = await other.send({ path: `${other.at}/activities?limit=1` });
    expect(JSON.parse(read.text)._embedded.activities[0].externalTransactionId).toBe(activity?.transactionId);
  });

  test.each(
    titled([
      'evil.example',
      'evil.example:99999999',
      '"><script>alert(1)</script>',
      "' or 1=1 --",
      'a b',
      '[::1',
      '\xe9\x80\xff',
      '../../x',
      'x'.repeat(10_000),
      '',
      ':80',
      'user:pass@evil.example',
      'evil.example/v2?x=',
      '\x7f',
      'a\tb',
    ]),
  )('handles the Host header %s safely', async (_, host) => {
    const other = await anotherWorld();
    const { method, path, body } = change('createApplication', other);
    const lines = [`Authorization: ${bearer(other.token)}`, `Host: ${host}`];
    const made = await sendRaw(other.server.port, [...lines, ...json(body)], `${method} /v1${path} HTTP/1.1`, body);
    const refused = await sendRaw(other.server.port, lines, `GET /v1${path}/${ID} HTTP/1.1`);
    if (isRefusedByNode(made.text)) {
      expect(isRefusedByNode(refused.text)).toBe(true);
      await other.untouched();
      return;
    }
    expect(made.status).toBe(201);
    const { _links, id } = JSON.parse(Buffer.from(made.body, 'latin1').toString());
    expect(made.values('Location')).toHaveLength(1);
    expect(_links.self.href.endsWith(`/v1${path}/${id}`)).toBe(true);
    expect(
      made.text
        .split('\r\n\r\n')[0]
        ?.split('\r\n')
        .filter((line) => /^set-cookie|^x-/i.test(line)).length,
    ).toBeLessThan(3);
    other.problemOf(answered(refused));
    expect(refused.status).toBe(404);
  });

  test('rejects heads that are not HTTP', async () => {
    const { path, body } = change('createApplication');
    const start = `POST /v1${path} HTTP/1.1`;
    for (const [lines, line, sent] of [
      [json(body), `POST /v1${path} HTTP/9.9`, body],
      [json(body), `POST /v1${path}\0 HTTP/1.1`, body],
      [json(body), `POST /v1${path} x HTTP/1.1`, body],
      [json(body), `FROB /v1${path} HTTP/1.1`, body],
      [[...json(body), 'Content-Length: 5'], start, body],
      [[...json(body), 'Transfer-Encoding: chunked'], start, body],
      [['Content-Type: application/json', 'Transfer-Encoding: gzip'], start, body],
      [['Content-Type: application/json', 'Transfer-Encoding: chunked, identity'], start, body],
      [['Content-Type: application/json', 'Transfer-Encoding: chunked'], start, 'zz\r\n{}\r\n0\r\n\r\n'],
      [['Content-Type: application/json', 'Transfer-Encoding: chunked'], start, 'fffffffffffffffff\r\n{}'],
      [['Content-Type: application/json', 'Content-Length: -1'], start, body],
      [['Content-Type: application/json', 'Content-Length: 1e3'], start, body],
      [['Content-Type: application/json', 'Content-Length: 99999999999999999999'], start, body],
      [[...json(body), ` folded: header`, 'no colon'], start, body],
      [[...json(body), `X: ${'x'.repeat(20_000)}`], start, body],
    ] as [string[], string, string][]) {
      const raw = await sendRaw(world.server.port, [...good(), ...lines], line, sent);
      expect([line, raw.status >= 400 && raw.status < 500]).toEqual([line, true]);
    }
  });

  test('rejects malformed request targets', async () => {
    for (const target of [
      `http://evil.example/v1${world.at}/applications/${ID}`,
      `/v1${world.at}/applications/\xff\xfe`,
      `/v1${world.at}/applications/<script>`,
      `/v1${world.at}/applications/"`,
      `/v1${world.at}/applications/${ID}#?dryRun=true`,
      `/v1${world.at}/applications/${ID}\\..\\..`,
      `//v1${world.at}`,
      `/v1/environments/%E0%A4%A`,
      '*',
      'evil.example:80',
    ]) {
      for (const method of ['GET', 'DELETE', 'PUT']) {
        const raw = await sendRaw(world.server.port, good(), `${method} ${target} HTTP/1.1`);
        expect([target, raw.status >= 400 && raw.status < 500]).toEqual([target, true]);
        if (raw.values('Correlation-Id').length > 0) world.problemOf(answered(raw));
      }
    }
  });

  test('rejects malformed Authorization before reading anything else', async () => {
    const { method, path, body } = change('createApplication');
    for (const [value, status] of [
      ['', 401],
      ['Bearer', 400],
      ['Bearer ', 400],
      ['Bearer x', 401],
      [`Bearer ${world.token}, Bearer ${world.token}`, 400],
      [`Bearer ${world.token} `.padEnd(3000, 'x'), 400],
      [`Basic ${Buffer.from('a:b').toString('base64')}`, 401],
      [`Bearer ${world.token.slice(0, -8)}AAAAAAAA`, 401],
      ['Bearer \xff', 400],
    ] as [string, number][]) {
      const raw = await sendRaw(
        world.server.port,
        [`Authorization: ${value}`, ...json(body)],
        `${method} /v1${path} HTTP/1.1`,
        body,
      );
      world.problemOf(answered(raw));
      expect([value, raw.status]).toEqual([value, status]);
      expect(raw.text).not.toContain(world.token.slice(-40));
    }
  });
});

describe('incomplete bodies', () => {
  /** Sends the beginning of a request, waits until the router has it, and breaks the connection off. */
  async function breakOff(head: readonly string[], beginning: string, start: string): Promise<void> {
    const reached = once(world.server.server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const socket = connect(world.server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const lines = [
      'Host: api.example',
      `Authorization: ${bearer(world.token)}`,
      'Content-Type: application/json',
      ...head,
    ];
    socket.write(`${[start, ...lines].join('\r\n')}\r\n\r\n${beginning}`);
    const [, response] = await reached;
    const ended = once(response, 'close');
    expect((await world.send({ path: '/openapi.json' })).status).toBe(200); // others are served meanwhile
    socket.destroy();
    await ended;
    expect(response.writableFinished).toBe(false);
  }

  test('does not apply a change whose body never ends, whatever its announced length', async () => {
    for (const { method, path, body } of changes()) {
      if (body === undefined) continue;
      const start = `${method} /v1${path} HTTP/1.1`;
      await breakOff([`Content-Length: ${body.length + 1}`], body.toString(), start);
      await breakOff(['Transfer-Encoding: chunked'], `${body.length.toString(16)}\r\n${body}\r\n`, start);
    }
    const { method, path } = change('createApplication');
    await breakOff(['Transfer-Encoding: chunked'], '', `${method} /v1${path} HTTP/1.1`);
  });

  test.each([
    ['its length announced', 'Content-Length: 5242880', '{'],
    ['as soon as it is', 'Transfer-Encoding: chunked', `50000\r\n${' '.repeat(0x50000)}\r\n`],
  ])('responds with 413 before an oversized body ends: %s', async (_, length, beginning) => {
    const { method, path } = change('createApplication');
    const socket = connect(world.server.port, '127.0.0.1');
    const head = ['Host: a', `Authorization: ${bearer(world.token)}`, 'Content-Type: application/json', length];
    socket.write(`${[`${method} /v1${path} HTTP/1.1`, ...head].join('\r\n')}\r\n\r\n${beginning}`);
    const [answer] = await once(socket, 'data');
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('serves other requests while twenty bodies are incomplete', async () => {
    const sockets = Array.from({ length: 20 }, () =>
      connect(world.server.port, '127.0.0.1').on('error', () => undefined),
    );
    const { method, path, body } = change('createApplication');
    const head = ['Host: a', `Authorization: ${bearer(world.token)}`, 'Content-Type: application/json'];
    for (const socket of sockets) {
      socket.write(`${[`${method} /v1${path} HTTP/1.1`, ...head, 'Content-Length: 9999'].join('\r\n')}\r\n\r\n${body}`);
    }
    expect((await world.send({ path: world.at })).status).toBe(200);
    expect((await world.send({ ...change('createApplication'), path: `${path}?dryRun=true` })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test('does not read the body of a refused request as another request', async () => {
    const inside = `DELETE /v1${world.at} HTTP/1.1\r\nHost: a\r\nAuthorization: ${bearer(world.token)}\r\n\r\n`;
    const { method, path } = change('createApplication');
    for (const type of ['text/plain', 'application/json']) {
      const raw = await sendRaw(
        world.server.port,
        [`Authorization: ${bearer(world.token)}`, `Content-Type: ${type}`, `Content-Length: ${inside.length}`],
        `${method} /v1${path} HTTP/1.1`,
        inside,
      );
      expect(raw.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
      world.problemOf(answered(raw));
    }
  });
});

describe('body parser mounted before the router', () => {
  const PARSERS = {
    'express.json': [express.json()],
    'express.json, lax': [express.json({ strict: false, type: '*/*', limit: '10mb' })],
    'express.text': [express.text({ type: '*/*', limit: '10mb' })],
    'express.raw': [express.raw({ type: '*/*', limit: '10mb' })],
    'express.urlencoded': [express.urlencoded({ extended: true })],
    'express.urlencoded, whatever the type': [express.urlencoded({ extended: true, type: '*/*' })],
    'all of them': [express.json(), express.text(), express.raw(), express.urlencoded({ extended: false })],
  } as const;

  describe.each(Object.entries(PARSERS))('%s', (name, ahead) => {
    let parsed: World;
    beforeAll(async () => {
      parsed = await openWorld({ ahead });
    });
    afterEach(() => parsed.untouched());
    afterAll(() => parsed.close());

    const reads = name !== 'express.urlencoded, whatever the type';

    test('handles good requests', async () => {
      const other = await anotherWorld({ ahead });
      const { status } = await other.send(change('createApplication', other));
      expect(status).toBe(reads ? 201 : 400);
      expect((await other.send({ ...change('rotateApplicationSecret', other), body: '' })).status).toBe(200);
    });

    test('refuses bad requests and stores nothing', async () => {
      const good = change('createApplication', parsed);
      const bad: Sent[] = [
        '',
        '{',
        'null',
        '1',
        '"text"',
        'true',
        '[]',
        `[${good.body}]`,
        good.body.slice(0, -1),
        good.body + good.body,
        good.body.replace('"new"', '""'),
        good.body.replace('"new"', '"a\\u0000"'),
        good.body.replace('"new"', '"\\ud800"'),
        good.body.replace('"new"', '{"toString":"x"}'),
        good.body.replace('"name":"new",', '"__proto__":{"name":"new"},'),
        '['.repeat(100_000),
        '['.repeat(40_000) + ']'.repeat(40_000),
        'name=new&enabled=true&type=WORKER&protocol=OPENID_CONNECT&tokenEndpointAuthMethod=NONE',
        'name[toString]=x&__proto__[name]=x',
        'x'.repeat(5 * 1024 * 1024),
      ].map((body) => ({ ...good, body }));
      const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', 'text/json'];
      for (const type of types) bad.push({ ...good, headers: { 'Content-Type': type } });
      bad.push({ ...good, headers: { 'Content-Encoding': 'gzip' } });
      bad.push({ ...good, headers: { 'Content-Encoding': 'x' } });
      bad.push({ ...good, headers: { 'Content-Type': 'application/json; charset=utf-16' } });
      for (const sent of bad) {
        const answer = await parsed.send(sent);
        expect([String(sent.body).slice(0, 50), sent.headers, answer.status >= 400 && answer.status < 500]).toEqual([
          String(sent.body).slice(0, 50),
          sent.headers,
          true,
        ]);
        if (answer.headers['correlation-id'] === undefined) {
          expect(JSON.parse(answer.text)).toEqual({ application: 'error' });
        } else parsed.problemOf(answer);
      }
      expect('name' in {}).toBe(false);
    });
  });

  test('rejects a change when a middleware has consumed and dropped the body', async () => {
    const other = await anotherWorld({
      ahead: [
        (req, _res, next) => {
          req.on('end', next).resume();
        },
      ],
    });
    const { details } = await other.refused(change('createApplication', other), 400);
    expect(details).toEqual([{ code: 'REQUIRED_VALUE', message: 'The request needs a body.' }]);
    await other.untouched();
  });

  test('validates the body that a decompressing parser provides', async () => {
    const other = await anotherWorld({ ahead: [express.json()] });
    const { body, ...sent } = change('createApplication', other);
    const headers = { 'Content-Encoding': 'gzip' };
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '));
    expect((await other.send({ ...sent, body: bomb, headers })).status).toBe(413);
    await other.refused({ ...sent, body: gzipSync('{"name":1}'), headers }, 400);
    await other.untouched();
    expect((await other.send({ ...sent, body: gzipSync(body), headers })).status).toBe(201);
  });
});

test('covers every operation of the API', () => {
  const attacked = new Set([
    ...calls.map(([, { method, path }]) => `${method} ${shapeOf(path(world))}`),
    ...deletions(world).map(({ path }) => `DELETE ${shapeOf(path)}`),
    ...Object.values(PATCHES).map(({ path }) => `PATCH ${shapeOf(path(world))}`), // bad-input-patches.test.ts
    'POST /environments/{}/explain', // explain.test.ts
    ...['decisions', 'routes', 'health'].map((name) => `GET /environments/{}/${name}`), // gates.test.ts
    ...[...singles(world), ...lists(world), ...reports(world)].map((path) => `GET ${shapeOf(path)}`),
  ]);
  const served = OPERATIONS.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`);
  expect(served.filter((each) => !attacked.has(each))).toEqual([]);
});

function shapeOf(path: string): string {
  return path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{}');
}
