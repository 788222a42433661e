import { ALL_ENVIRONMENTS, type GrantStore, type GrantsRouterOptions, grantsRouter } from 'scopegate/admin';
import { openSqliteStore } from 'scopegate/sqlite';
import { gateOf } from './fixtures/admin-api.js';

let store: GrantStore;
beforeAll(async () => {
  store = await openSqliteStore({ file: ':memory:' });
});
afterAll(() => store.close());

const made = (options: object) => () => {
  const all = { store, gate: gateOf(), environmentOf: () => ALL_ENVIRONMENTS, ...options };
  return grantsRouter(all as unknown as GrantsRouterOptions);
};

test('works with three options', () => {
  expect(made({})).not.toThrow();
  expect(made({ permissions: undefined, clientOf: undefined, readOnly: undefined, baseUrl: undefined })).not.toThrow();
});

test.each<[object, string]>([
  [{ store: undefined }, '"store" must be a store such as await openSqliteStore'],
  [{ store: {} }, '"store"'],
  [{ store: Promise.resolve() }, '"store"'],
  [{ gate: undefined }, '"gate" must be a gate made by createGate()'],
  [{ gate: { require: () => () => undefined, authenticate() {}, optional() {} } }, '"gate" must be a gate made by'],
  [{ gate: 'gate' }, '"gate"'],
  [{ gate: { ...gateOf() } }, '"gate"'],
  [{ environmentOf: undefined }, '"environmentOf" must be a function'],
  [{ environmentOf: '*' }, '"environmentOf" must be a function'],
  [{ clientOf: 'client_id' }, '"clientOf" must be a function'],
  [{ readOnly: 'true' }, '"readOnly" must be true or false'],
  [{ readOnly: 1 }, '"readOnly"'],
  [{ baseUrl: '/v1' }, '"baseUrl" must be an absolute address'],
  [{ baseUrl: '' }, '"baseUrl"'],
  [{ onError: {} }, '"onError" must be a function'],
  [{ permissions: [] }, '"permissions"'],
  [{ permissions: 'all' }, '"permissions"'],
  [{ permissions: { 'applications:read:grant': 'two words' } }, 'two words'],
  [{ permissions: { 'applications:read:grant': '' } }, ''],
  [{ permissions: { 'applications:read:grant': 5 } }, ''],
  [{ readonly: true }, 'Did you mean "readOnly"?'],
  [{ enviromentOf: () => ALL_ENVIRONMENTS }, 'Did you mean "environmentOf"?'],
  [{ permission: {} }, 'Did you mean "permissions"?'],
  [{ nonsense: 1 }, 'It knows: store, gate, environmentOf'],
  [{ permissions: { 'applications:read:grants': 'x' } }, 'Did you mean "applications:read:grant"?'],
  [{ permissions: { everything: 'x' } }, 'has no option "everything"'],
])('throws when the router is created with %j', (options, sentence) => {
  expect(made(options)).toThrow(TypeError);
  expect(made(options)).toThrow(sentence);
});

test.each([undefined, null, 'options', []])('throws when the options are %j', (options) => {
  expect(() => grantsRouter(options as unknown as GrantsRouterOptions)).toThrow(TypeError);
});

test('does not include the invalid value in the error message', () => {
  expect(made({ baseUrl: 'hunter2' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
});
