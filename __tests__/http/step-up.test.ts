import express, { type Request } from 'express';
import { createGate, type DecisionRecord, jwtVerifier, type RouteOptions } from 'scopegate';
import request from 'supertest';
import { parseChallenges } from '../enforcement/fixtures/challenge-parser.js';
import { bearer, domainOptions, issuer, recorder, showAuth } from './fixtures/domain.js';
import { liveGate } from './fixtures/live-gate.js';

const MFA = 'urn:example:mfa';
const KEY = 'urn:example:hardware-key';
const SELF = 'p1:read:self:user';

/** The time of the gate, in seconds: the moment the tokens are issued. */
const NOW = Math.floor(Date.now() / 1000);
const clock = { now: () => NOW * 1000, monotonic: () => 0 };

async function send(options: RouteOptions, claims: object, scope = 'a') {
  const told = recorder();
  const gate = createGate({ verifier: jwtVerifier({ ...domainOptions, clock }), clock, onDecision: told.observe });
  const app = express().get('/:id', gate.require('a', options), showAuth);
  const token = issuer.token({ scope, iat: NOW, exp: NOW + 60, ...claims });
  const { status, headers, body } = await request(app).get('/ada').set('Authorization', bearer(token));
  const header = headers['www-authenticate'];
  const [challenge] = header === undefined ? [] : parseChallenges(header);
  return { status, body, parameters: challenge?.parameters, record: told.records[0] as DecisionRecord };
}

describe('a route that requires authentication context classes', () => {
  test.each<[string, readonly string[], object, number]>([
    ['the class is the one required', [MFA], { acr: MFA }, 200],
    ['the class is the second of two', [MFA, KEY], { acr: KEY }, 200],
    ['9470-2: the claim is missing', [MFA], {}, 401],
    ['the class is another one', [MFA], { acr: KEY }, 401],
    ['the class differs by case', [MFA], { acr: MFA.toUpperCase() }, 401],
    ['the class begins like the required one', [MFA], { acr: `${MFA}:2` }, 401],
    ['the claim is a list that has the class', [MFA], { acr: [MFA] }, 401],
    ['the claim is null', [MFA], { acr: null }, 401],
    ['the claim lists two classes in one string', [MFA, KEY], { acr: `${MFA} ${KEY}` }, 401],
  ])('responds by the token: %s', async (_, acr, claims, status) => {
    expect((await send({ acr }, claims)).status).toBe(status);
  });
});

describe('a route that requires a recent authentication', () => {
  test.each<[string, object, number]>([
    ['it is as old as is allowed', { auth_time: NOW - 300 }, 200],
    ['it is a second older', { auth_time: NOW - 301 }, 401],
    ['it is half a second older', { auth_time: NOW - 300.5 }, 401],
    ['it is of this second', { auth_time: NOW }, 200],
    ['it lies in the future within the tolerance', { auth_time: NOW + 60 }, 200],
    ['it lies in the future beyond the tolerance', { auth_time: NOW + 61 }, 401],
    ['9470-2: the claim is missing', {}, 401],
    ['the claim is a string', { auth_time: String(NOW) }, 401],
    ['the claim is null', { auth_time: null }, 401],
    ['the claim is in milliseconds', { auth_time: NOW * 1000 }, 401],
    ['the token is younger than its authentication', { auth_time: NOW - 400, iat: NOW }, 401],
  ])('responds by the token: %s', async (_, claims, status) => {
    expect((await send({ maxAge: 300 }, claims)).status).toBe(status);
  });

  test('the age is measured by the clock of the gate, for a token that is known as well', async () => {
    let now = NOW;
    const moving = { now: () => now * 1000, monotonic: () => 0 };
    const gate = createGate({ verifier: jwtVerifier({ ...domainOptions, clock: moving }), clock: moving });
    const app = express().get('/', gate.require('a', { maxAge: 10 }), showAuth);
    const token = issuer.token({ scope: 'a', iat: NOW, exp: NOW + 3600, auth_time: NOW });
    const statusAt = async (seconds: number) => {
      now = NOW + seconds;
      return (await request(app).get('/').set('Authorization', bearer(token))).status;
    };

    expect(await statusAt(10)).toBe(200);
    expect(await statusAt(11)).toBe(401);
  });
});

