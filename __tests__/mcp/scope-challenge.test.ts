import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import express4 from 'express-4';
import { allOf, anyOf, createGate, type GateOptions } from 'scopegate';
import { type ScopeChallengeOptions, scopeChallenge } from 'scopegate/mcp';
import request from 'supertest';
import { parseChallenges } from '../enforcement/fixtures/challenge-parser.js';
import { bearer, delayed, issuer, recorder, warmVerifier } from '../http/fixtures/domain.js';

const NOTES = 'urn:opc:resource:consumer:notes';
const tools = { add_note: `${NOTES}::write`, drop_all: allOf(`${NOTES}::write`, 'notes:drop'), search: 'notes:search' };
const options: ScopeChallengeOptions = { required: `${NOTES}::read`, tools };

const call = (name: unknown) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });

const onError: ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ error: error.message });
};

function appWith(gateOptions: Partial<GateOptions> = {}, parse: RequestHandler = express.json()) {
  const gate = createGate({ verifier: warmVerifier(), ...gateOptions });
  const app = express().use(parse);
  app.all(
    '/mcp',
    scopeChallenge(gate, options),
    (req, res) => void res.json({ client: gate.auth(req).payload.client_id }),
  );
  return app.use(onError);
}

async function post(message: unknown, scope?: string, app = appWith()) {
  const sent = request(app).post('/mcp').set('Content-Type', 'application/json');
  if (scope !== undefined) sent.set('Authorization', bearer(issuer.token({ scope })));
  const { status, headers, body } = await sent.send(JSON.stringify(message));
  const header = headers['www-authenticate'];
  return { status, body, scope: header && parseChallenges(header)[0]?.parameters.scope };
}

describe.each(['at once', 'behind a promise'])('with a verifier that responds %s', (manner) => {
  const verifier = manner === 'at once' ? warmVerifier() : delayed(warmVerifier());

  test.each<[string, unknown, string, number]>([
    ['a listing', { method: 'tools/list' }, `${NOTES}::read`, 200],
    ['a listing without the scope of the endpoint', { method: 'tools/list' }, 'notes:search', 403],
    ['a tool whose scope is held', call('add_note'), `${NOTES}::read ${NOTES}::write`, 200],
    ['a tool whose scope is lacking', call('add_note'), `${NOTES}::read`, 403],
    ['a tool, without the scope of the endpoint', call('search'), 'notes:search', 403],
    ['a tool whose scope a broader one covers', call('add_note'), `${NOTES}::all`, 200],
    ['a tool below the root', call('add_note'), 'urn:opc:resource:consumer::all', 200],
    ['a tool with one of two scopes', call('drop_all'), `${NOTES}::all`, 403],
    ['a tool with both', call('drop_all'), `${NOTES}::all notes:drop`, 200],
    ['a tool that is not listed', call('read_note'), `${NOTES}::read`, 200],
    ['a tool that is not listed, without the scope of the endpoint', call('read_note'), 'a', 403],
    ['a name of the prototype', call('constructor'), `${NOTES}::read`, 200],
    ['another method with the name', { ...call('add_note'), method: 'prompts/get' }, `${NOTES}::read`, 200],
    [
      'a batch of which one call lacks its scope',
      [call('search'), call('add_note')],
      `${NOTES}::read notes:search`,
      403,
    ],
    ['a batch whose calls are all covered', [call('search'), call('add_note')], `${NOTES}::all notes:search`, 200],
    ['an empty batch', [], `${NOTES}::read`, 200],
    ['no parameters', { method: 'tools/call' }, `${NOTES}::read`, 200],
    ['a name that is a list', call(['add_note']), `${NOTES}::read`, 200],
  ])('responds by the message: %s', async (_, message, scope, status) => {
    expect((await post(message, scope, appWith({ verifier }))).status).toBe(status);
  });
});

test('a 403 names all scopes of the call, not only the missing one', async () => {
  expect(await post(call('drop_all'), `${NOTES}::write`)).toMatchObject({
    status: 403,
    scope: `${NOTES}::read ${NOTES}::write notes:drop`,
    body: { reason: 'insufficient_scope' },
  });
});

