import { forge } from '../support/tokens.js';
import { goodClaims } from './attack.js';
import { eddsa, es256, ps256, rs256 } from './keys.js';

const tokenOf = ({ alg, kid, ...signer }: typeof rs256) => forge({ alg, kid }, goodClaims(), signer);

/** Tokens that open everything here, and that every gate has seen before an attack. */
export const good = {
  rs256: tokenOf(rs256),
  ps256: tokenOf(ps256),
  es256: tokenOf(es256),
  eddsa: tokenOf(eddsa),
};

export const GOOD = [good.rs256, good.ps256, good.es256, good.eddsa] as const;
