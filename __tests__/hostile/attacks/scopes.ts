import { ANALYTICS, type Attack, type Extras, saying, type TokenCase, withTokens } from '../attack.js';

const ROOT = 'urn:opc:resource:consumer';
const PAAS = `${ROOT}:paas::read`;
const MY_SCOPES = 'urn:opc:idm:__myscopes__';

const NO_CLAIMS: readonly unknown[] = [
  0,
  true,
  [[PAAS]],
  [PAAS, 1],
  {},
  { [PAAS]: true },
  { 0: PAAS, length: 1 },
  { toString: PAAS },
];

/** RFC 9068 §2.2.3: one text, separated by spaces; or a list of texts, as several issuers write it. */
export const scopeClaims = withTokens([
  ...NO_CLAIMS.map((scope): TokenCase => [`scope of ${JSON.stringify(scope)}`, saying({ scope }), 'claim_malformed']),
  ['no scope', saying({ scope: undefined }), 'insufficient_scope'],
  ...[null, [], [''], [`${PAAS} `], [`openid ${PAAS}`], ['[', PAAS.slice(1)]].map(
    (scope): TokenCase => [`scope of ${JSON.stringify(scope)}`, saying({ scope }), 'insufficient_scope'],
  ),
  ['scp beside a scope', saying({ scope: '', scp: [PAAS] }), 'insufficient_scope'],
  ...['scopes', 'Scope', 'SCOPE', 'permissions', 'roles', 'authorities', 'sc\u043epe'].map(
    (claim): TokenCase => [
      `the scope as "${claim}"`,
      saying({ scope: undefined, [claim]: PAAS }),
      'insufficient_scope',
    ],
  ),
  ...['scopes', 'permissions', 'roles'].map(
    (claim): TokenCase => [
      `the scopes as a list in "${claim}"`,
      saying({ scope: undefined, [claim]: [PAAS] }),
      'insufficient_scope',
    ],
  ),
  ...[
    '\t',
    '\n',
    '\r\n',
    '\v',
    '\f',
    '\0',
    ',',
    ', ',
    ';',
    '+',
    '%20',
    '\u00a0',
    '\u2003',
    '\u3000',
    '\u2028',
    '\u200b',
    '\ufeff',
    '|',
    '"',
    '\\',
  ].flatMap((separator): TokenCase[] => [
    [
      `scopes separated by ${JSON.stringify(separator)}`,
      saying({ scope: `openid${separator}${PAAS}${separator}profile` }),
      'insufficient_scope',
    ],
    [
      `a scope between two of ${JSON.stringify(separator)}`,
      saying({ scope: `${separator}${PAAS}${separator}` }),
      'insufficient_scope',
    ],
  ]),
  ['nothing but spaces', saying({ scope: '   ' }), 'insufficient_scope'],
  ['a scope with a space in it', saying({ scope: `${ROOT}:paas ::read` }), 'insufficient_scope'],
  ['a scope with two spaces in it', saying({ scope: `${ROOT}:paas  ::read` }), 'insufficient_scope'],
  ['a scope in quotation marks', saying({ scope: JSON.stringify(PAAS) }), 'insufficient_scope'],
  ['a list as text', saying({ scope: JSON.stringify([PAAS]) }), 'insufficient_scope'],
  ['half a surrogate pair', saying({ scope: `${PAAS}\ud800` }), 'insufficient_scope'],
  [
    'a thousand scopes that are others',
    saying({ scope: Array.from({ length: 120 }, (_, i) => `${ROOT}:paas:s${i}::read`).join(' ') }),
    'insufficient_scope',
  ],
  [
    'a scope of 60,000 characters',
    saying({ scope: `${ROOT}${':a'.repeat(30_000)}::all` }),
    'insufficient_scope',
    { parser: 431 },
  ],
]);

const toAdmin: Extras = { start: 'GET /admin HTTP/1.1' };
const toFlat: Extras = { start: 'GET /flat HTTP/1.1' };

/** What nothing in the hierarchy opens, and what has no hierarchy at all. */
export const outsideHierarchy: readonly Attack[] = withTokens([
  ...[
    `${ROOT}::all`,
    'urn:opc:idm::all',
    'urn:opc:idm:all',
    'urn:opc:idm',
    'urn:opc:idm:__myscopes',
    'urn:opc:idm:__MYSCOPES__',
    `${MY_SCOPES}:`,
    `${MY_SCOPES}::all`,
    'urn:opc:idm:__myscopes__x',
    'urn:opc:idm:*',
    '*',
    ANALYTICS,
  ].map(
    (scope): TokenCase => [
      `${scope}, where an admin scope is needed`,
      saying({ scope }),
      'insufficient_scope',
      toAdmin,
    ],
  ),
  [
    'everything and an admin scope, a pair that nobody issues',
    saying({ scope: `${ROOT}::all ${MY_SCOPES}` }),
    'insufficient_scope',
    toAdmin,
  ],
  [
    'an admin scope and everything, the other way round',
    saying({ scope: `${MY_SCOPES} ${ROOT}::all` }),
    'insufficient_scope',
    toAdmin,
  ],
  ...[
    'reports',
    'reports:',
    'reports:all',
    'reports::all',
    'reports::read',
    'reports:*',
    'reports:READ',
    'Reports:read',
    'reports:read:all',
    'reports:rea',
    'reports:reads',
    'reports',
    ':read',
    'read',
    'reports.read',
    'reports/read',
    `${ROOT}::all`,
    `${ROOT}:reports::read`,
    'reports%3Aread',
    'report\u0455:read',
  ].map(
    (scope): TokenCase => [
      `${JSON.stringify(scope)}, where reports:read is needed`,
      saying({ scope }),
      'insufficient_scope',
      toFlat,
    ],
  ),
]);
