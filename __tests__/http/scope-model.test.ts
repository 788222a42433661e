import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import {
  createGate,
  exactScopeModel,
  type GateOptions,
  impliedScopeModel,
  jwtVerifier,
  ociScopeModel,
  type ScopeModelOption,
  scopeSet,
  segmentScopeModel,
} from 'scopegate';
import request from 'supertest';
import { GrantedScopes } from '../../lib/live/granted-scopes.js';
import { ANALYTICS, bearer, domainOptions, issuer, PAAS, recorder, showAuth } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const ledger = impliedScopeModel({ 'ledger:read': ['ledger:write', 'ledger:admin'] });

function serve(scopeModel: ScopeModelOption | undefined, required: string, handler: RequestHandler = showAuth) {
  const told = recorder();
  const options: GateOptions = { verifier: jwtVerifier(domainOptions), scopeModel, onDecision: told.observe };
  const gate = createGate(options);
  const faults: unknown[] = [];
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    faults.push(error);
    res.sendStatus(500);
  };
  const app = express().get('/', gate.require(required), handler).use(onError);
  const send = (scope: string) =>
    request(app)
      .get('/')
      .set('Authorization', bearer(issuer.token({ scope })));
  return { gate, send, faults, records: told.records };
}

test.each<[string, ScopeModelOption | undefined, string, string, number]>([
  ['the default', undefined, PAAS, ANALYTICS, 200],
  ['that of OCI IAM', ociScopeModel(), PAAS, ANALYTICS, 200],
  ['exact', exactScopeModel(), PAAS, ANALYTICS, 403],
  ['exact', exactScopeModel(), ANALYTICS, ANALYTICS, 200],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders', 'orders:read', 200],
  ['segments', segmentScopeModel({ separator: ':' }), 'orders:read', 'orders', 403],
  ['wildcards', segmentScopeModel({ separator: '.', wildcard: '*' }), 'orders.*', 'orders.read', 200],
  ['wildcards', segmentScopeModel({ separator: '.', wildcard: '*' }), 'orders', 'orders.read', 403],
  ['implied', ledger, 'ledger:admin', 'ledger:read', 200],
  ['implied', ledger, 'ledger:read', 'ledger:write', 403],
  ['a function', (scope) => [scope, 'root'], 'root', 'anything', 200],
  ['a function', (scope) => [scope, 'root'], 'other', 'anything', 403],
])('decides by the scope model of the gate: %s', async (_, model, held, required, status) => {
  expect((await serve(model, required).send(held)).status).toBe(status);
});

test('the scopes of a request compare by the model of the gate, also those of a known token', async () => {
  const handler: RequestHandler = (req, res) => {
    const { scopes } = gate.auth(req);
    res.json({
      model: scopes.model?.name,
      by: scopes.coveredBy('ledger:read'),
      admin: scopes.covers('ledger:admin'),
      held: scopes,
    });
  };
  const { gate, send } = serve(ledger, 'ledger:read', handler);
  const expected = { model: 'impliedScopeModel()', by: 'ledger:write', admin: false, held: ['ledger:write', 'x'] };

  for (let i = 0; i < 2; i++) expect((await send('ledger:write x')).body).toEqual(expected);
});

test('records and challenges name what the model says', async () => {
  const { send, records } = serve(ledger, 'ledger:read');
  await send('ledger:admin');
  const { headers } = await send('other');

  expect(records[0]).toMatchObject({ coverage: [{ required: 'ledger:read', by: 'ledger:admin' }] });
  expect(headers['www-authenticate']).toContain('scope="ledger:read"');
  expect(records[1]).toMatchObject({
    sufficient: ['ledger:read'],
    detail: 'Nothing covers ledger:read; the token holds other.',
  });
});

