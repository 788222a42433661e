import { ACCOUNT_AUDIENCE } from 'scopegate';
import type { Application } from 'scopegate/admin';

/** A token, what its application is granted, and what comes of it. In scopes, `…` stands for `urn:opc:resource:consumer`. */
export interface AudienceCase {
  readonly audience: keyof typeof AUDIENCES;
  readonly mode: Application['trustScope'];
  readonly grants: Readonly<Partial<Record<ResourceName, string>>>;
  /** The scopes of the token, all of which are needed. */
  readonly scope: string;
  readonly outcome: 'passes' | '403' | '401';
  readonly why: string;
}

const GREEN = { key: 'color', value: 'green' };
export const ALLOWED_TAGS = [GREEN];

/** The same names in several resources. */
export const RESOURCES = {
  A: {
    audience: 'https://a.example/',
    secondaryAudiences: ['https://old.a.example/'],
    tags: [],
    scopes: 'read write …:paas::read',
  },
  B: {
    audience: 'https://b.example/',
    secondaryAudiences: [],
    tags: [GREEN],
    scopes: 'read write …:paas:analytics::read',
  },
  Domain: { audience: 'https://domain.example/', secondaryAudiences: [], tags: [], scopes: '…::all' },
} as const;
export type ResourceName = keyof typeof RESOURCES;

function tagAudience(value: string): string {
  const tags = [{ key: 'color', value }];
  return `urn:opc:resource:scope:tag=${Buffer.from(JSON.stringify({ tags })).toString('base64')}`;
}

/** What the table calls an audience, and what the token says. */
export const AUDIENCES = {
  A: RESOURCES.A.audience,
  'secondary of A': RESOURCES.A.secondaryAudiences[0],
  B: RESOURCES.B.audience,
  'A and B': [RESOURCES.A.audience, RESOURCES.B.audience],
  account: ACCOUNT_AUDIENCE,
  'tag green': tagAudience('green'),
  'tag blue': tagAudience('blue'),
} as const satisfies Readonly<Record<string, string | readonly string[]>>;

const BELOW = '…:paas:analytics::read';
const OF_A = { A: '…:paas::read' } as const;
const ALL = { Domain: '…::all' } as const;

type Row = readonly [
  AudienceCase['audience'],
  AudienceCase['mode'],
  AudienceCase['grants'],
  string,
  AudienceCase['outcome'],
  string,
];

const ROWS: readonly Row[] = [
  ['B', 'Explicit', { ...OF_A, B: BELOW }, BELOW, 'passes', 'It is granted of B.'],
  ['B', 'Explicit', OF_A, BELOW, '401', 'What is granted of A is for A only.'],
  ['B', 'Account', OF_A, BELOW, 'passes', 'Hierarchical scopes are for the whole account.'],
  ['B', 'Tags', OF_A, BELOW, 'passes', 'B has an allowed tag.'],
  ['A', 'Tags', { B: BELOW }, BELOW, '401', 'A has no allowed tag.'],
  ['B', 'Account', { A: 'read' }, 'read', '401', 'Any other scope is for its own resource.'],
  ['B', 'Explicit', { A: 'read', B: 'write' }, 'read', '403', 'The same name of another resource does not count.'],
  ['B', 'Explicit', { A: 'read', B: 'read' }, 'read', 'passes', 'Each resource has a grant of its own.'],
  ['secondary of A', 'Explicit', { A: 'read' }, 'read', 'passes', 'It is an audience of A.'],
  ['B', 'Account', ALL, 'read', 'passes', 'Any resource of the domain by virtue of `…::all`.'],
  ['B', 'Account', ALL, 'unknown', '403', 'B defines no such scope.'],
  ['B', 'Tags', ALL, 'read', 'passes', 'B has an allowed tag.'],
  ['A', 'Tags', ALL, 'read', '401', 'A has no allowed tag.'],
  ['B', 'Explicit', ALL, 'read', '401', '`…::all` is for its own resource.'],
  ['A and B', 'Explicit', { A: 'read', B: 'write' }, 'read write', 'passes', 'Each scope is granted for one of them.'],
  ['A and B', 'Explicit', { A: 'read' }, 'read write', '401', 'One scope is granted for neither.'],
  ['account', 'Account', { A: 'read' }, 'read', 'passes', 'A token for the account lives by all grants.'],
  ['account', 'Explicit', OF_A, BELOW, '401', 'The application may no longer have tokens for the account.'],
  ['tag green', 'Tags', OF_A, BELOW, 'passes', 'The tag is allowed.'],
  ['tag blue', 'Tags', OF_A, BELOW, '401', 'The tag is no longer allowed.'],
  ['tag green', 'Account', OF_A, BELOW, '401', 'The application may no longer have tokens for tags.'],
  ['account', 'Account', {}, BELOW, '401', 'Nothing is granted.'],
];

export const AUDIENCE_CASES: readonly AudienceCase[] = ROWS.map(([audience, mode, grants, scope, outcome, why]) => {
  return { audience, mode, grants, scope, outcome, why };
});
