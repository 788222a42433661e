import type { Attack } from './attack.js';
import { confusion, otherAlgorithms, unsigned } from './attacks/algorithms.js';
import { otherClaims, times } from './attacks/claims.js';
import { form } from './attacks/form.js';
import { gates } from './attacks/gates.js';
import { hierarchy } from './attacks/hierarchy.js';
import { repeated, shapes, texts } from './attacks/json.js';
import { brought, foreignKeys, kids, weakKeys } from './attacks/keys.js';
import { bound, kinds } from './attacks/kinds.js';
import { audiences, issuers } from './attacks/names.js';
import { processing } from './attacks/processing.js';
import { elsewhere, repeatedHeaders } from './attacks/requests.js';
import { malformed, schemes } from './attacks/schemes.js';
import { outsideHierarchy, scopeClaims } from './attacks/scopes.js';
import { signatures } from './attacks/signatures.js';

/** All attacks, by chapter. */
export const ATTACKS: readonly (readonly [chapter: string, attacks: readonly Attack[]])[] = [
  ['8725-2: unsigned tokens', unsigned],
  ['8725-3: public keys as secrets', confusion],
  ['8725-4: other algorithms', otherAlgorithms],
  ['7515-4: keys that a token brings along', brought],
  ['8725-10: kid', kids],
  ['8725-6: keys of others', foreignKeys],
  ['8725-5: weak keys in the key set', weakKeys],
  ['7515-2, 8725-12: crit, b64, zip, enc, cty', processing],
  ['9068-4: signatures', signatures],
  ['7515-3: the form of a token', form],
  ['7519-4: JSON that is none', texts],
  ['7519-4, 7515-5: repeated members', repeated],
  ['members of the prototype, depth and size', shapes],
  ['7519-1, 7519-5: times', times],
  ['9068-2: issuers', issuers],
  ['9068-3, 8725-8: audiences and tenants', audiences],
  ['the types of other claims', otherClaims],
  ['9068-9: the form of scope claims', scopeClaims],
  ['scopes that cover nothing', hierarchy],
  ['OPC-3, OPC-5: scopes outside the hierarchy', outsideHierarchy],
  ['8725-9, 8725-11: tokens of other kinds', kinds],
  ['9449-10, 8705-3: bound tokens', bound],
  ['6750-6: several credentials', repeatedHeaders],
  ['6750-5, 6750-8: tokens elsewhere', elsewhere],
  ['6750-8: other schemes', schemes],
  ['6750-3: malformed credentials', malformed],
  ['gates without keys or grants', gates],
];
