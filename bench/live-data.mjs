import { scopeSet } from 'scopegate';
import { applicationNamed } from './common/application.mjs';
import { context, load, resourceNamed } from './grants-data.mjs';

/**
 * An environment whose applications have one grant each, of a scope that their tokens need and of another, which is one
 * of ten. Loaded as {@link load} says.
 */

const SIZE = 10;
export const READ = 'urn:opc:resource:consumer:paas:analytics::read';
const others = Array.from({ length: SIZE }, (_, i) => `urn:opc:resource:consumer:paas:analytics:cube-${i}::write`);
/** What tokens hold. */
const TOKEN_SCOPE = 'urn:opc:resource:consumer:paas::read openid';

export function loadApplications(database, applications) {
  return load(database, applications, { size: SIZE, create: createApplications });
}

async function createApplications(store) {
  const { value: environment } = await store.environments.create({ name: 'bench', type: 'SANDBOX' }, context);
  const at = { environmentId: environment.id };
  const { value: resource } = await store.resources.create(at, resourceNamed('analytics'), context);
  for (const name of [READ, ...others])
    await store.scopes.create({ ...at, resourceId: resource.id }, { name }, context);
  for (let i = 0; i < SIZE; i++) {
    const { value } = await store.applications.create(at, applicationNamed(`application ${i}`), context);
    await store.grants.create({ ...at, applicationId: value.id }, toGrant(resource.id, i, true), context);
  }
  return { at, resourceId: resource.id };
}

/** The one grant of the application with this number: with the scope {@link READ}, or without. */
export function toGrant(resourceId, number, maySee) {
  const other = others[number % SIZE];
  return { resource: { id: resourceId }, scopes: (maySee ? [READ, other] : [other]).map((name) => ({ name })) };
}

/** A token as a verifier returns it: its claims parsed from JSON, so that no string in them has been looked up before. */
export function toToken(clientId) {
  const payload = JSON.parse(
    `{"iss":"https://identity.oraclecloud.com/","aud":"urn:opc:resource:scope:account","tenant":"idcs-bench","sub":"${clientId}","client_id":"${clientId}","scope":"${TOKEN_SCOPE}","iat":1900000000,"exp":1900003600,"jti":"bench"}`,
  );
  return { payload, header: HEADER, token: 'bench', scopes: scopeSet(payload.scope) };
}

const HEADER = { alg: 'RS256', kid: 'SIGNING_KEY' };
