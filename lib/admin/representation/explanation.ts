import { z } from 'zod';
import type { Explanation, Withdrawal } from '../../explain/explanation.js';
import { reference, time, uuid } from './hal.js';

const scopes = z.array(z.string());
const withdrawalBody = z.object({
  scope: z.string().optional(),
  by: z.string().optional(),
  at: time,
  cause: z.string(),
  activity: reference.optional(),
  target: reference.optional(),
  actors: z
    .object({ client: z.object({ id: z.string() }).optional(), user: z.object({ id: z.string() }).optional() })
    .optional(),
});

export const explanationBody = z
  .object({
    outcome: z.enum(['permit', 'deny', 'outage']),
    reason: z.string(),
    detail: z.string().optional(),
    verified: z
      .literal(false)
      .meta({ description: 'Scopes and claims are assumed, or read from a token: nobody signed for them.' }),
    application: z.object({ id: uuid }),
    required: z.unknown(),
    scopeModel: z.string(),
    held: scopes,
    granted: scopes.optional(),
    coverage: z.array(z.object({ required: z.string(), by: z.string() })),
    sufficient: scopes.optional(),
    missing: scopes.optional(),
    missingGrant: z
      .object({
        audience: z.union([z.string(), scopes]).optional(),
        scopes,
        requested: scopes,
      })
      .optional(),
    withdrawn: z.array(withdrawalBody).optional(),
    since: time
      .optional()
      .meta({ description: 'Since when it is denied. Absent where it was never permitted, as far as is known.' }),
    remedy: z.object({ actor: z.string(), sentence: z.string() }).optional(),
    steps: z.array(z.object({ step: z.string(), outcome: z.string(), rule: z.string(), detail: z.string() })),
  })
  .meta({ id: 'Explanation', description: 'What live grants and scopes decide, and how it came about.' });

export function representExplanation(applicationId: string, explanation: Explanation) {
  const { outcome, reason, detail, required, scopeModel, held = [], granted, coverage = [], sufficient } = explanation;
  const { missing, missingGrant, withdrawn, remedy, steps } = explanation;
  const since = findSince(explanation);
  return {
    outcome,
    reason,
    ...(detail !== undefined && { detail }),
    verified: false,
    application: { id: applicationId },
    required,
    scopeModel,
    held,
    ...(granted !== undefined && { granted }),
    coverage,
    ...(sufficient !== undefined && { sufficient }),
    ...(missing !== undefined && { missing }),
    ...(missingGrant !== undefined && { missingGrant: omitApplication(missingGrant) }),
    ...(withdrawn !== undefined && { withdrawn: withdrawn.map(representWithdrawal) }),
    ...(since !== undefined && { since }),
    ...(remedy !== undefined && { remedy }),
    steps,
  };
}

/** When the first of what is missing was withdrawn, where all of it was granted once. */
function findSince({ withdrawn = [], missingGrant }: Explanation): string | undefined {
  const scopes = missingGrant?.scopes ?? [];
  const wasGranted = scopes.every((scope) => withdrawn.some((each) => each.scope === scope));
  return wasGranted ? withdrawn[0]?.at : undefined;
}

function omitApplication({ application: _, ...grant }: NonNullable<Explanation['missingGrant']>) {
  return grant;
}

function representWithdrawal({ scope, by, at, cause, activityId, targetId, actor }: Withdrawal) {
  const { client, subject } = actor ?? {};
  return {
    ...(scope !== undefined && { scope }),
    ...(by !== undefined && { by }),
    at,
    cause,
    ...(activityId !== undefined && { activity: { id: activityId } }),
    ...(targetId !== undefined && { target: { id: targetId } }),
    ...(actor !== undefined && {
      actors: {
        ...(client !== undefined && { client: { id: client } }),
        ...(subject !== undefined && { user: { id: subject } }),
      },
    }),
  };
}
