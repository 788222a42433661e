import { z } from 'zod';
import { RESOURCE_TYPES, type Resource, type ResourceScope } from '../../grants/model.js';
import { resourceCommand } from '../commands/resource.js';
import { type Href, links, reference, representLinks, times, uuid } from './hal.js';
import { paths } from './paths.js';
import { representScope, scopeBody } from './scope.js';

export const resourceBody = z
  .object({
    _links: links('self', 'environment', 'scopes'),
    _embedded: z.object({ scopes: z.array(scopeBody) }).optional(),
    id: uuid,
    environment: reference,
    ...resourceCommand.in.shape,
    type: z.enum(RESOURCE_TYPES),
    audience: z.string(),
    ...times,
  })
  .meta({ id: 'Resource' });

/** @param scopes the scopes of the resource, or the first of many, where the request expands them */
export function representResource(resource: Resource, href: Href, scopes?: readonly ResourceScope[]) {
  const { id, version: _, tag: _tag, environmentId, createdAt, updatedAt, name, description, type, ...rest } = resource;
  const self = paths.resource({ environmentId, resourceId: id });
  return {
    _links: representLinks(href, { self, environment: paths.environment(environmentId), scopes: `${self}/scopes` }),
    ...(scopes !== undefined && { _embedded: { scopes: scopes.map((scope) => representScope(scope, href)) } }),
    id,
    environment: { id: environmentId },
    name,
    description,
    type,
    ...rest,
    createdAt,
    updatedAt,
  };
}
