import { z } from 'zod';
import type {
  ZodOpenApiObject,
  ZodOpenApiOperationObject,
  ZodOpenApiParameters,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { ADMIN_ERRORS, type AdminErrorKind } from '../grants/errors.js';
import { PATCH_MEDIA_TYPES } from './merge-patch.js';
import type { Operation } from './operations/operation.js';
import { OPERATIONS } from './operations.js';
import { dryRunBody } from './representation/activity.js';
import { problemBody } from './representation/problem.js';

/** Describes the admin API in OpenAPI 3.1, from the schemas that its requests are read with. */
export function composeDocument(operations: readonly Operation[] = OPERATIONS): ZodOpenApiObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describeOperation(operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Grants administration', version: '1' },
    security: [{ bearer: [] }],
    paths,
    components: {
      schemas: { Problem: problemBody, DryRun: dryRunBody },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { id, summary, permissions, body, bodyOptional } = operation;
  return {
    operationId: id,
    summary,
    description: `Permissions: ${permissions.join(', ')}.`,
    requestParams: describeParameters(operation),
    ...(body && { requestBody: { required: !bodyOptional, content: describeBody(operation, body) } }),
    responses: { ...describeSuccess(operation), ...describeErrors(operation) },
  };
}

/** A patch has a media type of its own, beside that of all bodies. */
function describeBody({ method }: Operation, schema: z.ZodType) {
  if (method !== 'PATCH') return toContent(schema);
  return Object.fromEntries(PATCH_MEDIA_TYPES.map((type) => [type, { schema }]));
}

function isChange({ method }: Operation): boolean {
  return method !== 'GET';
}

function describeParameters(operation: Operation): ZodOpenApiParameters {
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  return {
    ...(names.length > 0 && { path: z.object(Object.fromEntries(names.map((name) => [name, z.guid()]))) }),
    query: operation.query as z.ZodObject,
    ...(isChange(operation) && { header: describeHeaders(operation) }),
  };
}

function describeHeaders({ method }: Operation): z.ZodObject {
  return z.object({
    ...(['PUT', 'PATCH', 'DELETE'].includes(method) && { 'If-Match': z.string().optional() }),
    ...(method === 'POST' && { 'Idempotency-Key': z.string().min(1).max(255).optional() }),
    'X-Ping-External-Transaction-ID': z.string().optional(),
  });
}

function describeSuccess(operation: Operation): ZodOpenApiResponsesObject {
  const { status, summary, schema } = operation;
  const success = { description: summary, ...(schema && { content: toContent(schema) }) };
  if (!isChange(operation)) return { [status]: success, 304: { description: 'Not modified' } };
  const dryRun = { description: 'The changes that would be made (`dryRun=true`)', content: toContent(dryRunBody) };
  if (status !== 200 || schema === undefined) return { 200: dryRun, [status]: success };
  return { 200: { ...success, content: toContent(z.union([schema, dryRunBody])) } };
}

const ERRORS: readonly AdminErrorKind[] = [
  'invalid_data',
  'unauthenticated',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'unexpected',
  'unavailable',
];
const ERRORS_OF_CHANGES: readonly AdminErrorKind[] = ['stale', 'too_large', 'media_type', 'key_reused'];

function describeErrors(operation: Operation): ZodOpenApiResponsesObject {
  const kinds = isChange(operation) ? [...ERRORS, ...ERRORS_OF_CHANGES] : ERRORS;
  const responses = kinds.map((kind) => {
    const { status, message } = ADMIN_ERRORS[kind];
    return [status, { description: message, content: toContent(problemBody) }];
  });
  return Object.fromEntries(responses);
}

function toContent(schema: z.ZodType) {
  return { 'application/json': { schema } };
}
