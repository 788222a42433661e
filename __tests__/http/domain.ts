import type { RequestHandler } from 'express';
import { type Auth, type DecisionRecord, jwtVerifier, ociDomain, type TokenVerifier } from 'scopegate';
import { createTestIssuer } from '../../lib/testing/test-issuer.js';
import { sharedRsaKeyPair } from '../support/shared-rsa-key.js';

export const PAAS = 'urn:opc:resource:consumer:paas::read';
export const ANALYTICS = 'urn:opc:resource:consumer:paas:analytics::read';
export const STACK = 'urn:opc:resource:consumer:paas:stack::all';

/** The domain whose tokens the gates under test are sent. */
export const issuer = createTestIssuer({}, sharedRsaKeyPair());
const { jwksUri: _, ...profile } = ociDomain({ url: issuer.url, tenant: issuer.tenant });
/** Keys at hand, so that a verifier answers at once and never asks for newer ones. */
export const domainOptions = { ...profile, jwks: issuer.jwks() };

/** A real verifier that counts how often it is asked. */
export function warmVerifier(): TokenVerifier & { calls: number } {
  const verifier = jwtVerifier(domainOptions);
  const counting = {
    calls: 0,
    verify: (...asked: Parameters<TokenVerifier['verify']>) => {
      counting.calls++;
      return verifier.verify(...asked);
    },
  };
  return counting;
}

/** The same verdicts, each behind a promise. */
export function delayed(verifier: TokenVerifier): TokenVerifier {
  return { ...verifier, verify: async (...asked) => await verifier.verify(...asked) };
}

export function bearer(token: string): string {
  return `Bearer ${token}`;
}

/** Answers with what a handler sees of `req.auth`. */
export const showAuth: RequestHandler = (req, res) => {
  const auth = req.auth as Auth | undefined;
  res.json({ client: auth?.payload.client_id ?? 'nobody', scopes: auth?.scopes ?? [] });
};

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((settle, fail) => {
    resolve = settle;
    reject = fail;
  });
  return { promise, resolve, reject };
}

/** An observer that keeps what it is told, and lets a test wait for the next record. */
export function recorder() {
  const records: DecisionRecord[] = [];
  let arrival = deferred<DecisionRecord>();
  return {
    records,
    observe(record: DecisionRecord) {
      records.push(record);
      arrival.resolve(record);
      arrival = deferred();
    },
    next: () => arrival.promise,
  };
}
