import { type Extras, goodClaims, saying, signedBy, type TokenCase, withTokens } from '../attack.js';
import { CLIENT_WITHOUT_GRANTS, stranger } from '../keys.js';
import { good } from '../valid-tokens.js';

const live: Extras = { places: ['live'] };
const keyless: Extras = { places: ['keyless'] };
const storeless: Extras = { places: ['storeless'] };

/** A good token is not enough where grants are asked; where nobody can tell, it is nobody's fault, and no way in. */
export const gates = withTokens([
  ['live grants: an application that nobody knows', good.rs256, 'application_unknown', live],
  ['live grants: no application', saying({ client_id: undefined }), 'application_unknown', live],
  [
    'live grants: an application by a path',
    saying({ client_id: `../${CLIENT_WITHOUT_GRANTS}` }),
    'application_unknown',
    live,
  ],
  [
    'live grants: the same in capitals',
    saying({ client_id: CLIENT_WITHOUT_GRANTS.toUpperCase() }),
    'application_revoked',
    live,
  ],
  [
    'live grants: an application by a query',
    saying({ client_id: `${CLIENT_WITHOUT_GRANTS}' OR '1'='1` }),
    'application_unknown',
    live,
  ],
  ['live grants: an application by a pattern', saying({ client_id: '%' }), 'application_unknown', live],
  ['live grants: a name of the prototype', saying({ client_id: '__proto__' }), 'application_unknown', live],
  [
    'live grants: an application that is granted nothing',
    saying({ client_id: CLIENT_WITHOUT_GRANTS }),
    'application_revoked',
    live,
  ],
  [
    'live grants: the same with every scope',
    saying({ client_id: CLIENT_WITHOUT_GRANTS, scope: 'urn:opc:resource:consumer::all' }),
    'application_revoked',
    live,
  ],
  ['live grants: a forged token comes no further', signedBy(good.rs256, Buffer.alloc(256)), 'signature_invalid', live],
  ['no keys: a good token', good.rs256, 'verifier_unavailable', keyless],
  ['no keys: a forged token', saying({}, {}, stranger), 'verifier_unavailable', keyless],
  ['no keys: an unsigned token', saying({}, { alg: 'none' }), 'algorithm_not_allowed', keyless],
  ['no keys: an expired token', saying({ exp: 1 }), 'token_expired', keyless],
  ['no keys: a token of another issuer', saying({ iss: 'https://evil.example/' }), 'issuer_mismatch', keyless],
  ['no store: a good token', saying({ client_id: CLIENT_WITHOUT_GRANTS }), 'grants_unavailable', storeless],
  ['no store: a forged token', saying({ jti: goodClaims().jti }, {}, stranger), 'signature_invalid', storeless],
] satisfies readonly TokenCase[]);
