import type { Request } from 'express';
import type { DecisionRecord } from 'scopegate';

/**
 * A decision record as one line. The route replaces the path, since a URL may hold a token; what came from outside
 * keeps no control characters.
 */
export function recordLine(record: DecisionRecord, req: Request): string {
  const { outcome, reason, status, detail, coverage = [], client, unverified, durationMs } = record;
  const covered = coverage.map(({ required, by }) => `${by} covers ${required}.`).join(' ');
  const caller = client ?? (unverified?.client_id && `unverified: ${unverified.client_id}`) ?? 'none';
  const parts = [
    outcome,
    status,
    reason,
    req.method,
    req.route.path,
    `client ${caller}`,
    `${durationMs.toFixed(1)} ms`,
  ];
  const line = `${parts.filter((part) => part !== undefined).join(' · ')}  ${detail ?? covered}`;
  return line.trimEnd().replace(/\p{C}/gu, '?');
}
