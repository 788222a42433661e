import { id } from '../commands/fields.js';
import { activityBody, representActivity } from '../representation/activity.js';
import { collectionBody } from '../representation/hal.js';
import { paths } from '../representation/paths.js';
import { defineOperation, noQuery, orNotFound, pageQuery, pageResult, text, timestamp } from './operation.js';

/** Fewer than of other lists: each can contain an object twice, before and after the change. */
const MAX_ACTIVITIES = 100;

const list = `${paths.environment('{environmentId}')}/activities`;

export const activityOperations = [
  defineOperation({
    id: 'readActivities',
    method: 'GET',
    path: list,
    summary: 'List changes and who made them, newest first',
    permissions: ['audit:read:activity'],
    query: pageQuery.extend({
      application: id.optional().meta({
        description: 'Changes of this application or its grants, including those by deleted scopes and resources.',
      }),
      actor: text.meta({ description: 'The client or the subject of the token that made the change.' }),
      from: timestamp.meta({ description: 'Changes from this moment on (RFC 3339).' }),
      to: timestamp.meta({ description: 'Changes before this moment (RFC 3339).' }),
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
  defineOperation({
    id: 'readActivity',
    method: 'GET',
    path: `${list}/{activityId}`,
    summary: 'Read a change',
    permissions: ['audit:read:activity'],
    query: noQuery,
    status: 200,
    schema: activityBody,
    run: async ({ store, params }) => {
      return { status: 200, body: representActivity(orNotFound(await store.activities.get(params))) };
    },
  }),
];
