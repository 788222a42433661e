import express, { type Router } from 'express';
import type { GrantStore } from 'scopegate/admin';
import { openRecords } from './authorization-server/records.js';
import { badTokens } from './bad-tokens.js';
import { ensureBeginning, type Shown } from './first-start.js';
import { signedIn } from './signed-in.js';

export interface LocalAuthorizationServerOptions {
  /** The address of the server that it is mounted on. */
  readonly url: string;
  readonly tenant: string;
  readonly database: string;
  readonly store: GrantStore;
  readonly environmentId: string;
  readonly onError: (error: unknown) => void;
}

export interface LocalAuthorizationServer {
  readonly issuer: string;
  readonly shown: Shown;
}

/** The authorization server with what only a demo has: what it begins with, bad tokens, a page at the redirect URI. */
export async function openLocalAuthorizationServer(
  options: LocalAuthorizationServerOptions,
): Promise<LocalAuthorizationServer & { readonly router: Router; close(): Promise<void> }> {
  const { url, tenant, database } = options;
  const { issuerAt, openAuthorizationServer } = await withoutWarning(
    () => import('./authorization-server/authorization-server.js'),
  );
  const records = await openRecords(database);
  try {
    const shown = await ensureBeginning(options, records);
    const opened = await openAuthorizationServer({ ...options, records });
    const issuer = issuerAt(url);
    const router = express.Router();
    router.use(badTokens({ issuer, tenant, signingKey: opened.signingKey }), signedIn(shown), opened.router);
    return {
      issuer,
      shown,
      router,
      async close() {
        opened.close();
        await records.close();
      },
    };
  } catch (error) {
    await records.close();
    throw error;
  }
}

/** `oidc-provider` warns of Node 20 when it is loaded. What is used of it here is tested with Node 20. */
async function withoutWarning<T>(load: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = (...words) => {
    if (!String(words[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...words);
  };
  try {
    return await load();
  } finally {
    console.warn = warn;
  }
}
