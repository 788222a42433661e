import { z } from 'zod';
import type { ResourceScope } from '../../grants/model.js';
import { scopeCommand } from '../commands/scope.js';
import { type Href, links, reference, representLinks, representTimes, times, uuid } from './hal.js';
import { paths } from './paths.js';

/** How many holders of a scope are counted. */
export const MAX_HOLDERS = 1000;

export const scopeBody = z
  .object({
    _links: links('self', 'environment', 'resource', 'applications'),
    id: uuid,
    environment: reference,
    resource: reference,
    ...scopeCommand.shape,
    holders: z
      .int()
      .min(0)
      .max(MAX_HOLDERS)
      .optional()
      .meta({
        description: `With \`expand=holders\`: how many applications hold it directly; at most ${MAX_HOLDERS} are counted.`,
      }),
    ...times,
  })
  .meta({ id: 'Scope' });

export function representScope(scope: ResourceScope, href: Href, holders?: number) {
  const { id, environmentId, resourceId, name, description } = scope;
  const resource = paths.resource({ environmentId, resourceId });
  const self = `${resource}/scopes/${id}`;
  return {
    _links: representLinks(href, {
      self,
      environment: paths.environment(environmentId),
      resource,
      applications: `${self}/applications`,
    }),
    id,
    environment: { id: environmentId },
    resource: { id: resourceId },
    name,
    description,
    holders,
    ...representTimes(scope),
  };
}
