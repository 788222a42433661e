import { z } from 'zod';
import { createDocument, type ZodOpenApiObject, type ZodOpenApiOperationObject } from 'zod-openapi';
import { ADMIN_ERRORS } from '../grants/errors.js';
import type { Operation } from './operations/operation.js';
import { OPERATIONS } from './operations.js';
import { dryRunBody } from './representation/activity.js';
import { problemBody } from './representation/problem.js';

/** Describes the admin API in OpenAPI 3.1, from the schemas that its requests are read with. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of OPERATIONS) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: { title: 'Grants administration', version: '1' },
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: { Problem: problemBody, DryRun: dryRunBody },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
  return createDocument(document);
}

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
const problem = (description: string) => ({ description, content: json(problemBody) });

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { id, path, summary, permissions, query, body, bodyOptional, status, schema, method } = operation;
  const isChange = method !== 'GET';
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, z.guid()] as const);
  const headers = {
    ...((method === 'PUT' || method === 'DELETE') && { 'If-Match': z.string().optional() }),
    ...(method === 'POST' && { 'Idempotency-Key': z.string().min(1).max(255).optional() }),
    ...(isChange && { 'X-Ping-External-Transaction-ID': z.string().optional() }),
  };
  const success = { description: summary, ...(schema && { content: json(schema) }) };
  const dryRun = { description: 'What would change (`dryRun=true`)', content: json(dryRunBody) };
  const ok = isChange && schema && status === 200 ? z.union([schema, dryRunBody]) : schema;
  return {
    operationId: id,
    summary,
    description: `Permissions: ${permissions.join(', ')}.`,
    requestParams: {
      ...(parameters.length > 0 && { path: z.object(Object.fromEntries(parameters)) }),
      query: query as z.ZodObject,
      ...(isChange && { header: z.object(headers) }),
    },
    ...(body && { requestBody: { required: !bodyOptional, content: json(body) } }),
    responses: {
      ...(isChange && status !== 200 && { 200: dryRun }),
      [status]: status === 200 && ok ? { ...success, content: json(ok) } : success,
      ...(isChange ? {} : { 304: { description: 'Not modified' } }),
      400: problem(ADMIN_ERRORS.invalid_data.message),
      401: problem(ADMIN_ERRORS.unauthenticated.message),
      403: problem(ADMIN_ERRORS.forbidden.message),
      404: problem(ADMIN_ERRORS.not_found.message),
      405: problem(ADMIN_ERRORS.method_not_allowed.message),
      ...(isChange && {
        412: problem(ADMIN_ERRORS.stale.message),
        413: problem(ADMIN_ERRORS.too_large.message),
        415: problem(ADMIN_ERRORS.media_type.message),
        422: problem(ADMIN_ERRORS.key_reused.message),
      }),
      500: problem(ADMIN_ERRORS.unexpected.message),
      503: problem(ADMIN_ERRORS.unavailable.message),
    },
  } as ZodOpenApiOperationObject;
}
