import { ACCOUNT_AUDIENCE } from '../../../lib/scope/grammar.js';
import type { RejectionReason } from '../../../lib/token/verifier.js';
import { NOW } from '../../support/tokens.js';
import { TENANT } from './differential-oracles.js';
import type { Mutation, Subject } from './mutations.js';

/** A rule by which scopegate refuses what both jose and jsonwebtoken accept. */
export interface StricterRule {
  /** Why. */
  readonly because: string;
  readonly reason: RejectionReason;
  /** Whether the rule concerns a token. */
  concerns(subject: Subject): boolean;
  /** What makes a good token one that the rule concerns. */
  readonly example: readonly Mutation[];
}

const set = (section: 'header' | 'payload', name: string, value: unknown): readonly Mutation[] => [
  { set: section, name, json: JSON.stringify(value) },
];

const isText = (value: unknown) => value === undefined || typeof value === 'string';
const isScopeClaim = (value: unknown) =>
  isText(value ?? undefined) || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
const isDate = (value: unknown) =>
  value === undefined || (typeof value === 'number' && value >= 0 && value < 253_402_300_800);

/** The one key that is published without "alg", used with another algorithm for RSA keys than the first of them. */
const isOtherUse = (key: string, alg: unknown) => key === 'RS256' && alg !== 'RS256' && /^[RP]S/.test(String(alg));

/** Every difference there may be. A refusal that no rule here explains is a defect of scopegate's, or a rule forgotten. */
export const STRICTER: readonly StricterRule[] = [
  {
    because: 'a member that stands twice may be read one way here and another way there (RFC 7515 §4, RFC 7519 §4)',
    reason: 'token_malformed',
    concerns: ({ repeated }) => repeated,
    example: [{ repeat: 'payload', name: 'sub', json: '"admin"', first: true }],
  },
  {
    because: 'bytes have one spelling, so that the text of a token cannot be varied at will (RFC 4648 §3.5)',
    reason: 'token_malformed',
    concerns: ({ token }) =>
      token.split('.').some((each) => Buffer.from(each, 'base64url').toString('base64url') !== each),
    example: [{ respell: 2 }],
  },
  {
    because: 'JSON has no byte order mark (RFC 8259 §8.1); jose skips one',
    reason: 'token_malformed',
    concerns: ({ token }) =>
      token.split('.').some((each) => Buffer.from(each, 'base64url').toString().startsWith('\ufeff')),
    example: [{ prefix: 'payload', text: '\ufeff' }],
  },
  {
    because: 'what nobody has verified yet is read up to a length only (RFC 8725 §3.11 and Oracle’s own limit)',
    reason: 'token_malformed',
    concerns: ({ token }) => token.length > 131_072,
    example: set('payload', 'groups', 'x'.repeat(100_000)),
  },
  {
    because:
      'a member that asks for processing which does not happen changes what the token means (RFC 7519 §5.2, RFC 7797)',
    reason: 'header_unsupported',
    concerns: ({ header }) => ['crit', 'b64', 'zip', 'enc', 'cty'].some((member) => Object.hasOwn(header, member)),
    example: set('header', 'cty', 'JWT'),
  },
  {
    because: 'explicit typing tells access tokens from other kinds (RFC 8725 §3.11)',
    reason: 'type_not_allowed',
    concerns: ({ header }) => header.typ !== undefined && !/^(?:application\/)?(?:at\+)?jwt$/i.test(String(header.typ)),
    example: set('header', 'typ', 'dpop+jwt'),
  },
  {
    because: 'an access token expires (RFC 9068 §2.2)',
    reason: 'claim_missing',
    concerns: ({ payload }) => payload.exp === undefined,
    example: [{ leaveOut: 'payload', name: 'exp' }],
  },
  {
    because:
      'registered claims have the types that their standards give them (RFC 7519 §4.1, RFC 8693 §4, RFC 9068 §2.2)',
    reason: 'claim_malformed',
    concerns: ({ payload }) =>
      ['iss', 'sub', 'jti', 'client_id'].some((claim) => !isText(payload[claim])) ||
      !isScopeClaim(payload.scope ?? payload.scp) ||
      [payload.aud].flat().some((audience) => typeof audience !== 'string'),
    example: set('payload', 'scope', { read: true }),
  },
  {
    because: 'an audience may have to be decoded before anybody has vouched for it, so that 64 are read at most',
    reason: 'claim_malformed',
    concerns: ({ payload }) => Array.isArray(payload.aud) && payload.aud.length > 64,
    example: set('payload', 'aud', Array(65).fill(ACCOUNT_AUDIENCE)),
  },
  {
    because: 'a date before 1970 or after 9999 is milliseconds, or nonsense (RFC 7519 §2)',
    reason: 'claim_malformed',
    concerns: ({ payload }) => ['exp', 'nbf', 'iat'].some((claim) => !isDate(payload[claim])),
    example: set('payload', 'exp', (NOW + 60) * 1000),
  },
  {
    because: 'issuer and audience are the same for every customer of Oracle’s; the tenant binds the token',
    reason: 'tenant_mismatch',
    concerns: ({ payload }) => payload.tenant !== TENANT,
    example: set('payload', 'tenant', 'idcs-2'),
  },
  {
    because: 'a token issued in the future was issued by a clock that is wrong, or by nobody',
    reason: 'token_not_yet_valid',
    concerns: ({ payload }) => Number(payload.iat) > NOW + 5,
    example: set('payload', 'iat', NOW + 60),
  },
  {
    because: 'ID, refresh and logout tokens and proofs are no access tokens (RFC 8725 §3.12)',
    reason: 'not_an_access_token',
    concerns: ({ payload }) =>
      ['nonce', 'at_hash', 'c_hash', 's_hash'].some((claim) => Object.hasOwn(payload, claim)) ||
      (typeof payload.tok_type === 'string' && payload.tok_type !== 'AT') ||
      typeof payload.token_use === 'string' ||
      ['ID', 'Refresh', 'Offline', 'Logout', 'Serialized-ID'].includes(payload.typ as string) ||
      Object.hasOwn(payload, 'events'),
    example: set('payload', 'tok_type', 'IT'),
  },
  {
    because: 'a bound token without its proof is as good as stolen (RFC 9449 §7.2, RFC 8705 §3)',
    reason: 'sender_constrained',
    concerns: ({ payload }) => Object.hasOwn(payload, 'cnf'),
    example: set('payload', 'cnf', { jkt: 'a' }),
  },
  {
    because: 'a key is used with one algorithm, also where its issuer does not say which (RFC 8725 §3.1)',
    reason: 'key_unknown',
    concerns: ({ key, header }) => isOtherUse(key, header.alg) && header.kid !== undefined,
    example: [{ signAs: 'PS256' }],
  },
  {
    because: 'a key is used with one algorithm, also where the token does not say which key (RFC 8725 §3.1)',
    reason: 'signature_invalid',
    concerns: ({ key, header }) => isOtherUse(key, header.alg) && header.kid === undefined,
    example: [{ signAs: 'PS256' }, { leaveOut: 'header', name: 'kid' }],
  },
];
