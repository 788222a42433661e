import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { createVerifier, hasTokenCache } from '../common/guards.mjs';
import { interleave } from '../common/interleave.mjs';
import { verifiers } from '../peers/verifiers.mjs';

/** Verification of a token that nobody has seen, beside the bare signature check that is in it. */

const AT_ONCE = 20;
const SAMPLES = 150;
const PASSES = 3;

/** @returns for each contestant, nanoseconds for one token, a number for each pass */
export async function measureVerification(trust, { fresh, expired, elsewhere }) {
  const key = createPublicKey(trust.publicKey);
  const verifier = createVerifier({ ...trust, jwksUri: undefined }, hasTokenCache(trust) ? { cache: false } : {});
  const own = (token) => verifier.verify({ scheme: 'bearer', token }, {});
  const parsed = new Map(fresh.map((token) => [token, splitToken(token)]));
  const raw = (token) => {
    const { input, signature } = parsed.get(token);
    return verify('sha256', input, key, signature);
  };
  const libraries = await verifiers(trust);
  assert.equal(raw(fresh[0]), true);
  assert.equal(own(fresh[0]).payload.iss, trust.issuer);
  assert.equal(own(expired[0]).reason, 'token_expired');
  assert.equal(own(elsewhere[0]).reason, 'audience_mismatch');
  await assertLibrariesVerify(libraries, fresh[0], [expired[0], elsewhere[0]]);

  let place = 0;
  const prepare = () => {
    place += AT_ONCE;
  };
  const over = (tokens, call) => () => {
    let pending;
    for (let i = 0; i < AT_ONCE; i++) pending = call(tokens[(place + i) % tokens.length]);
    return pending instanceof Promise ? pending : undefined;
  };
  const oneByOne = (tokens, call) => async () => {
    for (let i = 0; i < AT_ONCE; i++) await call(tokens[(place + i) % tokens.length]);
  };
  const contestants = {
    'crypto.verify': over(fresh, raw),
    scopegate: over(fresh, own),
    ...Object.fromEntries(
      Object.entries(libraries).map(([name, call]) => [name, (name === 'jose' ? oneByOne : over)(fresh, call)]),
    ),
    'scopegate: expired': over(expired, own),
    'scopegate: other audience': over(elsewhere, own),
  };
  return interleave(contestants, { passes: PASSES, samples: SAMPLES, calls: AT_ONCE, prepare });
}

async function assertLibrariesVerify(libraries, accepted, refused) {
  for (const [name, call] of Object.entries(libraries)) {
    assert.equal(typeof (await call(accepted)), 'object', name);
    for (const token of refused) await assert.rejects(async () => call(token), name);
  }
}

function splitToken(token) {
  const end = token.lastIndexOf('.');
  return { input: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') };
}
