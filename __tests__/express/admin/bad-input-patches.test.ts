import fc from 'fast-check';
import { OPERATIONS } from '../../../lib/admin/operations.js';
import { junk, MEMBERS, type Rule, requiredMembers } from '../../admin/fixtures/members.js';
import { anotherWorld, contentsOf, openWorld, PATCHES, type Sent, type World } from './fixtures/bad-input.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterEach(() => world.untouched());
afterAll(() => world.close());

const patches = Object.entries(PATCHES);
type Patch = (typeof patches)[number][1];
const patchOf = ({ path, body }: Patch, of = world, other?: unknown): Sent => ({
  method: 'PATCH',
  path: path(of),
  body: JSON.stringify(other === undefined ? body(of) : other),
});

test('covers every operation that takes a patch', () => {
  const taking = OPERATIONS.filter(({ method }) => method === 'PATCH').map(({ id }) => id);
  expect(patches.map(([id]) => id).sort()).toEqual(taking.sort());
});

describe.each(patches)('%s', (_, patch) => {
  test('changes something with a good patch', async () => {
    const other = await anotherWorld();
    const before = await contentsOf(other.store);
    expect((await other.send(patchOf(patch, other))).status).toBe(200);
    expect(await contentsOf(other.store)).not.toEqual(before);
  });

  test('rejects members of the wrong type', async () => {
    const rules = Object.entries<Rule>(MEMBERS[patch.command]);
    /** An object is merged with these, and leaves them as they are. */
    const isMerged = (member: string, value: unknown) =>
      ['applicationPermissionsSettings', 'resource'].includes(member) &&
      typeof value === 'object' &&
      !Array.isArray(value);
    const bad = fc
      .constantFrom(...rules)
      .chain(([member, rule]) =>
        junk
          .filter((value) => value !== null && !rule(value) && !isMerged(member, value))
          .map((value) => ({ member, value })),
      );
    await fc.assert(
      fc.asyncProperty(bad, async ({ member, value }) => {
        const { code, details = [] } = await world.refused(patchOf(patch, world, { [member]: value }), 400);
        expect(code).toBe('INVALID_DATA');
        expect(details.length).toBeGreaterThan(0);
        for (const { target } of details) expect(target?.split(/[.[]/)[0]).toBe(member);
      }),
      { numRuns: 40 },
    );
  });

  test('rejects null for members that have no default', async () => {
    for (const member of requiredMembers(patch.command)) {
      const { details } = await world.refused(patchOf(patch, world, { [member]: null }), 400);
      expect(details).toEqual([{ code: 'REQUIRED_VALUE', target: member, message: `${member} is required.` }]);
    }
  });

  test('rejects what is no JSON, nested too deeply, or has a member twice', async () => {
    const bodies = [
      '{',
      '',
      '{"name":"a","name":"b"}',
      `{"a":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`,
      '{"a":'.repeat(9000),
    ];
    for (const body of bodies) await world.refused({ ...patchOf(patch), body }, 400);
    await world.refused({ ...patchOf(patch), body: Buffer.from('{"name":"\xe9"}', 'latin1') }, 415);
    await world.refused({ ...patchOf(patch), body: `{"description":"${'x'.repeat(300_000)}"}` }, 413);
  });

  test('changes nothing for names of prototypes and for members that it does not know', async () => {
    const body = '{"__proto__":{"name":"p"},"constructor":{"prototype":null},"toString":null,"extra":{"a":null}}';
    expect((await world.send({ ...patchOf(patch), body })).status).toBe(200);
    expect({}).not.toHaveProperty('name');
  });
});
