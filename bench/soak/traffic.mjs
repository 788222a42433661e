import { MY_SCOPES } from 'scopegate';
import { pickRandom } from '../common/statistics.mjs';
import { KEYS_MAX_AGE, READ, STALENESS, WRITE } from './expected-response-model.mjs';
import { toClaims } from './issuer.mjs';

/**
 * What is sent: kinds of requests, each with how often it comes and what has to come back. `expected()` is asked when
 * the response has arrived: a status, a list of them, or `undefined` where either response is correct.
 */

const ROUTES = [
  ['/reports', READ],
  ['/drafts', WRITE],
];
const BOTH = `${READ} ${WRITE}`;
/** How many tokens an application has at a time, and which part of its requests comes with a new one. */
const TOKENS = 6;
const NEW = 0.05;

const bearer = (token) => `Bearer ${token}`;

/** A token of an application, one that it has or a new one, of a key that is published. */
export function tokenFor(world, application) {
  application.tokens ??= [];
  const slot = Math.floor(Math.random() * TOKENS);
  const had = application.tokens[slot];
  if (had !== undefined && world.published.has(had.kid) && Math.random() >= NEW) return had;
  const { kid, token } = world.signer;
  const made = { text: token(toClaims(application.id, BOTH)), kid, madeAt: Date.now() };
  application.tokens[slot] = made;
  return made;
}

/** The one kind that is valid, or was: the model predicts the response. */
function ofApplication(world, server) {
  const application = pickRandom(Math.random() < 0.2 ? world.fixed : world.applications);
  const token = tokenFor(world, application);
  const [path, required] = pickRandom(ROUTES);
  const asked = application.request(server, token, required);
  return {
    path,
    authorization: bearer(token.text),
    expected: () => (world.published.has(token.kid) ? asked.expected() : undefined),
    about: () => ({ application: application.id, madeAt: token.madeAt, kid: token.kid }),
  };
}

function ofWithdrawnKey(world) {
  const token = pickRandom(world.withdrawn);
  if (token === undefined) return undefined;
  const isOver = performance.now() - token.withdrawnAt >= KEYS_MAX_AGE;
  return { path: '/reports', authorization: bearer(token.text), expected: () => (isOver ? 401 : undefined) };
}

function ofDeletedApplication(world) {
  const token = pickRandom(world.deleted);
  if (token === undefined) return undefined;
  const isOver = performance.now() - token.deletedAt >= STALENESS;
  return { path: '/reports', authorization: bearer(token.text), expected: () => (isOver ? 401 : undefined) };
}

const always = (...statuses) => ({ expected: () => statuses });

function badToken(world) {
  const [name, made] = pickRandom(Object.entries(world.signer.bad));
  const claims = toClaims(pickRandom(world.applications).id, BOTH);
  return { name, path: '/reports', authorization: bearer(made(claims)), ...always(401) };
}

function ofNobody(world) {
  const claims = toClaims(pickRandom([world.environmentId, 'nobody', undefined]), BOTH);
  return { path: '/reports', authorization: bearer(world.signer.token(claims)), ...always(401) };
}

const GARBAGE = [
  [undefined, 401],
  ['', 401],
  ['Basic YTpi', 401],
  ['DPoP a.b.c', 401],
  ['Bearer', 400],
  ['Bearer  a.b.c', 401],
  ['Bearer\ta.b.c', 400],
  ['Bearer a b', 400],
  ['Bearer "a"', 400],
  ['Bearer \u00ff\u00fe', 400],
  ['Bearer a.b.c', 401],
  ['Bearer ..', 401],
  [`Bearer ${'x'.repeat(8000)}`, 401],
  [`Bearer ${'e30.'.repeat(1000)}`, 401],
];

function garbage(world) {
  if (Math.random() < 0.1) {
    const token = bearer(world.signer.token(toClaims(pickRandom(world.applications).id, BOTH)));
    return { path: '/reports', authorization: [token, token], ...always(400) };
  }
  const [authorization, status] = pickRandom(GARBAGE);
  return { path: pickRandom(['/reports', world.at]), authorization, ...always(status) };
}

