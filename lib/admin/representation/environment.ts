import { z } from 'zod';
import type { Environment } from '../../grants/model.js';
import { environmentCommand } from '../commands/environment.js';
import { type Href, links, reference, representLinks, representTimes, times, uuid } from './hal.js';
import { paths } from './paths.js';

export const environmentBody = z
  .object({
    _links: links('self', 'applications', 'resources', 'scopes', 'activities'),
    id: uuid,
    ...environmentCommand.shape,
    license: reference.optional(),
    ...times,
  })
  .meta({ id: 'Environment' });

export function representEnvironment(environment: Environment, href: Href) {
  const { id, name, description, type, region, license } = environment;
  const self = paths.environment(id);
  return {
    _links: representLinks(href, {
      self,
      applications: `${self}/applications`,
      resources: `${self}/resources`,
      scopes: `${self}/scopes`,
      activities: `${self}/activities`,
    }),
    id,
    name,
    description,
    type,
    ...(region !== undefined && { region }),
    ...(license !== undefined && { license }),
    ...representTimes(environment),
  };
}
