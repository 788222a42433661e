import type { AudienceRule, ClaimBinding } from '../audience.js';

/** An issuer whose tokens a verifier takes, with the claim that names the tenant where the issuer has several. */
export interface TokenOrigin {
  readonly issuer: string;
  readonly binding?: ClaimBinding | undefined;
}

/** The origins of the tokens that these issuers sign for these audiences. */
export function toOrigins(issuers: readonly string[], audiences: readonly AudienceRule[]): readonly TokenOrigin[] {
  const isBound = audiences.length > 0 && audiences.every(({ binding }) => binding !== undefined);
  const bindings = isBound ? uniqueBindings(audiences) : [undefined];
  return issuers.flatMap((issuer) => bindings.map((binding) => ({ issuer, binding })));
}

function uniqueBindings(audiences: readonly AudienceRule[]): ClaimBinding[] {
  const unique = new Map<string, ClaimBinding>();
  for (const { binding } of audiences) {
    if (binding !== undefined) unique.set(JSON.stringify([binding.claim, binding.value, binding.optional]), binding);
  }
  return [...unique.values()];
}

/** Whether one token can be of both origins, which have the same issuer. */
export function isAmbiguous({ binding: a }: TokenOrigin, { binding: b }: TokenOrigin): boolean {
  if (a === undefined || b === undefined || a.claim !== b.claim) return true;
  return a.value === b.value || a.optional || b.optional;
}

/** Writes an origin for operators. */
export function describeOrigin({ issuer, binding }: TokenOrigin): string {
  return binding === undefined ? issuer : `${issuer} with "${binding.claim}" ${binding.value}`;
}
