import type { DecisionRecord } from 'scopegate';
import { cutSecrets, exchange } from './exchange.js';
import type { Call, Exchange, ShownRecord } from './outcome.js';

/** A call, uncut, with the whole record of the decision about it. */
export interface WatchedCall {
  readonly exchange: Exchange;
  readonly record: DecisionRecord | undefined;
  /** Milliseconds since the epoch, when the record came. */
  readonly decidedAt: number;
}

export interface WatchedCalls {
  /** Calls `GET /live/reports` of the demo with this access token. */
  call(accessToken: string): Promise<WatchedCall>;
  /** Takes each decision record of the gate; what nobody waits for is dropped. */
  observe(record: DecisionRecord): void;
}

/** Calls of the demo's API, each with the record that the gate made of it: found by the `jti` of its token. */
export function watchCalls(url: string): WatchedCalls {
  const waiting = new Map<string, (record: DecisionRecord) => void>();
  return {
    async call(accessToken) {
      const jti = readJti(accessToken);
      let record: DecisionRecord | undefined;
      let decidedAt = 0;
      waiting.set(jti, (made) => {
        record = made;
        decidedAt = Date.now();
      });
      try {
        const headers = { Authorization: `Bearer ${accessToken}`, Accept: 'application/json' };
        const both = await exchange({ method: 'GET', url: new URL('/live/reports', url), headers });
        return { exchange: both, record, decidedAt: decidedAt || Date.now() };
      } finally {
        waiting.delete(jti);
      }
    },
    observe(record) {
      waiting.get(record.jti ?? record.unverified?.jti ?? '')?.(record);
    },
  };
}

/** A call as the page gets it. `changedAt` is the moment of the last change, in milliseconds since the epoch. */
export function showCall(call: WatchedCall, accessToken: string, changedAt: number | undefined): Call {
  return {
    exchange: cutSecrets(call.exchange, [accessToken]),
    ...(call.record && { record: showRecord(call.record) }),
    ...(changedAt !== undefined && { sinceChangeMs: Math.max(0, call.decidedAt - changedAt) }),
  };
}

function showRecord({ outcome, reason, detail, coverage = [] }: DecisionRecord): ShownRecord {
  return { outcome, reason, detail, coverage };
}

/** Unverified: it only says which record belongs to the call. */
function readJti(accessToken: string): string {
  try {
    const payload = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return String(payload?.jti);
  } catch {
    return '';
  }
}
