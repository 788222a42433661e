import { z } from 'zod';
import type {
  ZodOpenApiObject,
  ZodOpenApiOperationObject,
  ZodOpenApiParameters,
  ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { ADMIN_ERRORS, type AdminErrorKind, errorBody } from '../grants/errors.js';
import { PATCH_MEDIA_TYPES } from './merge-patch.js';
import { isChange, type Operation } from './operations/operation.js';
import { OPERATIONS } from './operations.js';
import { PERMISSIONS, type Permission } from './permissions.js';
import { dryRunBody } from './representation/activity.js';
import { problemBody } from './representation/problem.js';
import { REQUEST_EXAMPLES } from './request-examples.js';
import { findTag, TAG_OBJECTS } from './tags.js';

/** The build puts the version of the package in its place. */
const UNRELEASED = '0.0.0';

/** RFC 6749 §4.4. The document is the same everywhere, so the token endpoint has a name that nobody has (RFC 2606 §3). */
const oauth2 = {
  type: 'oauth2',
  description:
    'A token of the authorization server that the gate trusts, at its own token endpoint. The scopes here are the permissions; the option `permissions` of the router maps each to the scope that a token must hold.',
  flows: {
    clientCredentials: {
      tokenUrl: 'https://authorization-server.example/token',
      scopes: Object.fromEntries(PERMISSIONS.map((permission) => [permission, describePermission(permission)])),
    },
  },
} as const;

/** The sentence of `resources:read:scope` is "May read a scope." */
function describePermission(permission: Permission): string {
  const [, verb = '', object = ''] = permission.split(':');
  return `May ${verb} ${/^[aeio]/.test(object) ? 'an' : 'a'} ${object}.`;
}

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
    info: {
      title: 'Grants administration',
      version: UNRELEASED,
      description: 'Environments, resources, scopes, applications and grants, as HAL, in the forms of PingOne.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: TAG_OBJECTS,
    paths,
    components: {
      schemas: { Problem: problemBody, DryRun: dryRunBody },
      securitySchemes: { oauth2 },
    },
  };
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { id, summary, permissions, body, bodyOptional } = operation;
  return {
    operationId: id,
    tags: [findTag(operation.path) as string],
    summary,
    description: `Permissions: ${permissions.join(', ')}.`,
    security: [{ oauth2: [...permissions] }],
    requestParams: describeParameters(operation),
    ...(body && { requestBody: { required: !bodyOptional, content: describeBody(operation, body) } }),
    responses: { ...describeSuccess(operation), ...describeErrors(operation) },
  };
}

/** A patch has a media type of its own, beside that of all bodies. */
function describeBody({ id, method }: Operation, schema: z.ZodType) {
  const types = method === 'PATCH' ? PATCH_MEDIA_TYPES : ['application/json'];
  return Object.fromEntries(types.map((type) => [type, { schema, example: REQUEST_EXAMPLES[id] }]));
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
  const { status, summary, schema, hasEvents = false } = operation;
  const events = hasEvents && { 'text/event-stream': { schema: z.string() } };
  const success = { description: summary, ...(schema && { content: { ...toContent(schema), ...events } }) };
  if (operation.readsOnly) return { [status]: success };
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
  const ofBody: readonly AdminErrorKind[] = operation.readsOnly ? ['too_large', 'media_type'] : [];
  const kinds = [...ERRORS, ...(isChange(operation) ? ERRORS_OF_CHANGES : ofBody)];
  const responses = kinds.map((kind) => {
    const { status, message } = ADMIN_ERRORS[kind];
    const example = errorBody(kind, [], '5f0c2a7e-1d3b-4c6f-8e90-b2a4d6f8c013');
    return [status, { description: message, content: toContent(problemBody, example) }];
  });
  return Object.fromEntries(responses);
}

function toContent(schema: z.ZodType, example?: object) {
  return { 'application/json': { schema, ...(example && { example }) } };
}
