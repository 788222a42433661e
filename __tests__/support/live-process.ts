import { writeSync } from 'node:fs';
import type { GrantStore } from 'scopegate/admin';
import { type LiveGrants, liveGrants } from '../../lib/live/live-grants.js';
import { scopeSet } from '../../lib/scope/scope-set.js';
import type { TestDatabase } from './stores.js';

/**
 * For a child process, opened by `store-process.ts` as if it were a store: it checks one token with live grants, closes
 * what it is told to, and says on stderr with which code it ends.
 */
export interface LiveProcessOptions {
  readonly opening: TestDatabase['opening'];
  readonly applicationId: string;
  readonly close: readonly ('live grants' | 'store')[];
}

export async function checkOnce({ opening, applicationId, close }: LiveProcessOptions) {
  process.on('exit', (code) => writeSync(2, `${verdict}, exit ${code}`));
  const store: GrantStore = await (await import(opening.entry))[opening.creator](opening.options);
  const live: LiveGrants = liveGrants({ source: store });
  const token = { payload: { client_id: applicationId }, scopes: scopeSet('a') };
  const checked = await live.check(token);
  const verdict = JSON.stringify('scopes' in checked ? { scopes: checked.scopes } : checked);
  if (close.includes('live grants')) live.close();
  if (close.includes('store')) await store.close();
  return { close: async () => undefined };
}
