import { createPublicKey, hash, verify } from 'node:crypto';
import { createGate, jwtVerifier, liveGrants } from 'scopegate';
import { openSqliteStore } from 'scopegate/sqlite';
import { applicationNamed } from './application.mjs';

/**
 * No protection, but steps that every protection needs: a middleware; the digest of all of a token, where
 * it is known by it, and `req.auth`; the check of a signature, where it is not. What each costs, nothing goes below.
 */
export const FLOORS = {
  'next() alone': () => (_req, _res, next) => next(),
  'SHA-256 alone': digestCheck,
  'crypto.verify alone': signatureCheck,
};

/**
 * The guards before the route: each gives `{ guards, close }` for what is known of the issuer. Those of the peers are in
 * ../peers/guards.mjs.
 */
export const GUARDS = {
  bare: () => alone([]),
  ...Object.fromEntries(Object.entries(FLOORS).map(([name, guard]) => [name, (trust) => alone([guard(trust)])])),
  scopegate: async (trust) => alone([await gate(trust)]),
  'scopegate, live grants': async (trust) => {
    const store = await openSqliteStore({ file: ':memory:' });
    await grantEach(store, trust);
    const grants = liveGrants({ source: store });
    const close = async () => {
      grants.close();
      await store.close();
    };
    return { guards: [await gate(trust, { grants })], close };
  },
};

/** Guards that leave nothing to close. */
function alone(guards) {
  return { guards, close: async () => undefined };
}

function digestCheck() {
  const known = new Map();
  return (req, _res, next) => {
    const token = req.headers.authorization.slice('Bearer '.length);
    const digest = hash('sha256', token, 'binary');
    if (!known.has(digest)) known.set(digest, {});
    req.auth = { payload: known.get(digest), token };
    next();
  };
}

function signatureCheck({ publicKey }) {
  const key = createPublicKey(publicKey);
  return (req, res, next) => {
    const token = req.headers.authorization.slice('Bearer '.length);
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    if (verify('sha256', Buffer.from(token.slice(0, end)), key, signature)) next();
    else res.sendStatus(401);
  };
}

async function gate(trust, options = {}, verifierOptions = {}) {
  const verifier = createVerifier(trust, verifierOptions);
  await verifier.ready();
  return createGate({ verifier, ...options }).require(trust.required);
}

export function createVerifier({ issuer, audience, jwks, jwksUri }, options = {}) {
  return jwtVerifier({ issuer, audience, ...(jwksUri === undefined ? { jwks } : { jwksUri }), ...options });
}

/** Whether this scopegate remembers verified tokens. */
export function hasTokenCache(trust) {
  try {
    createVerifier(trust, { cache: false });
    return true;
  } catch (error) {
    if (error instanceof TypeError && error.message.includes('cache')) return false;
    throw error;
  }
}

/** One application for each client of the issuer's. */
async function grantEach(store, { clients, required }) {
  const context = { actor: {}, correlationId: 'bench' };
  const { value: environment } = await store.environments.create({ name: 'bench', type: 'SANDBOX' }, context);
  const at = { environmentId: environment.id };
  const { value: resource } = await store.resources.create(at, RESOURCE, context);
  const { value: scope } = await store.scopes.create({ ...at, resourceId: resource.id }, { name: required }, context);
  const grant = { resource: { id: resource.id }, scopes: [{ id: scope.id }] };
  for (const id of clients) {
    await store.applications.create(at, { ...applicationNamed(id), id }, context);
    await store.grants.create({ ...at, applicationId: id }, grant, context);
  }
}

const RESOURCE = {
  name: 'Reports',
  audience: 'https://reports.example',
  type: 'CUSTOM',
  accessTokenValiditySeconds: 3600,
  introspectEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  applicationPermissionsSettings: { claimEnabled: false },
  tags: [],
  secondaryAudiences: [],
};
