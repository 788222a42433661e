import type { GrantsHealth } from '../live/live-grants.js';
import type { GateSettings } from './gate-options.js';

/** How a gate is. It may name hosts: show it to operators, and the status of `ok` to everybody. */
export interface GateHealth {
  /** Whether a request with a token could be decided now. With `grantsUnavailable: 'trust-token'`, grants do not count. */
  readonly ok: boolean;
  readonly keys: KeysHealth;
  /** Absent without live grants. */
  readonly grants?: GrantsHealth | undefined;
}

/** How the keys of the issuer are; with several issuers, those of all together. */
export interface KeysHealth {
  /** Whether tokens can be verified. Keys that cannot be refreshed are good for `outageToleranceMs` more. */
  readonly ok: boolean;
  /** Milliseconds since the keys were fetched; absent where there are none, and with several issuers. */
  readonly ageMs?: number | undefined;
  /** A sentence while the keys cannot be refreshed. */
  readonly warning?: string | undefined;
  /** Why there are no keys. */
  readonly error?: string | undefined;
}

export async function readGateHealth({ verifier, grants, grantsUnavailable }: GateSettings): Promise<GateHealth> {
  const readingGrants = grants?.health?.();
  const error = await verifier.ready?.().then(() => undefined, String);
  const live = await readingGrants;
  const keys = { ok: !error, ageMs: verifier.keysAgeMs?.(), warning: verifier.warning?.(), error };
  return { ok: !error && (live?.ok !== false || grantsUnavailable === 'trust-token'), keys, grants: live };
}
