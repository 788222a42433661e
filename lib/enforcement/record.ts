import { findCoverage } from '../decision/decide.js';
import type { Coverage } from '../decision/decision.js';
import { isText } from '../options.js';
import type { CompiledRequirement, Requirement } from '../scope/requirement.js';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';
import { sanitize } from '../token/printable.js';
import type { Refusal, RefusalReason } from './refusal.js';

/** The decision about one request at one gate, for operators. It never holds the token. */
export interface DecisionRecord {
  /**
   * `permit`: the request passes. `deny`: refused because of the client. `outage`: refused because the verifier or the
   * grants are unavailable.
   */
  readonly outcome: 'permit' | 'deny' | 'outage';
  /**
   * `covered`: the scopes suffice. `authenticated`: the route requires none. `anonymous`: the request passes without a
   * token. `preflight`: it does as a CORS preflight. `report_only`: the scopes do not suffice, and are not enforced yet.
   */
  readonly reason: 'covered' | 'authenticated' | 'anonymous' | 'preflight' | 'report_only' | RefusalReason;
  /** Why the request would be refused without `reportOnly`, with `detail` and `sufficient` as in that refusal. */
  readonly wouldDeny?: RefusalReason;
  /** The status of a refusal. */
  readonly status?: number;
  /** A sentence about what differed, or what to do. It may name claims, but never the token; not for clients. */
  readonly detail?: string;
  /** What the route declares. */
  readonly required?: Requirement;
  /** The scopes of the verified token. */
  readonly held?: readonly string[];
  /** Each required scope that is covered, and the held scope that covers it. */
  readonly coverage?: readonly Coverage[];
  /** The scopes that would have been enough. */
  readonly sufficient?: readonly string[];
  /** `iss`, `client_id`, `sub` and `jti` of the verified token; shortened to 160 characters, without unprintable ones. */
  readonly issuer?: string;
  readonly client?: string;
  readonly subject?: string;
  readonly jti?: string;
  /** `aud` of the verified token, where it has one; each shortened in the same way. */
  readonly audience?: readonly string[];
  /** The same claims of a refused token, shortened in the same way. They are not verified. */
  readonly unverified?: RecordedClaims;
  /** Milliseconds spent on the decision, waiting for keys included. */
  readonly durationMs: number;
  /** A limitation under which the decision was made: keys that cannot be refreshed, or grants that were not checked. */
  readonly warning?: string;
  /** What the verifier or the store threw, for an outage. A verifier of your own must keep the token out of it. */
  readonly error?: unknown;
}

export type RecordedClaims = { readonly [claim in 'iss' | 'client_id' | 'sub' | 'jti']?: string };

/** What a record is built from. */
export interface DecisionFacts {
  readonly warning?: string | undefined;
  readonly accessToken: AccessToken | undefined;
  /** The scopes of the token that count, where not all of them do. */
  readonly scopes?: ScopeSet | undefined;
  readonly refusal: Refusal | undefined;
  /** The refusal that `reportOnly` has prevented. */
  readonly wouldDeny?: Refusal | undefined;
  /** Whether the request passes without a token, as a CORS preflight. */
  readonly isPreflight?: boolean;
  readonly required: CompiledRequirement | undefined;
  readonly durationMs: number;
}

type Draft = { -readonly [member in keyof DecisionRecord]: DecisionRecord[member] };

/** Built on every request, hence by assignment: spreads and lists of entries take several times as long. */
export function decisionRecord(facts: DecisionFacts): DecisionRecord {
  const { accessToken, refusal, required, warning } = facts;
  const record = refusal ? refused(refusal, facts) : permitted(facts);
  if (required) record.required = required.source;
  if (accessToken) {
    record.held = accessToken.scopes.toJSON();
    if (required) record.coverage = findCoverage(facts.scopes ?? accessToken.scopes, required);
    addVerifiedClaims(record, accessToken.payload);
  }
  if (warning !== undefined) record.warning = warning;
  return record;
}

function permitted(facts: DecisionFacts): Draft {
  const { durationMs, wouldDeny } = facts;
  if (wouldDeny === undefined) return { outcome: 'permit', reason: permitReason(facts), durationMs };
  const { status, ...record } = refused(wouldDeny, facts);
  return { ...record, outcome: 'permit', reason: 'report_only', wouldDeny: wouldDeny.reason };
}

function permitReason({ accessToken, required, isPreflight }: DecisionFacts): DecisionRecord['reason'] {
  if (!accessToken) return isPreflight ? 'preflight' : 'anonymous';
  return required ? 'covered' : 'authenticated';
}

function refused(refusal: Refusal, { durationMs }: DecisionFacts): Draft {
  const { reason, kind, detail, scope, cause, unverified } = refusal;
  const record: Draft = {
    outcome: kind.status === 503 ? 'outage' : 'deny',
    reason,
    durationMs,
    status: kind.status,
    detail: safeDetail(detail) ?? kind.description,
  };
  if (scope) record.sufficient = scope;
  if (unverified) record.unverified = recordedClaims(unverified);
  if (cause !== undefined) record.error = cause;
  return record;
}

// The sentence may come from a verifier of the application. If it throws, the record is made without it.
function safeDetail(detail: Refusal['detail']): string | undefined {
  try {
    return detail?.();
  } catch {
    return undefined;
  }
}

function addVerifiedClaims(record: Draft, { iss, client_id, sub, jti, aud }: AccessToken['payload']): void {
  if (typeof iss === 'string') record.issuer = sanitize(iss);
  if (typeof client_id === 'string') record.client = sanitize(client_id);
  if (typeof sub === 'string') record.subject = sanitize(sub);
  if (typeof jti === 'string') record.jti = sanitize(jti);
  if (aud !== undefined) record.audience = recordedAudience(aud);
}

/** A loop: `filter` and `map` take microseconds for a frozen array, such as `aud` of a cached token. */
function recordedAudience(aud: unknown): readonly string[] {
  const recorded: string[] = [];
  for (const each of Array.isArray(aud) ? aud : [aud]) if (isText(each)) recorded.push(sanitize(each));
  return recorded;
}

function recordedClaims({ iss, client_id, sub, jti }: Readonly<Record<string, unknown>>): RecordedClaims {
  const claims: { -readonly [claim in keyof RecordedClaims]: string } = {};
  if (typeof iss === 'string') claims.iss = sanitize(iss);
  if (typeof client_id === 'string') claims.client_id = sanitize(client_id);
  if (typeof sub === 'string') claims.sub = sanitize(sub);
  if (typeof jti === 'string') claims.jti = sanitize(jti);
  return claims;
}
