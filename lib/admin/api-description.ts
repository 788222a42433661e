import { createDocument } from 'zod-openapi';
import { allowNullMembers } from './null-members.js';
import { composeDocument } from './openapi.js';

/**
 * The OpenAPI 3.1 document of the admin API, without `servers`. The build replaces this module with the finished
 * document, so that the package does not need zod-openapi at run time.
 */
export function describeApi(): object {
  const document = createDocument(composeDocument());
  for (const path of Object.values(document.paths ?? {})) {
    for (const [verb, operation] of Object.entries(path as Readonly<Record<string, Described>>)) {
      const body = operation.requestBody?.content['application/json'];
      if (body !== undefined && verb !== 'patch') body.schema = allowNullMembers(body.schema);
    }
  }
  return document;
}

interface Described {
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: unknown }>> };
}
