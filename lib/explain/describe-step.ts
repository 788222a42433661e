import { findCoverage } from '../decision/decide.js';
import type { GateRequest } from '../enforcement/gate-request.js';
import { DONE, type Step, type StepResult } from '../enforcement/run-steps.js';
import {
  checkLiveGrants,
  readCredentials,
  requireOwner,
  requireScopes,
  requireUserAuthentication,
  verifyToken,
} from '../enforcement/steps.js';
import { getScopeModel } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';
import { quoteForLog, summarizeList } from '../token/printable.js';
import type { ExplainedStep, StepName } from './explanation.js';

interface StepKind {
  readonly name: StepName;
  readonly rule: string;
  /** Whether the step has something to check. */
  readonly applies: (request: GateRequest) => boolean;
  /** What it found, of a request that passes it. */
  readonly describe: (request: GateRequest) => string;
  /** Why it has nothing to check. */
  readonly skipped: string;
}

const KINDS: ReadonlyMap<Step, StepKind> = new Map<Step, StepKind>([
  [
    readCredentials,
    {
      name: 'readCredentials',
      rule: 'One token, in the Authorization header (RFC 6750 §2.1, RFC 9110 §11.4).',
      applies: ({ accessToken }) => accessToken === undefined,
      describe: ({ credentials }) => `The request has a token with the scheme ${credentials?.scheme}.`,
      skipped: 'No request was given: the scopes are assumed.',
    },
  ],
  [
    verifyToken,
    {
      name: 'verifyToken',
      rule: 'The token is genuine, current and meant for this API (RFC 9068 §4, RFC 8725).',
      applies: ({ accessToken }) => accessToken === undefined,
      describe: ({ accessToken }) => describeToken(accessToken as AccessToken),
      skipped: 'No token was verified: the scopes are assumed.',
    },
  ],
  [
    checkLiveGrants,
    {
      name: 'checkLiveGrants',
      rule: 'A token does only what its application is granted now, for the audience of the token.',
      applies: ({ rules }) => rules.grants !== undefined,
      describe: describeGrants,
      skipped: 'There are no live grants: the token alone decides.',
    },
  ],
  [
    requireScopes,
    {
      name: 'requireScopes',
      rule: 'The scopes that count cover what the route requires (RFC 6750 §3.1).',
      applies: ({ policy }) => policy.required !== undefined,
      describe: describeScopes,
      skipped: 'The route requires no scope.',
    },
  ],
  [
    requireOwner,
    {
      name: 'requireOwner',
      rule: 'A self scope opens the record of the caller only.',
      applies: ({ policy }) => policy.acceptsSelfScope,
      describe: ({ isOwner }) =>
        isOwner ? 'The record is the caller’s own.' : 'The scopes that are no self scopes suffice.',
      skipped: 'No self scope would suffice here.',
    },
  ],
  [
    requireUserAuthentication,
    {
      name: 'requireUserAuthentication',
      rule: 'The user authenticated as strongly and as recently as the route requires (RFC 9470 §3).',
      applies: ({ policy }) => policy.authentication !== undefined,
      describe: () => 'The authentication of the user suffices.',
      skipped: 'The route requires no particular authentication of the user.',
    },
  ],
]);

/** What came of one step. */
export function describeStep(step: Step, request: GateRequest, result: StepResult): ExplainedStep {
  const { name, rule, applies, describe, skipped } = findKind(step);
  if (typeof result === 'object') {
    const outcome = result.kind.status === 503 ? 'unavailable' : 'refused';
    return { step: name, outcome, rule, detail: readDetail(result.detail) ?? result.kind.description };
  }
  if (result === DONE) return { step: name, outcome: 'passed', rule, detail: 'The request passes without a token.' };
  // What readCredentials and verifyToken check is there after them, and is not after a run that began with a token.
  const ran = name === 'readCredentials' || name === 'verifyToken' || applies(request);
  return { step: name, outcome: ran ? 'passed' : 'skipped', rule, detail: ran ? describe(request) : skipped };
}

/** A step that was not run: because an earlier one decided, or because there is no token to read. */
export function describeOmitted(step: Step, outcome: 'skipped' | 'not_reached'): ExplainedStep {
  const { name, rule, skipped } = findKind(step);
  return { step: name, outcome, rule, detail: outcome === 'skipped' ? skipped : 'An earlier step has decided.' };
}

function findKind(step: Step): StepKind {
  const kind = KINDS.get(step);
  if (kind === undefined) throw new TypeError('This step has no explanation.');
  return kind;
}

// The sentence may come from a verifier of the application.
function readDetail(detail: (() => string) | undefined): string | undefined {
  try {
    return detail?.();
  } catch {
    return undefined;
  }
}

function describeToken({ payload, scopes }: AccessToken): string {
  const { iss, client_id: client, sub } = payload;
  const names = Object.entries({ iss, client_id: client, sub }).filter(([, value]) => value !== undefined);
  const claims = names.map(([name, value]) => `${name} ${quoteForLog(value)}`).join(', ');
  return `The verifier accepts the token${claims && ` of ${claims}`}. It holds ${list([...scopes])}.`;
}

function describeGrants({ accessToken, granted, permission, warning }: GateRequest): string {
  if (permission === undefined) return warning ?? 'The grants were not checked.';
  if (permission.granted === undefined) return 'The application is not known, and such tokens are trusted.';
  const counting = granted ?? (accessToken as AccessToken).scopes;
  return `The application is granted ${list([...permission.granted])}. Of the token, ${list([...counting])} counts.`;
}

function describeScopes({ accessToken, granted, policy }: GateRequest): string {
  if (policy.required === undefined) return '';
  const counting = granted ?? (accessToken as AccessToken).scopes;
  const rows = findCoverage(counting, policy.required).map(({ required, by }) =>
    required === by ? `${required} is held` : `${by} covers ${required}`,
  );
  return `${rows.join('; ')} (${getScopeModel(counting).name}).`;
}

function list(scopes: readonly string[]): string {
  return scopes.length === 0 ? 'no scope' : summarizeList(scopes, String);
}
