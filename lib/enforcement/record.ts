import { decideCompiled } from '../decision/decide.js';
import type { Coverage } from '../decision/decision.js';
import type { CompiledRequirement, Requirement } from '../scope/requirement.js';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';
import { sanitize } from '../token/printable.js';
import type { Refusal, RefusalReason } from './refusal.js';

/** What came of one request at one gate, for operators. It never holds the token. */
export interface DecisionRecord {
  /** `permit`: let through. `deny`: refused, the client's to mend. `outage`: refused because the verifier, or the store of the grants, cannot tell. */
  readonly outcome: 'permit' | 'deny' | 'outage';
  /** `covered`: the scopes suffice. `authenticated`: the route asks for none. `anonymous`: let through without a token. */
  readonly reason: 'covered' | 'authenticated' | 'anonymous' | RefusalReason;
  /** The status of a refusal. */
  readonly status?: number;
  /** A sentence that says what differed, or what to do about it. May name claims, never the token; not for clients. */
  readonly detail?: string;
  /** What the route declares. */
  readonly required?: Requirement;
  /** The scopes of the verified token. */
  readonly held?: readonly string[];
  /** Each required scope that is covered, and the held scope that covers it. */
  readonly coverage?: readonly Coverage[];
  /** The scopes that would have been enough. */
  readonly sufficient?: readonly string[];
  /** `iss`, `client_id`, `sub` and `jti` of the verified token; cut to 160 characters, without unseen ones. */
  readonly issuer?: string;
  readonly client?: string;
  readonly subject?: string;
  readonly jti?: string;
  /** The same claims of a refused token, cut alike: anybody can have written them. */
  readonly unverified?: RecordedClaims;
  /** Milliseconds spent on the decision, waiting for keys included. */
  readonly durationMs: number;
  /** What operators should know of a decision all the same: that keys are used which cannot be renewed, or grants were not asked. */
  readonly warning?: string;
  /** What the verifier or the store threw, for an outage. A verifier of your own must keep the token out of it. */
  readonly error?: unknown;
}

export type RecordedClaims = { readonly [claim in 'iss' | 'client_id' | 'sub' | 'jti']?: string };

/** What is known when a record is built. */
export interface DecisionFacts {
  readonly warning?: string | undefined;
  readonly accessToken: AccessToken | undefined;
  /** What of its scopes counts, where that is not all of them. */
  readonly scopes?: ScopeSet | undefined;
  readonly refusal: Refusal | undefined;
  readonly required: CompiledRequirement | undefined;
  readonly durationMs: number;
}

export function decisionRecord({
  accessToken,
  scopes,
  refusal,
  required,
  durationMs,
  warning,
}: DecisionFacts): DecisionRecord {
  return {
    ...(refusal === undefined ? permitted(accessToken, required) : refused(refusal)),
    ...(required !== undefined && { required: required.source }),
    ...(accessToken !== undefined && verified(accessToken, scopes, required)),
    ...(warning !== undefined && { warning }),
    durationMs,
  };
}

function permitted(accessToken: AccessToken | undefined, required: CompiledRequirement | undefined) {
  const reason = accessToken === undefined ? 'anonymous' : required === undefined ? 'authenticated' : 'covered';
  return { outcome: 'permit', reason } as const;
}

function refused({ reason, kind, detail, scope, cause, unverified }: Refusal) {
  return {
    outcome: kind.status === 503 ? 'outage' : 'deny',
    reason,
    status: kind.status,
    detail: safeDetail(detail) ?? kind.description,
    ...(scope !== undefined && { sufficient: scope }),
    ...(unverified !== undefined && { unverified: recordedClaims(unverified) }),
    ...(cause !== undefined && { error: cause }),
  } as const;
}

// The sentence may be by a verifier of somebody else's, about a token of anybody's: its failure must not cost the record.
function safeDetail(detail: Refusal['detail']): string | undefined {
  try {
    return detail?.();
  } catch {
    return undefined;
  }
}

function verified(
  { payload, scopes }: AccessToken,
  counting: ScopeSet = scopes,
  required: CompiledRequirement | undefined,
) {
  return {
    held: [...scopes],
    ...(required !== undefined && { coverage: decideCompiled(counting, required).coverage }),
    ...renamed(recordedClaims(payload)),
  };
}

function renamed({ iss, client_id: client, sub, jti }: RecordedClaims) {
  return {
    ...(iss !== undefined && { issuer: iss }),
    ...(client !== undefined && { client }),
    ...(sub !== undefined && { subject: sub }),
    ...(jti !== undefined && { jti }),
  };
}

const RECORDED_CLAIMS = ['iss', 'client_id', 'sub', 'jti'] as const;

function recordedClaims(claims: Readonly<Record<string, unknown>>): RecordedClaims {
  const stated = RECORDED_CLAIMS.map((claim) => [claim, claims[claim]] as const);
  return Object.fromEntries(
    stated.flatMap(([claim, value]) => (typeof value === 'string' ? [[claim, sanitize(value)]] : [])),
  );
}