/** The administrator's, of any environment or of one. */
function adminToken(world, env = 'all', scope = MY_SCOPES) {
  return bearer(world.signer.token(toClaims(world.consoleId, scope, { env })));
}
/** Not a new one each time, as an administrator has it too. */
export function administrator(world) {
  const { admin } = world;
  if (admin !== undefined && world.published.has(admin.kid) && Date.now() - admin.madeAt < 60_000) return admin.text;
  world.admin = { text: adminToken(world), kid: world.signer.kid, madeAt: Date.now() };
  return world.admin.text;
}

function adminRead(world) {
  const { at } = world;
  const application = `${at}/applications/${pickRandom(world.fixed).id}`;
  const path = pickRandom([
    at,
    `${at}/applications?limit=20`,
    `${at}/scopes`,
    `${at}/resources?expand=scopes`,
    `${at}/activities?limit=10`,
    application,
    `${application}/grants?expand=scopes`,
    world.next ?? `${at}/applications?limit=5`,
  ]);
  return {
    path,
    authorization: administrator(world),
    ...always(200),
    learn: (text) => {
      const { href } = JSON.parse(text)._links?.next ?? {};
      if (href !== undefined) world.next = href.replace(/^https?:\/\/[^/]+/, '');
    },
  };
}

function foreign(world) {
  const { at, foreignAt, foreignResourceId } = world;
  const authorization = adminToken(world, world.environmentId);
  const application = `/applications/${pickRandom(world.fixed).id}`;
  if (Math.random() < 0.5) {
    const path = pickRandom([
      foreignAt,
      `${foreignAt}/applications`,
      `${foreignAt}${application}`,
      `${foreignAt}/activities`,
    ]);
    return { path, authorization, ...always(404) };
  }
  const body = { resource: { id: foreignResourceId }, scopes: [READ] };
  return { method: 'POST', path: `${at}${application}/grants`, body, authorization, ...always(400) };
}

function unprivileged(world) {
  const scope = pickRandom([READ, 'openid', 'urn:opc:resource:consumer::all', `${MY_SCOPES}x`]);
  return { path: world.at, authorization: adminToken(world, 'all', scope), ...always(403) };
}

function oversized(world) {
  const body = pickRandom([`{"name":"${'x'.repeat(300_000)}"}`, '['.repeat(300_000), ' '.repeat(2_000_000)]);
  const path = `${world.at}/applications`;
  // The response comes before the end of the body, and the connection is closed.
  return { method: 'POST', path, body, authorization: administrator(world), ...always(413, 'ECONNRESET', 'EPIPE') };
}

function badBody(world) {
  const [body, status] = pickRandom([
    ['{', 400],
    ['{"name":1}', 400],
    ['{"name":"a","name":"b"}', 400],
    [`${'['.repeat(1000)}${']'.repeat(1000)}`, 400],
    ['\u0000', 400],
  ]);
  return {
    method: 'POST',
    path: `${world.at}/applications`,
    body,
    authorization: administrator(world),
    ...always(status),
  };
}

/** A kind, and how often it comes among a hundred. */
export const KINDS = {
  application: [62, ofApplication],
  'withdrawn key': [3, ofWithdrawnKey],
  'deleted application': [3, ofDeletedApplication],
  'bad token': [10, badToken],
  'unknown application': [3, ofNobody],
  garbage: [6, garbage],
  'admin read': [6, adminRead],
  'foreign environment': [2, foreign],
  'without the scope': [2, unprivileged],
  'oversized body': [1, oversized],
  'bad body': [2, badBody],
};

/** Sent by connections of their own, since each waits for a fetch of the keys. */
export const SLOW_KINDS = {
  'unknown key': [
    100,
    (world) => {
      const claims = toClaims(pickRandom(world.applications).id, BOTH);
      return { path: '/reports', authorization: bearer(world.signer.ofUnknownKey(claims)), ...always(401, 503) };
    },
  ],
};

/** Picks a kind as often as it is to come. */
export function pick(kinds) {
  const all = Object.entries(kinds);
  let left = Math.random() * all.reduce((sum, [, [share]]) => sum + share, 0);
  return all.find(([, [share]]) => {
    left -= share;
    return left < 0;
  });
}
