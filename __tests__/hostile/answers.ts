import { isDeepStrictEqual } from 'node:util';
import type { DecisionRecord } from 'scopegate';
import { problemDetails } from '../../lib/enforcement/problem-details.js';
import { REFUSALS, Refusal, type RefusalReason } from '../../lib/enforcement/refusal.js';
import { parseChallenges } from '../enforcement/challenge-parser.js';
import { DECLARED } from './targets.js';
import type { Answer } from './wire.js';

/** What is wrong, in words. Lists, since an expectation for each detail of each answer would take most of the time. */
export type Faults = readonly string[];

function faults(checks: Readonly<Record<string, boolean>>): Faults {
  return Object.keys(checks).filter((what) => !checks[what]);
}

/** The reason that a refusal gives. */
export function reasonIn({ body }: Answer): RefusalReason | undefined {
  const { reason } = JSON.parse(body.startsWith('{') ? body : '{}');
  return Object.hasOwn(REFUSALS, reason) ? reason : undefined;
}

/** The header fields of a refusal, and no others: whatever else came would have been injected. */
const FIELDS = ['cache-control', 'connection', 'content-length', 'content-type', 'date'];

/**
 * A refusal says its reason and nothing else: head and body are the constants of that reason, well-formed, so that
 * nothing of the request and nothing of the inside can be in them.
 */
export function faultsOfRefusal(answer: Answer, reason: RefusalReason, schemes: readonly string[]): Faults {
  const { status } = REFUSALS[reason];
  const body = JSON.parse(answer.body);
  const scope: string | undefined = body.required_scope;
  const refusal = new Refusal(reason, scope === undefined ? {} : { scope: [scope] });
  const names = answer.headers.map(([name]) => name);
  const fields = Object.fromEntries(answer.headers);
  const isOutage = status === 503;
  const more = isOutage ? 'retry-after' : 'www-authenticate';
  return faults({
    status: answer.status === status,
    body: isDeepStrictEqual(body, problemDetails(refusal)),
    scope: scope === undefined || DECLARED.includes(scope),
    'header fields': isDeepStrictEqual(names.toSorted(), [...FIELDS, more].toSorted()),
    'Cache-Control': fields['cache-control'] === 'no-store',
    'Content-Type': fields['content-type'] === 'application/problem+json',
    'Retry-After': !isOutage || /^[1-9]\d?$/.test(fields['retry-after'] ?? ''),
    challenge: isOutage || isChallenge(fields['www-authenticate'], schemes, refusal),
  });
}

/** One challenge for each scheme, the error in one of them (RFC 6750 §3, RFC 9449 §7.1). */
function isChallenge(value: string | undefined, schemes: readonly string[], { kind, scope }: Refusal): boolean {
  const challenges = parseChallenges(value);
  const said = challenges.map(({ scheme, parameters: { realm, algs, ...rest } }) => {
    return { scheme, isComplete: realm === 'api' && (algs !== undefined) === (scheme === 'DPoP'), rest };
  });
  const { error, description: error_description } = kind;
  const details = said.map(({ rest }) => rest).filter((rest) => Object.keys(rest).length > 0);
  const expected = { error, error_description, ...(scope !== undefined && { scope: scope.join(' ') }) };
  return (
    isDeepStrictEqual(
      said.map(({ scheme }) => scheme),
      schemes,
    ) &&
    said.every(({ isComplete }) => isComplete) &&
    isDeepStrictEqual(
      details.map((rest) => ({ ...rest })),
      error === undefined ? [] : [expected],
    )
  );
}

/** What Node's own parser answers: a status, and nothing that an application could have said. */
export function faultsOfParser({ status, closes, body, headers }: Answer, expected: number): Faults {
  return faults({
    status: status === expected,
    'end of the connection': closes,
    'body and header fields': body === '' && isDeepStrictEqual(headers, [['connection', 'close']]),
  });
}

/** Stacks, file names, messages of engines and libraries. */
const INNER =
  /\bat .+:\d+|node_modules|node:|\.[jt]s\b|[Ee]rror:|OpenSSL|ERR_|[Uu]nexpected|JSON at|zod|jose|JWS|JWK|127\.0\.0\.1/;

/** A request, and what of it is long enough to be recognised elsewhere: parts of tokens, parameters, marks. */
export interface Sent {
  readonly request: string;
  readonly pieces: readonly string[];
  /** Parts of tokens. */
  readonly parts: readonly string[];
}

export function sent(request: string): Sent {
  const values = request.replace(/^[A-Za-z-]+:|\bAuthorization\b/gm, '');
  const words = values.match(/[A-Za-z0-9_-]{12,}/g) ?? [];
  const pieces = [...new Set(words.map((word) => word.slice(0, 64)))];
  return { request, pieces, parts: pieces.filter(({ length }) => length >= 40) };
}

/** What of the request, and of the inside, came back. */
export function echoIn({ text }: Answer, { pieces }: Sent): Faults {
  return [...pieces.filter((piece) => text.includes(piece)), ...(INNER.exec(text) ?? [])];
}

/** The observer is told the reason, once, and nothing of the token. */
export function faultsOfRecords(records: readonly DecisionRecord[], reason: RefusalReason, { parts }: Sent): Faults {
  const told = JSON.stringify(records);
  return faults({
    'one record': records.length === 1,
    'the reason on record': records[0]?.reason === reason,
    'no token on record': !parts.some((part) => told.includes(part)),
  });
}