describe('the response', () => {
  test('9470-1: the challenge and the body name both requirements', async () => {
    const { status, parameters, body } = await send({ acr: [MFA, KEY], maxAge: 300 }, { auth_time: NOW });
    const description = 'This resource needs a stronger or more recent authentication of the user.';

    expect(status).toBe(401);
    expect(parameters).toEqual({
      realm: 'api',
      error: 'insufficient_user_authentication',
      error_description: description,
      acr_values: `${MFA} ${KEY}`,
      max_age: '300',
    });
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: description,
      error: 'insufficient_user_authentication',
      reason: 'insufficient_user_authentication',
      acr_values: `${MFA} ${KEY}`,
      max_age: 300,
    });
  });

  test('the challenge names only what the route requires', async () => {
    expect(Object.keys((await send({ acr: [MFA] }, {})).parameters ?? {})).not.toContain('max_age');
    expect(Object.keys((await send({ maxAge: 5 }, {})).parameters ?? {})).not.toContain('acr_values');
  });

  test('9470-3: a token that lacks scopes as well gets one challenge for both', async () => {
    const { status, parameters, body, record } = await send({ acr: [MFA] }, {}, 'b');

    expect(status).toBe(401);
    expect(parameters).toMatchObject({ error: 'insufficient_user_authentication', scope: 'a', acr_values: MFA });
    expect(body).toMatchObject({ required_scope: 'a', acr_values: MFA });
    expect(record).toMatchObject({ reason: 'insufficient_user_authentication', sufficient: ['a'] });
    expect(record.detail).toMatch(/no "acr".*Nothing covers a; the token holds b/);
  });

  test('a token that lacks scopes only is told nothing about its authentication', async () => {
    const { status, parameters } = await send({ acr: [MFA] }, { acr: MFA }, 'b');

    expect(status).toBe(403);
    expect(Object.keys(parameters ?? {})).not.toContain('acr_values');
  });

  test('9470-4: a token that is not good is told nothing about the requirements', async () => {
    const { status, parameters } = await send({ acr: [MFA], maxAge: 300 }, { iat: NOW - 200, exp: NOW - 100 });

    expect(status).toBe(401);
    expect(parameters).toMatchObject({ error: 'invalid_token' });
    expect(Object.keys(parameters ?? {})).not.toContain('acr_values');
  });

  test('a route stays closed with 403 where no token could hold its scopes', async () => {
    const gate = createGate({ verifier: jwtVerifier({ ...domainOptions, clock }), clock });
    const owner = (req: Request) => req.params.id;
    const app = express().get('/:id', gate.require(SELF, { owner, acr: [MFA] }), showAuth);
    const authorization = bearer(issuer.token({ scope: SELF, sub: 'ada', iat: NOW, exp: NOW + 60 }));
    const statusOf = async (id: string) =>
      (await request(app).get(`/${id}`).set('Authorization', authorization)).status;

    expect(await statusOf('bob')).toBe(403);
    expect(await statusOf('ada')).toBe(401);
  });

  test('a revoked application is refused before its authentication is looked at', async () => {
    const made = await liveGate({}, {}, (app, gate) => {
      app.get('/', gate.require('a', { acr: [MFA] }), showAuth);
    });
    const { headers } = await made.send('/', { scope: 'a' });

    expect(headers['www-authenticate']).not.toContain('acr_values');
    expect(made.record()).toMatchObject({ reason: 'application_revoked' });
  });
});

test('each middleware of a gate compares the authentication with its own requirement', async () => {
  const gate = createGate({ verifier: jwtVerifier({ ...domainOptions, clock }), clock });
  const app = express();
  app.use(gate.authenticate);
  app.get('/low', gate.require('a'), showAuth);
  app.get('/high', gate.require('a'), gate.require('a', { acr: [MFA] }), showAuth);
  const authorization = bearer(issuer.token({ scope: 'a', iat: NOW, exp: NOW + 60 }));

  expect((await request(app).get('/low').set('Authorization', authorization)).status).toBe(200);
  expect((await request(app).get('/high').set('Authorization', authorization)).status).toBe(401);
});

describe('the record', () => {
  test.each<[RouteOptions, object, string]>([
    [{ acr: [MFA, KEY] }, {}, `The token has no "acr"; the route requires "${MFA}" or "${KEY}".`],
    [{ acr: [MFA] }, { acr: 'pwd' }, `The token's "acr" is "pwd"; the route requires "${MFA}".`],
    [
      { maxAge: 300 },
      {},
      'The token has no "auth_time"; the route requires at most 300 s since the user authenticated.',
    ],
    [{ maxAge: 300 }, { auth_time: NOW - 900 }, 'The user authenticated 900 s ago; the route requires at most 300 s.'],
    [
      { maxAge: 300 },
      { auth_time: NOW + 90 },
      'The token\'s "auth_time" is 90 s in the future; the route requires at most 300 s since the user authenticated.',
    ],
  ])('says what differs: %j with %j', async (options, claims, detail) => {
    expect((await send(options, claims)).record).toMatchObject({
      outcome: 'deny',
      reason: 'insufficient_user_authentication',
      status: 401,
      detail,
      held: ['a'],
    });
  });
});

describe('the declaration', () => {
  const gate = createGate({ verifier: jwtVerifier(domainOptions) });
  const declare = (options: object) => () => Reflect.apply(gate.require, gate, ['a', options]);

  test.each<[object, string]>([
    [{ acr: MFA }, '"acr" must be a list of values'],
    [{ acr: [] }, '"acr" must be a list of values'],
    [{ acr: [`${MFA} ${KEY}`] }, '"acr" must be a list of values'],
    [{ acr: ['"'] }, '"acr" must be a list of values'],
    [{ acr: [7] }, '"acr" must be a list of values'],
    [{ maxAge: 0 }, '"maxAge" must be a whole number of seconds, 1 or more'],
    [{ maxAge: -1 }, '"maxAge" must be a whole number'],
    [{ maxAge: 1.5 }, '"maxAge" must be a whole number'],
    [{ maxAge: '300' }, '"maxAge" must be a whole number'],
    [{ maxAge: Number.NaN }, '"maxAge" must be a whole number'],
    [{ max_age: 300 }, 'Did you mean "maxAge"?'],
    [{ acr_values: [MFA] }, 'Did you mean "acr"?'],
  ])('throws for the options %j', (options, sentence) => {
    expect(declare(options)).toThrow(TypeError);
    expect(declare(options)).toThrow(sentence);
  });

  test('changes to the list have no effect afterwards', async () => {
    const acr = [MFA];
    const app = express().get('/', gate.require('a', { acr }), showAuth);
    acr.push('pwd');
    const token = issuer.token({ scope: 'a', acr: 'pwd' });

    expect((await request(app).get('/').set('Authorization', bearer(token))).status).toBe(401);
  });
});

test.each([{}, { now: () => 0 }, { monotonic: () => 0 }, null])('the gate refuses %p as its clock', (wrong) => {
  const options = { verifier: jwtVerifier(domainOptions), clock: wrong };

  expect(() => Reflect.apply(createGate, undefined, [options])).toThrow('"clock" must be an object with now()');
});
