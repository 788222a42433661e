import express, { type Router } from 'express';
import type { GrantStore } from 'scopegate/admin';
import { consoleRouter } from 'scopegate/console';
import { openRecords } from './authorization-server/records.js';
import { badTokens } from './bad-tokens.js';
import { ensureBeginning, type Shown } from './first-start.js';
import { type FrontDoor, openFrontDoor } from './front-door/front-door.js';
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
  /** Takes each decision record of the gate, for the front door. */
  readonly observe: FrontDoor['observe'];
}

/** The authorization server with what only a demo has: what it begins with, bad tokens, its pages. */
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
    const opened = await openAuthorizationServer({ ...options, records, credentials: shown });
    const issuer = issuerAt(url);
    const router = express.Router();
    const frontDoor = openFrontDoor({ ...options, issuer, shown });
    router.use(badTokens({ issuer, tenant, signingKey: opened.signingKey }));
    const { path, ...client } = shown.console;
    router.use(path.replace(/\/$/, ''), consoleRouter({ api: '/v1', signIn: { issuer, ...client } }));
    router.use(signedIn(shown), frontDoor.router, opened.router);
    return {
      issuer,
      shown,
      observe: frontDoor.observe,
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
