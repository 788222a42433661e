import { z } from 'zod';
import { pickDates } from '../../grants/dates.js';
import type { Grant } from '../../grants/model.js';
import { type Href, links, reference, representLinks, representTimes, time, times, uuid } from './hal.js';
import { paths } from './paths.js';

/** Without a date: from the beginning, and without end. */
const dates = { notBefore: time.optional(), expiresAt: time.optional() };

export const grantBody = z
  .object({
    _links: links('self', 'environment', 'application', 'resource'),
    id: uuid,
    environment: reference,
    resource: reference,
    application: reference,
    ...dates,
    scopes: z.array(z.object({ id: uuid, name: z.string().optional(), ...dates })),
    ...times,
  })
  .meta({ id: 'Grant' });

/** @param withNames includes the names of the scopes, where the request expands them */
export function representGrant(grant: Grant, href: Href, withNames = false) {
  const { id, environmentId, applicationId, resourceId, scopes } = grant;
  const application = paths.application({ environmentId, applicationId });
  return {
    _links: representLinks(href, {
      self: `${application}/grants/${id}`,
      environment: paths.environment(environmentId),
      application,
      resource: paths.resource({ environmentId, resourceId }),
    }),
    id,
    environment: { id: environmentId },
    resource: { id: resourceId },
    application: { id: applicationId },
    ...pickDates(grant),
    scopes: scopes.map((scope) => ({ id: scope.id, ...(withNames && { name: scope.name }), ...pickDates(scope) })),
    ...representTimes(grant),
  };
}
