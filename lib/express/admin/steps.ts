import { ALL_ENVIRONMENTS } from '../../admin/all-environments.js';
import { isChange } from '../../admin/operations/operation.js';
import { parseBody, parsePatch, parseQuery } from '../../admin/validation.js';
import { decide } from '../../decision/decide.js';
import { forbidden, notFound } from '../../grants/errors.js';
import { MY_SCOPES } from '../../scope/grammar.js';
import { type AdminRequest, getAddress, getPath } from './admin-request.js';
import { type Caller, readCaller } from './caller.js';
import { sendEvents } from './event-stream.js';
import {
  checkPatchType,
  parseQueryString,
  readIdempotencyKey,
  readIfMatch,
  readParams,
  readTransactionId,
  requireBody,
} from './request.js';
import { getCorrelationId, sendResult } from './response.js';

/** Fills in its part of the request, or throws an `AdminError`. */
export type Step = (request: AdminRequest) => void | Promise<void>;

/** Reads who calls, and refuses callers who may never use this operation. */
export async function identifyCaller(request: AdminRequest): Promise<void> {
  const { req, operation, context } = request;
  const caller = await readCaller(req, context);
  if (operation.global && caller.environment !== ALL_ENVIRONMENTS) {
    throw forbidden('Only callers authorized for all environments may do this.');
  }
  if (isChange(operation) && caller.client === undefined) {
    throw forbidden('The token does not identify a client.');
  }
  request.caller = caller;
}

export function readPathIds(request: AdminRequest): void {
  request.params = readParams(request.req);
}

/** Another environment than the caller's is 404, as if it did not exist. */
export function confineToEnvironment({ caller, params: { environmentId } }: AdminRequest): void {
  if (environmentId === undefined || caller.environment === ALL_ENVIRONMENTS) return;
  if (environmentId !== caller.environment) throw notFound();
}

export function readQuery(request: AdminRequest): void {
  request.search = parseQueryString(request.req);
  request.query = parseQuery(request.operation.query, request.search) as AdminRequest['query'];
}

export async function readBody(request: AdminRequest): Promise<void> {
  const { req, res, operation, context } = request;
  if (operation.body === undefined) return;
  if (operation.method === 'PATCH') checkPatchType(req);
  const body = await context.readJsonBody(req, res);
  if (operation.method === 'PATCH') request.body = parsePatch(operation.body, requireBody(operation, body));
  else request.body = parseBody(operation.body, requireBody(operation, body));
}

/** A caller as JSON, which omits symbols. */
function identify({ environment, client, subject }: Caller): unknown[] {
  return [String(environment), client, subject];
}

/** Reads the headers that state the conditions of a change. */
export function readConditions(request: AdminRequest): void {
  const { req, operation, caller, body } = request;
  request.conditions = {
    transactionId: readTransactionId(req),
    ifMatch: readIfMatch(req),
    idempotency:
      operation.method === 'POST' && isChange(operation)
        ? readIdempotencyKey(req, [operation.id, getPath(request), identify(caller)], body)
        : undefined,
  };
}

const EVENTS = 'text/event-stream';

export async function run(request: AdminRequest): Promise<void> {
  const { req, res, operation, context, caller, params, search, query, body, conditions } = request;
  const address = getAddress(request);
  request.result = await operation.run({
    store: context.store,
    sources: context.sources,
    wantsEvents: operation.hasEvents === true && req.accepts(['json', EVENTS]) === EVENTS,
    scopeModel: context.scopeModel,
    params,
    query,
    body,
    confinedTo: caller.environment,
    isPermitted(permission) {
      const required = context.permissions[permission] ?? MY_SCOPES;
      return decide({ held: context.gate.auth(req).scopes, required }).effect === 'permit';
    },
    context: {
      actor: { client: caller.client, subject: caller.subject },
      correlationId: getCorrelationId(res),
      dryRun: query.dryRun === 'true',
      ...conditions,
    },
    status: operation.status,
    path: getPath(request),
    search: search as Readonly<Record<string, string>>,
    href: (target) => `${address}${target}`,
  });
}

export function represent({ req, res, context, result }: AdminRequest): void {
  if (result?.events !== undefined) sendEvents(req, res, context.gate, result.events);
  else if (result !== undefined) sendResult(req, res, result);
}

/**
 * What the router does with each request that the gate permits. The order matters: another environment is 404 before
 * anything else of the request is read, so that no response reveals what is in it.
 */
export const ADMIN_STEPS: readonly Step[] = [
  identifyCaller,
  readPathIds,
  confineToEnvironment,
  readQuery,
  readBody,
  readConditions,
  run,
  represent,
];

/** Ends at the first step that throws. */
export async function runSteps(request: AdminRequest, steps: readonly Step[] = ADMIN_STEPS): Promise<void> {
  for (const step of steps) await step(request);
}
