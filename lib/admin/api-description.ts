import { createDocument } from 'zod-openapi';
import { composeDocument } from './openapi.js';

/**
 * The OpenAPI 3.1 document of the admin API, without `servers`. The build replaces this module with the finished
 * document, so that the package does not need zod-openapi at run time.
 */
export function describeApi(): object {
  return createDocument(composeDocument());
}
