import { z } from 'zod';
import { systemClock } from '../../clock.js';
import type { Grant } from '../../grants/model.js';
import type { ApplicationPath, ApplicationStatus, GrantStore, GrantTransaction } from '../../grants/store.js';
import { parseScopeModel } from '../../scope/models.js';
import { adviseLeastPrivilege } from '../../usage/advice.js';
import { findRefusedCalls } from '../../usage/impact.js';
import { paths } from '../representation/paths.js';
import {
  adviceBody,
  applicationUsageBody,
  representAdvice,
  representApplicationUsage,
  representImpact,
  representScopeUsage,
  scopeUsageBody,
} from '../representation/usage.js';
import {
  changeQuery,
  changeResult,
  defineOperation,
  type OperationInput,
  type OperationResult,
  orNotFound,
} from './operation.js';

const MAX_DAYS = 366;
const DEFAULT_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

const days = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(MAX_DAYS))
  .default(DEFAULT_DAYS)
  .meta({
    description: 'How many days back calls are looked at.',
    override: { type: 'integer', minimum: 1, maximum: MAX_DAYS, default: DEFAULT_DAYS },
  });
const usageQuery = z.strictObject({ days });

/** The query of a change of grants: a dry run looks at the calls of so many days. */
export const grantChangeQuery = changeQuery.extend({ days });

const inEnvironment = { environmentId: '{environmentId}' };
const application = paths.application({ ...inEnvironment, applicationId: '{applicationId}' });
const scope = `${paths.resource({ ...inEnvironment, resourceId: '{resourceId}' })}/scopes/{scopeId}`;

export const usageOperations = [
  defineOperation({
    id: 'readApplicationUsage',
    method: 'GET',
    path: `${application}/usage`,
    summary: 'Read which routes an application called, and which scopes that needed',
    permissions: ['applications:read:usage'],
    query: usageQuery,
    status: 200,
    schema: applicationUsageBody,
    run: async ({ store, params, query, href }) => {
      const from = systemClock.now() - query.days * DAY_MS;
      const usage = orNotFound(await store.usage.ofApplication(params, from));
      return { status: 200, body: representApplicationUsage(params, usage, from, href) };
    },
  }),
  defineOperation({
    id: 'readScopeUsage',
    method: 'GET',
    path: `${scope}/usage`,
    summary: 'Read which applications and routes needed a scope of this name',
    permissions: ['resources:read:usage'],
    query: usageQuery,
    status: 200,
    schema: scopeUsageBody,
    run: async ({ store, params, query, href }) => {
      const from = systemClock.now() - query.days * DAY_MS;
      const usage = orNotFound(await store.usage.ofScope(params, from));
      return { status: 200, body: representScopeUsage(params, usage, from, href) };
    },
  }),
  defineOperation({
    id: 'readAdvice',
    method: 'GET',
    path: `${application}/advice`,
    summary: 'Read which granted scopes no call needed, and which are broader than every call needed',
    permissions: ['applications:read:usage', 'applications:read:grant'],
    query: usageQuery,
    status: 200,
    schema: adviceBody,
    run: async ({ store, params, query, href, scopeModel }) => {
      const time = systemClock.now();
      const from = time - query.days * DAY_MS;
      const usage = orNotFound(await store.usage.ofApplication(params, from));
      const grants = usage.recordedSince === undefined ? [] : await readAllGrants(store, params);
      const advice = adviseLeastPrivilege({
        status: await store.applicationStatus(params.applicationId),
        grants,
        audiences: await readAudiences(store, grants),
        totals: usage.totals,
        model: parseScopeModel('grantsRouter()', scopeModel),
        now: time,
      });
      return { status: 200, body: representAdvice(params, usage, advice, from, href) };
    },
  }),
];

async function readAllGrants(store: GrantStore, at: ApplicationPath): Promise<readonly Grant[]> {
  return orNotFound(await store.grants.list(at, { limit: 1000 })).items; // an application has no more
}

/** Without those of OpenID Connect: the authorization server uses its scopes, and no route. */
async function readAudiences(store: GrantStore, grants: readonly Grant[]): Promise<ReadonlyMap<string, string>> {
  const owners = new Map(grants.map(({ environmentId, resourceId }) => [resourceId, { environmentId, resourceId }]));
  const resources = await Promise.all([...owners.values()].map((at) => store.resources.get(at)));
  const others = resources.filter((resource) => resource !== undefined && resource.type !== 'OPENID_CONNECT');
  return new Map(others.map((resource) => [resource?.id as string, resource?.audience as string]));
}

type GrantChange = Pick<OperationInput<{ readonly days: number }, unknown>, keyof OperationInput<unknown, unknown>>;

/**
 * Changes grants of an application. A dry run also says which calls the change would refuse, to callers who may read usage.
 */
export async function changeGrants<Value>(
  call: GrantChange,
  at: ApplicationPath,
  work: (tx: GrantTransaction) => Promise<Value>,
  represent?: (value: Value) => object,
): Promise<OperationResult> {
  const { store, context, isPermitted } = call;
  const showsImpact = context.dryRun === true && isPermitted('applications:read:usage');
  const statuses: ApplicationStatus[] = [];
  const change = await store.transaction(context, async (tx) => {
    statuses.length = 0; // it may run again
    if (!showsImpact) return work(tx);
    statuses.push(await tx.applicationStatus(at.applicationId));
    const value = await work(tx);
    statuses.push(await tx.applicationStatus(at.applicationId));
    return value;
  });
  return changeResult(call, change, represent, showsImpact ? await readImpact(call, at, statuses) : undefined);
}

async function readImpact(
  { store, query, scopeModel }: GrantChange,
  at: ApplicationPath,
  statuses: readonly ApplicationStatus[],
): Promise<object> {
  const time = systemClock.now();
  const from = time - query.days * DAY_MS;
  const usage = orNotFound(await store.usage.ofApplication(at, from));
  const model = parseScopeModel('grantsRouter()', scopeModel);
  const [before, after] = statuses as [ApplicationStatus, ApplicationStatus];
  return representImpact(usage, findRefusedCalls(usage.totals, [before, after], model, time), from);
}
