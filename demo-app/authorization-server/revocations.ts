import type { ApplicationStatus } from 'scopegate';
import type { Registry } from './clients.js';
import { available } from './outage.js';

/** The parts of a code or refresh token that count here; `iat` in seconds since the epoch. */
interface Issued {
  readonly clientId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly iat: number;
}

/**
 * Whether the admin API revoked what was issued to the application, or to this person through it, after this was issued
 * (`POST …/revocations`): what a live gate checks for an access token. One of the same second is void too.
 */
export async function isVoid({ store }: Registry, issued: Issued): Promise<boolean> {
  return wasVoided(await available(store.applicationStatus(issued.clientId ?? '')), issued);
}

/** Whether it can be used now: it is not void, and its application is not disabled. */
export async function isActive({ store }: Registry, issued: Issued): Promise<boolean> {
  const status = await available(store.applicationStatus(issued.clientId ?? ''));
  return status.state === 'enabled' && !wasVoided(status, issued);
}

function wasVoided({ notBefore = 0, subjectsNotBefore }: ApplicationStatus, { accountId = '', iat }: Issued): boolean {
  return iat * 1000 < Math.max(notBefore, subjectsNotBefore.get(accountId) ?? 0);
}
