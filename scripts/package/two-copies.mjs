// Runs in a user's folder: both builds in one process.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import express from 'express';
import * as esm from 'scopegate';
import * as esmAdmin from 'scopegate/admin';
import { testIssuer } from 'scopegate/testing';

const require = createRequire(join(process.cwd(), 'main.js'));
const folder = join(process.cwd(), 'node_modules', 'scopegate', 'dist', 'cjs');
const cjs = require(join(folder, 'index.js'));
const cjsAdmin = require(join(folder, 'admin.js'));
assert.notEqual(esm.createGate, cjs.createGate, 'there is one copy only');

const issuer = testIssuer();
const verifier = esm.jwtVerifier({
  ...esm.ociDomain({ url: issuer.url, tenant: issuer.tenant }),
  fetch: issuer.fetch,
});
const authorization = `Bearer ${issuer.token({ scope: 'urn:opc:idm:__myscopes__' })}`;

async function ask(app, path) {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: { authorization } });
  await response.text();
  server.close();
  return response;
}

function failing(error) {
  const fails = () => {
    throw error;
  };
  return { grants: { setAll: fails }, environments: { list: fails }, applications: { list: fails } };
}

for (const [one, other] of [
  [
    { ...esm, ...esmAdmin },
    { ...cjs, ...cjsAdmin },
  ],
  [
    { ...cjs, ...cjsAdmin },
    { ...esm, ...esmAdmin },
  ],
]) {
  const outage = new other.VerifierUnavailableError('down', { retryAfter: 7 });
  const gate = one.createGate({ verifier: { verify: () => Promise.reject(outage) } });
  const unavailable = await ask(express().use(gate.authenticate), '/');
  assert.deepEqual([unavailable.status, unavailable.headers.get('retry-after')], [503, '7']);

  const store = failing(new other.StoreUnavailableError('down'));
  const router = one.grantsRouter({
    store,
    gate: other.createGate({ verifier }),
    environmentOf: () => other.ALL_ENVIRONMENTS,
  });
  assert.equal((await ask(express().use(router), '/environments')).status, 503);

  const permissions = Object.fromEntries(one.PERMISSIONS.map((name) => [name, 'urn:opc:resource:consumer:paas::read']));
  const closed = one.grantsRouter({
    store,
    gate: other.createGate({ verifier }),
    environmentOf: () => other.ALL_ENVIRONMENTS,
    permissions,
  });
  assert.equal((await ask(express().use(closed), '/environments')).status, 403);
}
