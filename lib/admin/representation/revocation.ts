import { z } from 'zod';
import type { Revocation } from '../../grants/model.js';
import { type Href, links, reference, representLinks, time } from './hal.js';
import { paths } from './paths.js';

export const revocationBody = z
  .object({
    _links: links('environment', 'application'),
    environment: reference,
    application: reference,
    subject: z.string().optional(),
    notBefore: time.meta({ description: 'Tokens issued before this moment, or in the same second, are revoked.' }),
  })
  .meta({ id: 'Revocation' });

export function representRevocation(revocation: Revocation, href: Href) {
  const { environmentId, applicationId, subject, notBefore } = revocation;
  return {
    _links: representLinks(href, {
      environment: paths.environment(environmentId),
      application: paths.application(revocation),
    }),
    environment: { id: environmentId },
    application: { id: applicationId },
    ...(subject !== undefined && { subject }),
    notBefore,
  };
}
