import { isChange } from '../../lib/admin/operations/operation.js';
import { OPERATIONS } from '../../lib/admin/operations.js';
import { PERMISSIONS } from '../../lib/admin/permissions.js';

const E = '/environments/{environmentId}';
const APPLICATION = `${E}/applications/{applicationId}`;
const RESOURCE = `${E}/resources/{resourceId}`;

/** Fact sheet §1, and below it what PingOne's table lacks. */
const TABLE: readonly (readonly [call: string, ...permissions: string[]])[] = [
  [`GET ${APPLICATION}/grants`, 'applications:read:grant'],
  [`POST ${APPLICATION}/grants`, 'applications:create:grant'],
  [`GET ${APPLICATION}/grants/{grantId}`, 'applications:read:grant'],
  [`PUT ${APPLICATION}/grants/{grantId}`, 'applications:update:grant'],
  [`DELETE ${APPLICATION}/grants/{grantId}`, 'applications:delete:grant'],
  [`POST ${RESOURCE}/grants`, 'applications:create:grant'],
  [`GET ${E}/resources`, 'resources:read:resource'],
  [`POST ${E}/resources`, 'resources:create:resource'],
  [`GET ${RESOURCE}`, 'resources:read:resource'],
  [`PUT ${RESOURCE}`, 'resources:update:resource'],
  [`DELETE ${RESOURCE}`, 'resources:delete:resource'],
  [`GET ${RESOURCE}/scopes`, 'resources:read:scope'],
  [`POST ${RESOURCE}/scopes`, 'resources:create:scope'],
  [`GET ${RESOURCE}/scopes/{scopeId}`, 'resources:read:scope'],
  [`PUT ${RESOURCE}/scopes/{scopeId}`, 'resources:update:scope'],
  [`DELETE ${RESOURCE}/scopes/{scopeId}`, 'resources:delete:scope'],
  [`GET ${E}/scopes`, 'resources:read:scope'],
  [`GET ${E}/applications`, 'applications:read:application'],
  [`POST ${E}/applications`, 'applications:create:application'],
  [`GET ${APPLICATION}`, 'applications:read:application'],
  [`PUT ${APPLICATION}`, 'applications:update:application'],
  [`DELETE ${APPLICATION}`, 'applications:delete:application'],
  ['GET /environments', 'orgmgt:read:environment'],
  ['POST /environments', 'orgmgt:create:environment'],
  [`GET ${E}`, 'orgmgt:read:environment'],
  [`PUT ${E}`, 'orgmgt:update:environment'],
  [`DELETE ${E}`, 'orgmgt:delete:environment'],

  [`GET ${APPLICATION}/secret`, 'applications:read:secret'],
  [`POST ${APPLICATION}/secret`, 'applications:update:secret'],
  [`DELETE ${APPLICATION}/secret`, 'applications:delete:secret'],
  [`GET ${APPLICATION}/secrets`, 'applications:read:secret'],
  [`POST ${APPLICATION}/secrets`, 'applications:update:secret'],
  [`GET ${APPLICATION}/secrets/{secretId}`, 'applications:read:secret'],
  [`DELETE ${APPLICATION}/secrets/{secretId}`, 'applications:delete:secret'],
  [`POST ${APPLICATION}/revocations`, 'applications:create:revocation'],
  [`PUT ${APPLICATION}/grants`, 'applications:create:grant', 'applications:update:grant', 'applications:delete:grant'],
  [`POST ${APPLICATION}/grants/{grantId}/scopes`, 'applications:update:grant'],
  [`DELETE ${APPLICATION}/grants/{grantId}/scopes/{scopeId}`, 'applications:update:grant'],
  [
    `GET ${RESOURCE}/scopes/{scopeId}/applications`,
    'resources:read:scope',
    'applications:read:application',
    'applications:read:grant',
  ],
  [`GET ${E}/resources/{resourceId}/attributes`, 'resources:read:resource'],
  [`GET ${E}/applications/{applicationId}/attributes`, 'applications:read:application'],
  [`GET ${E}/applications/{applicationId}/roleAssignments`, 'applications:read:application'],
  [`GET ${E}/activities`, 'audit:read:activity'],
  [`GET ${APPLICATION}/usage`, 'applications:read:usage'],
  [`GET ${RESOURCE}/scopes/{scopeId}/usage`, 'resources:read:usage'],
  [`GET ${APPLICATION}/advice`, 'applications:read:usage', 'applications:read:grant'],
  [`PATCH ${E}`, 'orgmgt:update:environment'],
  [`PATCH ${RESOURCE}`, 'resources:update:resource'],
  [`PATCH ${RESOURCE}/scopes/{scopeId}`, 'resources:update:scope'],
  [`PATCH ${APPLICATION}`, 'applications:update:application'],
  [`PATCH ${APPLICATION}/grants/{grantId}`, 'applications:update:grant'],
  [`GET ${E}/activities/{activityId}`, 'audit:read:activity'],
  [`GET ${RESOURCE}/grants`, 'applications:read:grant'],
  [
    `POST ${E}/explain`,
    'applications:read:explanation',
    'applications:read:application',
    'applications:read:grant',
    'audit:read:activity',
  ],
  [`GET ${E}/decisions`, 'gate:read:decision'],
  [`GET ${E}/routes`, 'gate:read:route'],
  [`GET ${E}/health`, 'gate:read:health'],
];

test('every operation requires the permissions of the table, and no other operation exists', () => {
  const served = OPERATIONS.map(({ method, path, permissions }) => [`${method} ${path}`, ...permissions]);
  expect(served.map((row) => row.join(' ')).sort()).toEqual(TABLE.map((row) => row.join(' ')).sort());
});

test('every permission of the table exists once and is used', () => {
  const needed = new Set(TABLE.flatMap(([, ...permissions]) => permissions));
  expect([...PERMISSIONS].sort()).toEqual([...needed].sort());
});

test('reads change nothing, and changes require more than read permissions', () => {
  for (const operation of OPERATIONS) {
    const reads = operation.permissions.every((permission) => permission.includes(':read:'));
    expect([operation.id, reads]).toEqual([operation.id, !isChange(operation)]);
  }
});

test('every operation has a unique name and a unique address', () => {
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
  expect(new Set(OPERATIONS.map(({ method, path }) => `${method} ${path}`)).size).toBe(OPERATIONS.length);
});
