import { randomBytes } from 'node:crypto';
import express, { type Router } from 'express';
import { adapterOn } from './adapter.js';
import { readAllPages } from './all-pages.js';
import { findClient, type Registry } from './clients.js';
import { now } from './clock.js';
import { interactions } from './interactions.js';
import { ensureKey, publicKey, readKeys, type SigningKey, watchKeys } from './keys.js';
import type { DemoCredentials } from './pages.js';
import { createProvider } from './provider.js';
import type { Records } from './records.js';
import { isUser } from './users.js';

export interface AuthorizationServerOptions extends Registry {
  /** The address of the server that it is mounted on; the issuer is `/oauth2` below it. */
  readonly url: string;
  /** The `tenant` claim of its tokens. */
  readonly tenant: string;
  /** Where users, sessions, codes, refresh tokens and keys are stored. It is not closed here. */
  readonly records: Records;
  /** Shown on the sign-in page, as only a demo does. */
  readonly credentials?: DemoCredentials | undefined;
  readonly onError: (error: unknown) => void;
}

export interface AuthorizationServer {
  readonly router: Router;
  /** The key that signs now. */
  readonly signingKey: () => SigningKey;
  close(): void;
}

const ISSUER_PATH = '/oauth2';

/** The issuer of the authorization server that runs at `url`. */
export function issuerAt(url: string): string {
  return `${url}${ISSUER_PATH}`;
}

/** How often expired records are deleted, in milliseconds. */
const CLEANING = 10 * 60 * 1000;

/** Opens the authorization server for the applications of one environment; creates its keys on first start. */
export async function openAuthorizationServer(options: AuthorizationServerOptions): Promise<AuthorizationServer> {
  const { url, records, onError } = options;
  await ensureKey(records);
  const providerWith = await prepareProviders(options);

  // A provider gets its keys at creation. Requests in progress end with the provider that they began with.
  let keys = await readKeys(records);
  let provider = providerWith(keys);
  let handle = provider.callback();
  await records.removeExpired(now());
  const stopWatching = watchKeys(records, keys, replace, onError);
  function replace(newer: readonly SigningKey[]): void {
    keys = newer;
    provider = providerWith(keys);
    handle = provider.callback();
  }

  const cleaning = setInterval(() => records.removeExpired(now()).catch(onError), CLEANING).unref();
  const describe = () => describeScopes(options);
  const router = express.Router();
  router.get('/admin/v1/SigningCert/jwk', (_req, res) => {
    res.json({ keys: keys.map(publicKey) }); // where an OCI IAM domain has them
  });
  router.use(
    ISSUER_PATH,
    interactions({ ...options, provider: () => provider, origin: url, describeScopes: describe }),
  );
  router.use(ISSUER_PATH, (req, res) => {
    handle(req, res).catch(onError);
  });
  return {
    router,
    signingKey: () => keys[0] as SigningKey,
    close() {
      stopWatching();
      clearInterval(cleaning);
    },
  };
}

/** Reads what the providers have in common, and returns what creates one with its keys. */
async function prepareProviders(options: AuthorizationServerOptions) {
  const { url, records } = options;
  const newCookieKeys = { keys: [randomBytes(32).toString('base64url')] };
  const { keys: cookieKeys } = await records.keep('CookieKeys', '1', newCookieKeys);
  return (keys: readonly SigningKey[]) =>
    createProvider({
      ...options,
      issuer: issuerAt(url),
      keys,
      cookieKeys: cookieKeys as string[],
      adapter: adapterOn(records, (id) => findClient(options, id)),
      isUser: (name) => isUser(records, name),
    });
}

/** The descriptions of scopes by their names, for the consent page. */
async function describeScopes({ store, environmentId }: Registry) {
  const scopes = await readAllPages((page) => store.scopes.list({ environmentId }, page));
  return new Map(scopes.flatMap(({ name, description }) => (description ? [[name, description] as const] : [])));
}
