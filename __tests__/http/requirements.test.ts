import express, { type ErrorRequestHandler } from 'express';
import { allOf, anyOf, CONSUMER_ALL, createGate, type Gate, MY_SCOPES, type Requirement } from 'scopegate';
import request from 'supertest';
import { ANALYTICS, bearer, issuer, PAAS, STACK, showAuth, warmVerifier } from './fixtures/domain.js';

const WRITE = 'urn:opc:resource:consumer:paas:analytics::write';
let gate: Gate;

beforeAll(async () => {
  gate = createGate({ verifier: warmVerifier() });
});

async function ask(requirements: readonly [Requirement, ...Requirement[]], scope: string) {
  const app = express().get('/', gate.require(...requirements), showAuth);
  const { status, headers, text } = await request(app)
    .get('/')
    .set('Authorization', bearer(issuer.token({ scope })));
  const { required_scope } = JSON.parse(text);
  if (required_scope !== undefined) expect(headers['www-authenticate']).toContain(`scope="${required_scope}"`);
  return { status, required_scope };
}

const permitted = { status: 200, required_scope: undefined };
const denied = (required_scope: string | undefined) => ({ status: 403, required_scope });

test.each<[string, readonly [Requirement, ...Requirement[]], string, ReturnType<typeof denied> | typeof permitted]>([
  ['a scope above covers', [ANALYTICS], PAAS, permitted],
  ['OPC-1: the root covers every scope of the namespace', [STACK], CONSUMER_ALL, permitted],
  ['OPC-2: another qualifier does not', [WRITE], PAAS, denied(WRITE)],
  ['OPC-3: the root opens no admin route', [MY_SCOPES], CONSUMER_ALL, denied(MY_SCOPES)],
  ['OPC-3: not even beside the admin scope', [MY_SCOPES], `${MY_SCOPES} ${CONSUMER_ALL}`, denied(undefined)],
  ['several arguments: all of them are held', [ANALYTICS, STACK], `${PAAS} ${STACK}`, permitted],
  ['several arguments: the second is missing', [ANALYTICS, STACK], PAAS, denied(`${ANALYTICS} ${STACK}`)],
  ['several arguments: the first is missing', [ANALYTICS, STACK], STACK, denied(`${ANALYTICS} ${STACK}`)],
  ['several arguments: the third is missing', ['a', 'b', 'c'], 'a b', denied('a b c')],
  ['anyOf: the second will do', [anyOf('a', 'b')], 'b', permitted],
  ['anyOf: none is held', [anyOf('a', 'b')], 'c', denied('a')],
  ['allOf: one is missing', [allOf('a', 'b')], 'b', denied('a b')],
  ['allOf in anyOf: half of it does not do', [anyOf(allOf('a', 'b'), allOf('c', 'd', 'e'))], 'c', denied('a b')],
  ['allOf in anyOf: what lacks least is named', [anyOf(allOf('a', 'b'), allOf('c', 'd', 'e'))], 'c d', denied('c d e')],
  ['allOf in anyOf: the second group is complete', [anyOf(allOf('a', 'b'), allOf('c', 'd'))], 'd c', permitted],
  ['anyOf in allOf: both halves hold', [allOf(anyOf('a', 'b'), anyOf('c', 'd'))], 'b c', permitted],
  ['anyOf in allOf: one half fails', [allOf(anyOf('a', 'b'), anyOf('c', 'd'))], 'a b', denied('a c')],
  ['anyOf beside a scope', [anyOf('a', 'b'), 'c'], 'b', denied('b c')],
  ['6749-2: case counts', ['Read'], 'read', denied('Read')],
])('decides by the required scopes: %s', async (_, requirements, scope, expected) => {
  expect(await ask(requirements, scope)).toEqual(expected);
});

