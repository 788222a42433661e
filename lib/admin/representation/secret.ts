import { z } from 'zod';
import type { ApplicationSecret, SecretState } from '../../grants/model.js';
import { type Href, links, reference, representLinks, time, uuid } from './hal.js';
import { paths } from './paths.js';

const shown = z.string().optional().meta({ description: 'The secret, where the store is opened to show secrets.' });
const shownOnce = shown.meta({
  description: 'The secret. No later response shows it, unless the store is opened to show secrets.',
});

const secretState = {
  _links: links('self', 'environment', 'application'),
  environment: reference,
  application: reference,
  secret: shown,
  createdAt: time,
  previous: z.object({ secret: shown, createdAt: time, expiresAt: time, lastUsed: time.optional() }).optional(),
};
export const secretStateBody = z.object(secretState).meta({ id: 'SecretState' });

/** The response that creates a secret shows it. */
export const secretBody = z.object({ ...secretState, secret: shownOnce }).meta({ id: 'Secret' });

/** In PingOne's form, where the last use is `lastUsed`. */
export function representSecret(state: SecretState, href: Href) {
  const { environmentId, applicationId, secret, createdAt, previous } = state;
  const { lastUsedAt, ...rest } = previous ?? {};
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
    ...(previous && { previous: { ...rest, ...(lastUsedAt !== undefined && { lastUsed: lastUsedAt }) } }),
  };
}

const applicationSecret = {
  _links: links('self', 'environment', 'application'),
  id: uuid,
  environment: reference,
  application: reference,
  name: z.string().optional().meta({ description: 'Absent where the secret came by rotation.' }),
  createdAt: time,
  expiresAt: time.optional(),
  lastUsedAt: time.optional().meta({ description: 'When it was presented last, to the minute.' }),
};
export const listedSecretBody = z.object(applicationSecret).meta({ id: 'ListedSecret' });
export const applicationSecretBody = z
  .object({ ...applicationSecret, secret: shownOnce })
  .meta({ id: 'ApplicationSecret' });

export function representApplicationSecret(secret: ApplicationSecret, href: Href) {
  const { id, environmentId, applicationId, name, secret: shownSecret, ...dates } = secret;
  const application = paths.application(secret);
  return {
    _links: representLinks(href, {
      self: `${application}/secrets/${id}`,
      environment: paths.environment(environmentId),
      application,
    }),
    id,
    environment: { id: environmentId },
    application: { id: applicationId },
    ...(name !== undefined && { name }),
    ...(shownSecret !== undefined && { secret: shownSecret }),
    ...dates,
  };
}
