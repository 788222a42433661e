import { z } from 'zod';
import { ACTIVITY_TARGETS, type Activity } from '../../grants/model.js';
import { reference, time, uuid } from './hal.js';
import { impactBody } from './usage.js';

const snapshot = z.record(z.string(), z.unknown()).optional();
const activityType = z.enum(
  ACTIVITY_TARGETS.flatMap((target) => [`${target}.CREATED`, `${target}.UPDATED`, `${target}.DELETED`] as const),
);
const changed = {
  action: z.object({ type: activityType }),
  resources: z.array(z.object({ type: z.enum(ACTIVITY_TARGETS), id: uuid })),
  before: snapshot,
  after: snapshot,
};

export const activityBody = z
  .object({
    id: uuid,
    environment: reference,
    recordedAt: time,
    correlationId: z.string(),
    externalTransactionId: z.string().optional(),
    actors: z.object({
      client: z.object({ id: z.string() }).optional(),
      user: z.object({ id: z.string() }).optional(),
    }),
    ...changed,
  })
  .meta({ id: 'Activity' });

export function representActivity(activity: Activity) {
  const { id, environmentId, recordedAt, correlationId, transactionId, actor } = activity;
  return {
    id,
    environment: { id: environmentId },
    recordedAt,
    correlationId,
    ...(transactionId !== undefined && { externalTransactionId: transactionId }),
    actors: {
      ...(actor.client !== undefined && { client: { id: actor.client } }),
      ...(actor.subject !== undefined && { user: { id: actor.subject } }),
    },
    ...representChange(activity),
  };
}

export const dryRunBody = z
  .object({ dryRun: z.literal(true), changes: z.array(z.object(changed)), impact: impactBody.optional() })
  .meta({ id: 'DryRun', description: 'The changes that the request would make. Nothing has changed.' });

export function representDryRun(activities: readonly Activity[], impact?: object) {
  return { dryRun: true, changes: activities.map(representChange), ...(impact && { impact }) };
}

function representChange({ type, targetId, before, after }: Activity) {
  const [target] = type.split('.');
  return {
    action: { type },
    resources: [{ type: target, id: targetId }],
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}
