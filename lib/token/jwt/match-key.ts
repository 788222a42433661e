import type { JwtHeader } from '../access-token.js';
import type { VerificationKey } from '../keys/jwk.js';
import { type Candidates, type JwkSet, matchCertificate } from '../keys/jwk-set.js';
import { quoteForLog } from '../printable.js';
import type { Rejection } from '../verifier.js';
import { verifySignature } from './algorithms.js';
import type { UnverifiedJwt } from './decode.js';

/** No key of a set verifies a token. */
interface NoMatch {
  readonly ok: false;
  readonly rejection: Rejection;
  /** Whether newer keys could lead to another result. */
  readonly mayResolveWithNewerKeys: boolean;
}

/** Finds the key that the token was signed with, or why there is none. */
export function matchKey(
  jwt: UnverifiedJwt,
  jwks: JwkSet,
): { readonly ok: true; readonly key: VerificationKey } | NoMatch {
  const { header, payload, signingInput, signature } = jwt;
  const candidates = jwks.findCandidates(header);
  for (const key of candidates.keys) {
    if (verifySignature(signingInput, signature, key.input, key.algorithm)) return { ok: true, key };
  }
  const matches = candidates.keys.map((key) => matchCertificate(header, key));
  const isUnknown = matches.every((match) => match === 'other');
  const rejection: Rejection = {
    ok: false,
    reason: isUnknown ? 'key_unknown' : 'signature_invalid',
    detail: () => describeMismatch(header, candidates, isUnknown, jwks),
    unverified: payload,
  };
  // Issuers may rotate keys under one kid. Where the token names the certificate of a key, that key is final. Where more
  // keys fit than are tried, newer keys would not be tried either.
  const isFinal = matches.includes('same') || candidates.left > 0;
  return { ok: false, rejection, mayResolveWithNewerKeys: !isFinal };
}

function describeMismatch(header: JwtHeader, { keys, left }: Candidates, isUnknown: boolean, jwks: JwkSet): string {
  const { kid, alg, x5t, 'x5t#S256': x5tS256 } = header;
  const certificate = quoteForLog(x5tS256 ?? x5t);
  if (left > 0) {
    const name = kid === undefined ? 'names no key ("kid")' : `names the kid ${quoteForLog(kid)}`;
    return `The token ${name}, which fits ${keys.length + left} keys of the issuer; none of the first ${keys.length} verifies its signature, and no more are tried.`;
  }
  if (isUnknown && keys.length > 0) {
    const which =
      kid === undefined ? 'keys with the algorithm of the token have' : `key with the kid ${quoteForLog(kid)} has`;
    return `The issuer's ${which} another certificate than the token names (${certificate}): another issuer signed it, or a key that is no longer published.`;
  }
  if (isUnknown) {
    return `No key of the issuer's fits the token's header (kid ${quoteForLog(kid)}, alg ${quoteForLog(alg)}). ${jwks.describe()}`;
  }
  if (kid !== undefined) {
    return `The signature does not verify with the key that the token names (kid ${quoteForLog(kid)}).`;
  }
  const tried = keys.length === 1 ? 'the one key' : `any of the ${keys.length} keys`;
  return `The token names no key ("kid"), and its signature does not verify with ${tried} of the issuer for ${quoteForLog(alg)}.`;
}