describe('6749-1: invalid requirements', () => {
  // As JavaScript calls it, where no compiler objects.
  const declare = (...requirements: unknown[]) => Reflect.apply(gate.require, gate, requirements);

  test.each<[string, unknown[], RegExp]>([
    ['nothing', [], /at least one scope/],
    ['undefined', [undefined], /not a value of type undefined/],
    ['null', [null], /not null/],
    ['a number', [7], /type number/],
    ['a list', [['a', 'b']], /allOf\(\.\.\.\) or anyOf\(\.\.\.\)/],
    ['an empty list', [[]], /allOf\(\.\.\.\) or anyOf\(\.\.\.\)/],
    ['an empty string', [''], /scope/],
    ['two scopes in one string', ['a b'], /a b/],
    ['a quotation mark', ['a"b'], /scope/],
    ['a backslash', ['a\\b'], /scope/],
    ['a line break', ['a\r\nX: y'], /scope/],
    ['a letter beyond ASCII', ['lésen'], /scope/],
    ['a bad second argument', ['a', 'b c'], /b c/],
    ['a bad scope inside', [{ anyOf: ['a', { allOf: ['b', ''] }] }], /scope/],
    ['an empty group', [{ anyOf: [] }], /at least one scope/],
    ['an empty group inside', ['a', { allOf: [{ anyOf: [] }] }], /at least one scope/],
    ['a handler', [() => true], /type function/],
  ])('throws when the route is declared with %s', (_, requirements, sentence) => {
    expect(() => declare(...requirements)).toThrow(TypeError);
    expect(() => declare(...requirements)).toThrow(sentence);
  });
});

test('ignores changes to a requirement after its declaration', async () => {
  const scopes = ['a'];
  const requirement = { anyOf: scopes };
  const app = express().get('/', gate.require(requirement), showAuth);
  scopes.push('b');
  requirement.anyOf = ['b'];
  const send = (scope: string) =>
    request(app)
      .get('/')
      .set('Authorization', bearer(issuer.token({ scope })));
  expect((await send('b')).status).toBe(403);
  expect((await send('a')).status).toBe(200);
});

describe('invalid options of createGate()', () => {
  const verifier = { verify: () => ({ ok: false as const, reason: 'token_rejected' as const }) };
  const create = (options: unknown) => () => Reflect.apply(createGate, undefined, [options]);

  test.each<[string, unknown, RegExp]>([
    ['no options', undefined, /takes an object of options, not undefined/],
    ['no verifier', {}, /"verifier" must be a verifier such as jwtVerifier/],
    ['a verifier that is a function', { verifier: () => true }, /"verifier"/],
    ['a misspelt option', { verifier, realms: 'x' }, /no option "realms"\. Did you mean "realm"\?/],
    ['the name of a neighbour', { verifier, auth: 1 }, /Did you mean "verifier"\?/],
    ['a listener by another name', { verifier, observe: () => 1 }, /Did you mean "onDecision"\?/],
    ['an observer that is no function', { verifier, onDecision: true }, /"onDecision" must be a function/],
    ['a realm with a quotation mark', { verifier, realm: 'my "api"' }, /"realm"/],
    ['a realm with a backslash', { verifier, realm: 'a\\b' }, /"realm"/],
    ['a realm with a line break', { verifier, realm: 'api\r\nX-Injected: 1' }, /"realm"/],
    ['a realm beyond ASCII', { verifier, realm: 'café' }, /"realm"/],
    ['an empty realm', { verifier, realm: '' }, /"realm"/],
    ['a realm that is no string', { verifier, realm: 7 }, /"realm"/],
    ['a verifier that takes no scheme', { verifier: { ...verifier, schemes: [] } }, /"verifier\.schemes"/],
    ['a verifier of another scheme', { verifier: { ...verifier, schemes: ['Bearer'] } }, /"verifier\.schemes"/],
  ])('throws and names the valid option for %s', (_, options, sentence) => {
    expect(create(options)).toThrow(TypeError);
    expect(create(options)).toThrow(sentence);
  });
});

