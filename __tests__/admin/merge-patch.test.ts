import fc from 'fast-check';
import { applicationCommand } from '../../lib/admin/commands/application.js';
import { resourceCommand } from '../../lib/admin/commands/resource.js';
import { applyPatch, mergePatch } from '../../lib/admin/merge-patch.js';
import { AdminError } from '../../lib/grants/errors.js';
import { newApplication, newResource } from '../support/stores.js';

/** RFC 7396, appendix A. */
test.each([
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
])('%s with the patch %s is %s', (target, patch, result) => {
  expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
});

/** Objects as JSON has them: no prototypes, and the patch of one to another. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)));

test('a patch twice is the patch once, and an empty one changes nothing', () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const once = mergePatch(target, patch);
      expect(mergePatch(once, patch)).toEqual(once);
      if (typeof target === 'object' && target !== null && !Array.isArray(target)) {
        expect(mergePatch(target, {})).toEqual(target);
      }
    }),
  );
});

test('changes neither the target nor the patch', () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const before = JSON.stringify([target, patch]);
      mergePatch(target, patch);
      expect(JSON.stringify([target, patch])).toBe(before);
    }),
  );
});

test('a member with the name of a prototype is a member', () => {
  const patched = mergePatch({ a: 1 }, JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}'));
  expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
  expect(Object.keys(patched as object)).toEqual(['a', '__proto__', 'constructor']);
  expect({}).not.toHaveProperty('polluted');
});

test('a patch that an application has parsed itself may be as deep as it likes', () => {
  let patch: object = {};
  for (let depth = 0; depth < 100_000; depth++) patch = { a: patch };
  expect(() => mergePatch({}, patch)).not.toThrow();
});

describe('applied to an object', () => {
  const resource = newResource('reports', { audience: 'https://a.example', tags: [{ key: 'a', value: 'b' }] });

  test('null resets a member to its default, and keeps the others', () => {
    const { audience, tags, ...others } = resource;
    expect(
      applyPatch(resourceCommand, resource, { audience: null, tags: null, accessTokenValiditySeconds: null }),
    ).toEqual({
      ...others,
      audience: 'reports',
      tags: [],
    });
    expect([audience, tags]).toEqual(['https://a.example', [{ key: 'a', value: 'b' }]]);
  });

  test('an object is merged, and a list replaces the list', () => {
    const patch = { applicationPermissionsSettings: { claimEnabled: true }, tags: [{ key: 'x', value: 'y' }] };
    expect(applyPatch(resourceCommand, resource, patch)).toEqual({ ...resource, ...patch });
  });

  test.each([
    [{ name: null }, 'name', 'REQUIRED_VALUE'],
    [{ name: 7 }, 'name', 'INVALID_VALUE'],
    [{ enabled: null }, 'enabled', 'REQUIRED_VALUE'],
    [{ grantTypes: ['NONE'] }, 'grantTypes[0]', 'INVALID_VALUE'],
    [{ description: { a: 1 } }, 'description', 'INVALID_VALUE'],
    [{ grantTypes: { 0: 'CIBA' } }, 'grantTypes', 'INVALID_VALUE'],
  ])('%j is refused as a PUT with the result would be', (patch, target, code) => {
    const apply = () => applyPatch(applicationCommand, newApplication('reader'), patch);
    expect(apply).toThrow(AdminError);
    expect(apply).toThrow(expect.objectContaining({ details: [expect.objectContaining({ target, code })] }));
  });
});
