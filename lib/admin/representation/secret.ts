import { z } from 'zod';
import type { SecretState } from '../../grants/model.js';
import { type Href, links, reference, representLinks, time } from './hal.js';
import { paths } from './paths.js';

const secretState = {
  _links: links('self', 'environment', 'application'),
  environment: reference,
  application: reference,
  createdAt: time,
  previous: z.object({ createdAt: time, expiresAt: time }).optional(),
};
export const secretStateBody = z.object(secretState).meta({ id: 'SecretState' });

/** Only the response that creates a secret shows it. */
export const secretBody = z
  .object({
    ...secretState,
    secret: z.string().optional().meta({ description: 'The secret. No later response shows it.' }),
  })
  .meta({ id: 'Secret' });

export function representSecret(state: SecretState, href: Href, secret?: string) {
  const { environmentId, applicationId, createdAt, previous } = state;
  const application = paths.application(state);
  return {
    _links: representLinks(href, {
      self: `${application}/secret`,
      environment: paths.environment(environmentId),
      application,
    }),
    environment: { id: environmentId },
    application: { id: applicationId },
    ...(secret !== undefined && { secret }),
    createdAt,
    ...(previous && { previous }),
  };
}