test('the first 401 names what the endpoint requires, or the tool that is called', async () => {
  const app = appWith({ challengeScope: 'always' });

  expect(await post({ method: 'initialize' }, undefined, app)).toMatchObject({ status: 401, scope: `${NOTES}::read` });
  expect(await post(call('search'), undefined, app)).toMatchObject({
    status: 401,
    scope: `${NOTES}::read notes:search`,
  });
});

test.each(['get', 'delete'] as const)('%s, which has no message, needs the scope of the endpoint', async (method) => {
  const send = (scope: string) =>
    request(appWith())
      [method]('/mcp')
      .set('Authorization', bearer(issuer.token({ scope })));

  expect((await send(`${NOTES}::read`)).status).toBe(200);
  expect((await send('a')).status).toBe(403);
});

describe('a body that nobody has parsed', () => {
  const read = `${NOTES}::read`;
  const nothing: RequestHandler = (_req, _res, next) => next();

  test.each<[string, RequestHandler]>([
    ['no parser', nothing],
    ['a parser of text', express.text({ type: () => true })],
    ['a parser of bytes', express.raw({ type: () => true })],
    ['the parser of Express 4, for another content type', express4.json({ type: 'application/other' })],
  ])('is refused with status 415 and the way to do it right: %s', async (_, parse) => {
    const { status, body } = await post(call('add_note'), read, appWith({}, parse));

    expect([status, body.error]).toEqual([415, expect.stringContaining('mount express.json() before it')]);
  });

  test('the gate refuses a caller without the scope before the body is read', async () => {
    expect((await post(call('add_note'), undefined, appWith({}, nothing))).status).toBe(401);
    expect((await post(call('add_note'), 'a', appWith({}, nothing))).status).toBe(403);
  });
});

test('an error of the gate reaches the error handler, and not the server', async () => {
  const grants = {
    check: () => {
      throw new Error('a fault of the grants');
    },
  };
  const { status, body } = await post(call('add_note'), `${NOTES}::all`, appWith({ grants: grants as never }));

  expect([status, body]).toEqual([500, { error: 'a fault of the grants' }]);
});

test('one request is verified once, and recorded once for each tool', async () => {
  const told = recorder();
  const verifier = warmVerifier();
  const app = appWith({ verifier, onDecision: told.observe });
  await post([call('search'), call('add_note'), call('search')], `${NOTES}::all notes:search`, app);

  expect(verifier.calls).toBe(1);
  expect(told.records.map(({ reason }) => reason)).toEqual(['covered', 'covered']);
});

test.each<[object, RegExp]>([
  [{ tools }, /A requirement is a scope, allOf\(\.\.\.\) or anyOf\(\.\.\.\)/],
  [{ required: 'a' }, /"tools" must be an object/],
  [{ required: 'a', tools: ['b'] }, /"tools" must be an object/],
  [{ required: 'a', tools: { add: 'b c' } }, /one scope|scope-token/],
  [{ required: 'a', tools: { add: ['b'] } }, /A list does not say whether all or any/],
  [{ required: 'a', tools: { add: undefined } }, /A requirement is a scope/],
  [{ required: 'a', tool: {} }, /Did you mean "tools"\?/],
])('wrong options throw when the endpoint is declared: %p', (wrong, message) => {
  const gate = createGate({ verifier: warmVerifier() });

  expect(() => scopeChallenge(gate, wrong as never)).toThrow(message);
  expect(() => scopeChallenge(gate, wrong as never)).toThrow(TypeError);
});

test('a requirement may have alternatives', async () => {
  const gate = createGate({ verifier: warmVerifier() });
  const guard = scopeChallenge(gate, { required: anyOf('a', 'b'), tools: { add: anyOf('c', 'd') } });
  const app = express().post('/mcp', express.json(), guard, (_req, res) => void res.json({}));

  expect((await post(call('add'), 'b d', app)).status).toBe(200);
  expect(await post(call('add'), 'b', app)).toMatchObject({ status: 403, scope: 'b c' });
});