test('two gates of one verifier compare by their own models', async () => {
  const verifier = jwtVerifier(domainOptions);
  const [exact, oci] = [createGate({ verifier, scopeModel: exactScopeModel() }), createGate({ verifier })];
  const app = express()
    .get('/exact', exact.require(ANALYTICS), showAuth)
    .get('/oci', oci.require(ANALYTICS), showAuth)
    .get('/both', oci.require(ANALYTICS), exact.require(ANALYTICS), showAuth);
  const authorization = bearer(issuer.token({ scope: PAAS }));
  const statusOf = async (path: string) => (await request(app).get(path).set('Authorization', authorization)).status;

  for (let i = 0; i < 2; i++) {
    expect([await statusOf('/oci'), await statusOf('/exact'), await statusOf('/both')]).toEqual([200, 403, 403]);
  }
});

test('the rules of OCI IAM are those of its model only', async () => {
  const malformed = 'urn:opc:resource:consumer:paas:read';
  const pair = 'urn:opc:idm:__myscopes__ urn:opc:resource:consumer::all';

  expect(() => serve(undefined, malformed)).toThrow('no token has the scope');
  expect((await serve(exactScopeModel(), malformed).send(malformed)).status).toBe(200);
  expect((await serve(undefined, 'urn:opc:idm:__myscopes__').send(pair)).status).toBe(403);
  expect((await serve(exactScopeModel(), 'urn:opc:idm:__myscopes__').send(pair)).status).toBe(200);
});

describe('live grants', () => {
  const live = async (scopeModel: ScopeModelOption, granted: string) => {
    const made = await liveGate({ scopeModel }, { scopeNames: [granted] }, (app, gate) => {
      app.get('/', gate.require('ledger:read'), showAuth);
    });
    await made.grant(granted);
    return made;
  };

  test.each([
    ['ledger:write', 'ledger:admin', 200, ['ledger:read']],
    ['ledger:read', 'ledger:admin', 200, ['ledger:read']],
    ['ledger:admin', 'ledger:read', 200, ['ledger:read']],
    ['ledger:write', 'other', 403, undefined],
  ])('a token for %s with a grant of %s has status %i', async (scope, granted, status, scopes) => {
    const made = await live(ledger, granted);
    const answer = await made.send('/', { scope });

    expect({ status: answer.status, scopes: answer.body.scopes }).toEqual({ status, scopes });
  });

  test('a token for several resources counts while the model covers each of its scopes', () => {
    const grants = ['ledger:admin', 'b'].map((scope) => ({ scope, audience: scope }));
    const granted = new GrantedScopes({ grants });
    const select = (scopeModel?: ScopeModelOption) =>
      granted.select({ payload: { aud: ['ledger:admin', 'b'] }, scopes: scopeSet('ledger:read b', scopeModel) }).size;

    expect([select(ledger), select(), select(exactScopeModel())]).toEqual([2, 0, 0]);
  });

  test('the model of the gate decides, not that of OCI IAM', async () => {
    const made = await live(exactScopeModel(), 'ledger:admin');

    expect((await made.send('/', { scope: 'ledger:read' })).status).toBe(403);
    expect(made.record()).toMatchObject({ detail: expect.stringContaining('no longer granted it') });
  });
});

describe('a function that fails', () => {
  const broken = (scope: string) => {
    if (scope !== 'a') throw new Error('The table is not loaded.');
    return ['a'];
  };

  test('stops the declaration of a route with a sentence that names it', () => {
    expect(() => serve(broken, 'b')).toThrow('The scope model broken threw in coveringScopes for b.');
    expect(() => serve((() => 'a') as never, 'a')).toThrow('must return a list of scope-tokens for a.');
  });

  test('a function that fails is an error of the application where a handler asks, and no permit', async () => {
    const { send, faults, gate } = serve(broken, 'a', (req, res) => {
      res.json(gate.auth(req).scopes.covers('b'));
    });

    expect((await send('a')).status).toBe(500);
    expect(faults).toEqual([new TypeError('The scope model broken threw in coveringScopes for b.')]);
  });

  test('a scope that nothing covers stops the declaration of its route', () => {
    expect(() => serve(() => [], 'a')).toThrow('gate.require(): no token passes, since no scope covers a');
  });
});

test.each([7, 'exact', {}, null, []])('the gate refuses %j as its scope model', (scopeModel) => {
  const options = { verifier: jwtVerifier(domainOptions), scopeModel };

  expect(() => Reflect.apply(createGate, undefined, [options])).toThrow('createGate(): "scopeModel" must be a model');
});
