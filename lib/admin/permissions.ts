/** The ids of PingOne's permissions, and ours for what it lacks: what `permissions` maps to scopes. */
export const PERMISSIONS = [
  'orgmgt:read:environment',
  'orgmgt:create:environment',
  'orgmgt:update:environment',
  'orgmgt:delete:environment',
  'resources:read:resource',
  'resources:create:resource',
  'resources:update:resource',
  'resources:delete:resource',
  'resources:read:scope',
  'resources:create:scope',
  'resources:update:scope',
  'resources:delete:scope',
  'applications:read:application',
  'applications:create:application',
  'applications:update:application',
  'applications:delete:application',
  'applications:read:secret',
  'applications:update:secret',
  'applications:create:revocation',
  'applications:read:grant',
  'applications:create:grant',
  'applications:update:grant',
  'applications:delete:grant',
  'audit:read:activity',
] as const;

export type Permission = (typeof PERMISSIONS)[number];
