import { randomUUID } from 'node:crypto';
import type { Application, Grant, GrantStore, Resource, ResourceScope } from 'scopegate/admin';
import type { Params } from '../../../lib/admin/operations/operation.js';
import { context, createSetting, newApplication, newResource } from '../../support/stores.js';

/**
 * An environment with something at every path: `reader` has a secret, an earlier one, and a grant of `a` and `b` of the resource
 * `reports`, which has `c` too; `writer` has neither; the resource `bills` has the scope `x`.
 */
export interface World {
  /** `/environments/{environmentId}` */
  readonly E: string;
  readonly params: Params;
  readonly reports: Resource;
  readonly bills: Resource;
  readonly a: ResourceScope;
  readonly b: ResourceScope;
  readonly c: ResourceScope;
  readonly x: ResourceScope;
  readonly reader: Application;
  readonly writer: Application;
  readonly grant: Grant;
}

export async function createWorld(store: GrantStore): Promise<World> {
  const setting = await createSetting(store, ['a', 'b', 'c'], `world ${randomUUID()}`);
  const { at, applicationAt, resource: reports, application: reader } = setting;
  const [a, b, c] = setting.scopes as [ResourceScope, ResourceScope, ResourceScope];
  const { value: more, activities } = await store.transaction(context, async (tx) => {
    const bills = await tx.resources.create(at, newResource('bills'));
    const x = await tx.scopes.create({ ...at, resourceId: bills.id }, { name: 'x' });
    const writer = await tx.applications.create(at, newApplication('writer'));
    const granted = { resource: { id: reports.id }, scopes: [{ id: a.id }, { id: b.id }] };
    const grant = await tx.grants.create(applicationAt, granted);
    await tx.applications.rotateSecret(applicationAt, 'earlier', undefined);
    await tx.applications.rotateSecret(applicationAt, 'first', undefined);
    const secrets = await tx.secrets.list(applicationAt, { limit: 10 });
    return { bills, x, writer, grant, secretId: secrets?.items.at(-1)?.id as string };
  });
  const activityId = activities.at(-1)?.id as string;
  return {
    E: `/environments/${at.environmentId}`,
    params: {
      ...applicationAt,
      resourceId: reports.id,
      scopeId: a.id,
      grantId: more.grant.id,
      secretId: more.secretId,
      activityId,
    },
    ...more,
    reports,
    a,
    b,
    c,
    reader,
  };
}

/** The path of an operation in a world; `params` in place of the world's. */
export function pathIn({ params }: World, template: string, other: Partial<Params> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name) => ({ ...params, ...other })[name as keyof Params]);
}

/** An id that nothing has. */
export const NOBODY = '00000000-0000-4000-8000-000000000000';

const application = {
  name: 'auditor',
  enabled: true,
  type: 'WEB_APP',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'NONE',
};

/** For each operation that takes a body one that changes something in a world. */
export const BODIES: Readonly<Record<string, (world: World) => Readonly<Record<string, unknown>>>> = {
  createEnvironment: () => ({ name: `more ${randomUUID()}` }),
  replaceEnvironment: () => ({ name: `other ${randomUUID()}`, type: 'PRODUCTION' }),
  createResource: () => ({ name: 'letters' }),
  replaceResource: () => ({ name: 'reports', description: 'all of them' }),
  createGrantOfResource: ({ writer, c }) => ({ application: { id: writer.id }, scopes: [c.id] }),
  createScope: () => ({ name: 'd' }),
  replaceScope: () => ({ name: 'z' }),
  createApplication: () => application,
  replaceApplication: () => ({ ...application, name: 'reader' }),
  rotateApplicationSecret: () => ({ previous: { expiresAt: new Date().toISOString() } }),
  createSecret: () => ({ name: 'blue', expiresAt: '2050-01-01T00:00:00Z' }),
  revokeTokens: () => ({ subject: 'somebody' }),
  createGrant: ({ bills, x }) => ({ resource: { id: bills.id }, scopes: [{ id: x.id }] }),
  setGrants: ({ bills, x }) => ({ grants: [{ resource: { id: bills.id }, scopes: [{ id: x.id }] }] }),
  replaceGrant: ({ reports, c }) => ({ resource: { id: reports.id }, scopes: [{ id: c.id }] }),
  patchEnvironment: () => ({ name: `patched ${randomUUID()}` }),
  patchResource: () => ({ description: 'all of them' }),
  patchScope: () => ({ name: 'z' }),
  patchApplication: () => ({ name: 'auditor', enabled: false }),
  patchGrant: ({ c }) => ({ scopes: [{ id: c.id }] }),
  explainAccess: ({ reader }) => ({ application: { id: reader.id }, required: 'c' }),
  addGrantScopes: ({ c }) => ({ scopes: [{ id: c.id }] }),
};