describe('declarations that no token could satisfy', () => {
  const declare = (...requirements: unknown[]) => Reflect.apply(gate.require, gate, requirements);
  const self = 'p1:read:self:user';

  test.each<[string, unknown[], RegExp]>([
    ['one colon before the qualifier', ['urn:opc:resource:consumer:paas:read'], /:…::qualifier/],
    ['no qualifier', ['urn:opc:resource:consumer:paas::'], /:…::qualifier/],
    ['the root without a qualifier', ['urn:opc:resource:consumer'], /:…::qualifier/],
    ['two qualifiers', ['urn:opc:resource:consumer:paas::read::write'], /:…::qualifier/],
    ['an empty segment', ['urn:opc:resource:consumer::paas::read'], /:…::qualifier/],
    ['a malformed scope inside', [anyOf('a', allOf('b', 'urn:opc:resource:consumer:b'))], /:…::qualifier/],
    ['an account audience', ['urn:opc:resource:scope:account'], /is an audience, not a scope/],
    ['a tag audience', ['a', 'urn:opc:resource:scope:tag=e30='], /is an audience, not a scope/],
    ['an admin scope together with the root', [MY_SCOPES, CONSUMER_ALL], /opens no IAM admin API/],
    ['the same pair inside', [anyOf(allOf('a', MY_SCOPES, CONSUMER_ALL))], /opens no IAM admin API/],
    ['a self scope without an owner', [self], /the option "owner"/],
    ['a self scope beside another, without an owner', ['a', self], /the option "owner"/],
    ['nothing but self scopes without an owner', [anyOf(self, 'p1:update:self:user')], /the option "owner"/],
    ['a request', [{ headers: {}, url: '/' }, {}, () => undefined], /takes scopes and returns middleware/],
  ])('throws when the route is declared with %s', (_, requirements, sentence) => {
    expect(() => declare(...requirements)).toThrow(TypeError);
    expect(() => declare(...requirements)).toThrow(sentence);
  });

  test.each<[string, unknown[]]>([
    ['a scope of another namespace with one colon', ['urn:opc:resource:consumers:paas:read']],
    ['an alternative that needs no owner', [anyOf(self, 'users:read')]],
    ['a self scope with an owner', [self, { owner: () => 'a' }]],
    ['an admin scope or the root', [anyOf(MY_SCOPES, CONSUMER_ALL)]],
    ['the root and a scope under it', [CONSUMER_ALL, ANALYTICS]],
  ])('takes %s', (_, requirements) => {
    expect(declare(...requirements)).toEqual(expect.any(Function));
  });
});

describe('middleware that is used the wrong way round', () => {
  const anyGate = () => gate as unknown as Record<'authenticate' | 'optional', (...scopes: string[]) => unknown>;

  test('app.use(gate.require) fails where it is written', () => {
    const app = express();
    expect(() => app.use(gate.require as never)).toThrow("write app.use(gate.require('scope'))");
    expect(() => app.use('/reports', gate.require as never)).toThrow(TypeError);
  });

  test('app.get(path, gate.require) names the mistake on the first request', async () => {
    const errors: unknown[] = [];
    const app = express().get('/', gate.require as never);
    app.use(((error, _req, res, _next) => {
      errors.push(error);
      res.status(500).end();
    }) satisfies ErrorRequestHandler);
    await request(app).get('/').expect(500);
    expect(String(errors[0])).toContain("write app.use(gate.require('scope')), not app.use(gate.require)");
  });

  test.each<['authenticate' | 'optional', string[]]>([
    ['authenticate', []],
    ['authenticate', ['a']],
    ['optional', []],
    ['optional', ['a', 'b']],
  ])('gate.%s(…) is a TypeError with the arguments %j', (name, scopes) => {
    expect(() => anyGate()[name](...scopes)).toThrow(TypeError);
    expect(() => anyGate()[name](...scopes)).toThrow(`gate.${name} is middleware and takes no arguments`);
  });
});
