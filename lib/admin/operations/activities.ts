import { z } from 'zod';
import { id } from '../commands/fields.js';
import { activityBody, representActivity } from '../representation/activity.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import { operation, pageQuery, pageResult, text } from './operation.js';

/** Of the years 0 to 9999, in which texts sort as times do. */
const moment = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value).toISOString())
  .refine((value) => value.length === 24)
  .optional();

/** Each can contain an object twice, before and after the change. */
const MAX_ACTIVITIES = 100;

export const activityOperations = [
  operation({
    id: 'readActivities',
    method: 'GET',
    path: `${paths.environment('{environmentId}')}/activities`,
    summary: 'List changes and who made them, newest first',
    permissions: ['audit:read:activity'],
    query: pageQuery.extend({
      application: id.optional().meta({
        description: 'what changed this application or its grants, deletions of scopes and resources included',
      }),
      actor: text.meta({ description: 'the client or the subject whose token the change came with' }),
      from: moment.meta({ description: 'changes from this moment on (RFC 3339)' }),
      to: moment.meta({ description: 'changes before this moment (RFC 3339)' }),
    }),
    status: 200,
    schema: collectionBody('activities', activityBody),
    run: (call) => {
      const { store, params } = call;
      const query = { ...call.query, limit: Math.min(call.query.limit, MAX_ACTIVITIES) };
      const { application: applicationId, actor, from, to } = query;
      return pageResult(
        { ...call, query },
        'activities',
        (request) => store.activities.list(params, { applicationId, actor, from, to }, request),
        representActivity,
      );
    },
  }),
];
