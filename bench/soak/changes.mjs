import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pickRandom } from '../common/statistics.mjs';
import { ModelApplication, READ, WRITE } from './expected-response-model.mjs';
import { administrator, tokenFor } from './traffic.mjs';

/** The changes of grants, through the admin API of any server, one after the other and each acknowledged. */

/** Between two changes of one process, in milliseconds: an application is left alone for some seconds. */
const PAUSE = 20;
/** How many tokens of deleted applications are remembered, and are still tried. */
const MOST_DELETED = 50;
/** How long the clocks of issuer and store may differ, and the second that `iat` is cut down to. */
const AFTER_REVOCATION = 3000;

/** Runs until `world.isOver`; `check` compares the response with the expected one. */
export async function keepChanging(world, connections, check) {
  while (!world.isOver) {
    const application = pickRandom(world.applications.filter(({ changing }) => !changing));
    const server = Math.floor(Math.random() * connections.length);
    async function send(method, path, body, status) {
      const response = await connections[server].exchange({ method, path, body, authorization: administrator(world) });
      if (!check({ method, path }, response, status)) throw new Error('the state of the application is unknown');
      return response.text === '' ? undefined : JSON.parse(response.text);
    }
    try {
      await application.change(server, () => makeChange(world, application, send));
    } catch {
      // Already counted. It is unknown whether the change was made, so the application stays `changing` and a new one replaces it.
      world.applications = world.applications.filter((each) => each !== application);
      await another(world, send).catch(() => undefined);
    }
    await delay(PAUSE);
  }
}

async function makeChange(world, application, send) {
  const path = `${world.at}/applications/${application.id}`;
  const grant = (scopes) => toGrant(world, scopes);
  const dice = Math.random();

  if (!application.enabled) {
    await send('PUT', path, toCommand(application, true), 200);
    application.enabled = true;
  } else if (application.scopes.size === 0) {
    const { id } = await send('POST', `${path}/grants`, grant([READ, WRITE]), 201);
    Object.assign(application, { grantId: id, scopes: new Set([READ, WRITE]) });
  } else if (application.scopes.size === 1 && dice < 0.6) {
    await send('POST', `${path}/grants/${application.grantId}/scopes`, { scopes: [READ, WRITE] }, 200);
    application.scopes = new Set([READ, WRITE]);
  } else if (dice < 0.3) {
    const scope = pickRandom([READ, WRITE]);
    await send('PUT', `${path}/grants/${application.grantId}`, grant([scope]), 200);
    application.scopes = new Set([scope]);
  } else if (dice < 0.5) {
    await send('DELETE', `${path}/grants/${application.grantId}`, undefined, 204);
    application.scopes = new Set();
  } else if (dice < 0.6) {
    const scopes = pickRandom([[], [READ], [READ, WRITE]]);
    const grants = scopes.length === 0 ? [] : [grant(scopes)];
    const { _embedded } = await send('PUT', `${path}/grants`, { grants }, 200);
    Object.assign(application, { grantId: _embedded.grants[0]?.id, scopes: new Set(scopes) });
  } else if (dice < 0.8) {
    await send('PUT', path, toCommand(application, false), 200);
    application.enabled = false;
  } else if (dice < 0.9) {
    const begun = Date.now();
    await send('POST', `${path}/revocations`, {}, 200);
    Object.assign(application, { voidBefore: begun, usableFrom: Date.now() + AFTER_REVOCATION });
  } else {
    await replaceByAnother(world, application, path, send);
  }
}

/** Deletes an application, and puts a new one in its place. */
async function replaceByAnother(world, application, path, send) {
  const { text } = tokenFor(world, application);
  await send('DELETE', path, undefined, 204);
  world.deleted.push({ text, deletedAt: performance.now() });
  world.deleted.splice(0, world.deleted.length - MOST_DELETED);
  world.applications = world.applications.filter((each) => each !== application);
  await another(world, send);
}

/** A new application, with both scopes. */
async function another(world, send) {
  const created = await send('POST', `${world.at}/applications`, toCommand({ id: randomUUID() }, true), 201);
  const grants = `${world.at}/applications/${created.id}/grants`;
  const granted = await send('POST', grants, toGrant(world, [READ, WRITE]), 201);
  world.applications.push(new ModelApplication({ id: created.id, grantId: granted.id }));
}

function toGrant({ resourceId }, scopes) {
  return { resource: { id: resourceId }, scopes };
}

function toCommand({ id }, enabled) {
  return {
    name: `application ${id.slice(0, 8)}`,
    enabled,
    type: 'WORKER',
    protocol: 'OPENID_CONNECT',
    tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
    grantTypes: ['CLIENT_CREDENTIALS'],
    trustScope: 'Account',
  };
}
