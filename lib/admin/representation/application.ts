import { z } from 'zod';
import type { Application } from '../../grants/model.js';
import { applicationCommand } from '../commands/application.js';
import { type Href, links, reference, representLinks, times, uuid } from './hal.js';
import { paths } from './paths.js';

export const applicationBody = z
  .object({
    _links: links('self', 'environment', 'grants', 'secret'),
    id: uuid,
    environment: reference,
    ...applicationCommand.shape,
    protocol: z.enum(['OPENID_CONNECT', 'SAML', 'EXTERNAL_LINK']),
    tags: z.array(z.string()).meta({ description: 'PingOne’s labels of worker applications. Always empty.' }),
    ...times,
  })
  .meta({ id: 'Application' });

export function representApplication(application: Application, href: Href) {
  const { id, version: _, tag: _tag, environmentId, createdAt, updatedAt, name, description, ...rest } = application;
  const self = paths.application({ environmentId, applicationId: id });
  return {
    _links: representLinks(href, {
      self,
      environment: paths.environment(environmentId),
      grants: `${self}/grants`,
      secret: `${self}/secret`,
    }),
    id,
    environment: { id: environmentId },
    name,
    description,
    ...rest,
    tags: [],
    createdAt,
    updatedAt,
  };
}
