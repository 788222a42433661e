import { z } from 'zod';
import type { ApplicationPath, ScopePath } from '../../grants/store.js';
import type { Usage, UsageKind } from '../../grants/usage.js';
import type { Requirement } from '../../scope/requirement.js';
import type { Advice } from '../../usage/advice.js';
import type { RefusedCalls } from '../../usage/impact.js';
import { type Href, links, reference, representLinks, time, uuid } from './hal.js';
import { paths } from './paths.js';

/** Rows of one response, the most frequent first. */
const MAX_ROWS = 1000;

const requirement: z.ZodType<Requirement> = z
  .union([z.string(), z.object({ allOf: z.array(z.unknown()) }), z.object({ anyOf: z.array(z.unknown()) })])
  .meta({ description: 'A scope, or { allOf } or { anyOf } of them.' }) as never;
const calls = z.int().min(0);
const kind = {
  audience: z.array(z.string()),
  route: z.string().meta({ description: 'Method and pattern of the path.' }),
  required: requirement.optional(),
  covered: z.array(z.string()).meta({ description: 'The required scopes that the token covered.' }),
};
const row = { ...kind, calls, lastUsedAt: time.meta({ description: 'When the hour of the last call began.' }) };
const period = {
  from: time,
  recordedSince: time.optional().meta({ description: 'Absent where no call in the environment was ever counted.' }),
};
const common = { environment: reference, ...period, calls };

export const applicationUsageBody = z
  .object({
    _links: links('self', 'environment', 'application'),
    ...common,
    application: reference,
    _embedded: z.object({ usage: z.array(z.object(row)) }),
    count: z.int(),
    size: z.int(),
  })
  .meta({ id: 'ApplicationUsage' });

export const scopeUsageBody = z
  .object({
    _links: links('self', 'environment', 'resource'),
    ...common,
    resource: reference,
    scope: reference,
    _embedded: z.object({ usage: z.array(z.object({ application: reference, ...row })) }),
    count: z.int(),
    size: z.int(),
  })
  .meta({ id: 'ScopeUsage' });

export const impactBody = z
  .object({
    ...period,
    calls: calls.meta({ description: 'Permitted calls of the period.' }),
    refused: calls.meta({ description: 'Those of them that would be refused if they were sent again.' }),
    routes: z.array(
      z.object({
        ...row,
        refusedNow: z.boolean().meta({ description: 'Whether it is refused before the change already.' }),
      }),
    ),
  })
  .meta({ description: 'The calls that a change of grants would refuse.' });

export const adviceBody = z
  .object({
    _links: links('self', 'environment', 'application'),
    ...common,
    application: reference,
    _embedded: z.object({
      advice: z.array(
        z.object({
          type: z.enum(['UNUSED', 'BROADER_THAN_USED']),
          grant: reference,
          resource: reference,
          scope: z.object({ id: uuid, name: z.string() }),
          since: time.meta({ description: 'For how long it was observed at least.' }),
          calls,
          uses: z.array(z.object({ scope: z.string(), calls })),
          sufficient: z.array(z.string()).meta({ description: 'The scopes that would have covered every call.' }),
        }),
      ),
    }),
    size: z.int(),
  })
  .meta({ id: 'Advice' });

/** @param from milliseconds since the epoch */
export function representApplicationUsage(at: ApplicationPath, usage: Usage, from: number, href: Href) {
  const self = paths.application(at);
  return {
    _links: representLinks(href, {
      self: `${self}/usage`,
      environment: paths.environment(at.environmentId),
      application: self,
    }),
    ...representPeriod(at.environmentId, usage, from),
    application: { id: at.applicationId },
    ...representRows(usage.totals, representTotal),
  };
}

export function representScopeUsage(at: ScopePath, usage: Usage, from: number, href: Href) {
  const { environmentId, resourceId, scopeId } = at;
  const resource = paths.resource(at);
  return {
    _links: representLinks(href, {
      self: `${resource}/scopes/${scopeId}/usage`,
      environment: paths.environment(environmentId),
      resource,
    }),
    ...representPeriod(environmentId, usage, from),
    resource: { id: resourceId },
    scope: { id: scopeId },
    ...representRows(usage.totals, (total) => ({ application: { id: total.applicationId }, ...representTotal(total) })),
  };
}

export function representImpact(usage: Usage, refused: readonly RefusedCalls[], from: number) {
  const { environment: _, ...period } = representPeriod('', usage, from);
  return {
    ...period,
    refused: sumCalls(refused),
    routes: refused.slice(0, MAX_ROWS).map((each) => ({ ...representTotal(each), refusedNow: each.refusedNow })),
  };
}

export function representAdvice(at: ApplicationPath, usage: Usage, all: readonly Advice[], from: number, href: Href) {
  const self = paths.application(at);
  const advice = all.slice(0, MAX_ROWS).map(({ type, grant, scope, calls, uses, sufficient }) => ({
    type,
    grant: { id: grant.id },
    resource: { id: grant.resourceId },
    scope,
    since: toTime(Math.max(from, usage.recordedSince ?? 0, Date.parse(grant.updatedAt))),
    calls,
    uses,
    sufficient,
  }));
  return {
    _links: representLinks(href, {
      self: `${self}/advice`,
      environment: paths.environment(at.environmentId),
      application: self,
    }),
    ...representPeriod(at.environmentId, usage, from),
    application: { id: at.applicationId },
    _embedded: { advice },
    size: advice.length,
  };
}

function representPeriod(environmentId: string, { recordedSince, totals }: Usage, from: number) {
  return {
    environment: { id: environmentId },
    from: toTime(from),
    ...(recordedSince !== undefined && { recordedSince: toTime(recordedSince) }),
    calls: sumCalls(totals),
  };
}

function representRows(totals: Usage['totals'], represent: (total: Usage['totals'][number]) => object) {
  const usage = totals.slice(0, MAX_ROWS).map(represent);
  return { _embedded: { usage }, count: totals.length, size: usage.length };
}

function representTotal({ audience, route, required, covered, calls, lastHour }: RowFacts) {
  const lastUsedAt = toTime(lastHour);
  return { audience, route, ...(required !== undefined && { required }), covered, calls, lastUsedAt };
}

type RowFacts = UsageKind & { readonly calls: number; readonly lastHour: number };

function sumCalls(totals: readonly { readonly calls: number }[]): number {
  return totals.reduce((sum, { calls }) => sum + calls, 0);
}

function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
