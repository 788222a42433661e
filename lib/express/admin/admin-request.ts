import type { Request, Response } from 'express';
import type { GateSources } from '../../admin/operations/gate-sources.js';
import type { Operation, OperationResult, Params } from '../../admin/operations/operation.js';
import type { Permission } from '../../admin/permissions.js';
import type { ChangeContext, GrantStore } from '../../grants/store.js';
import type { Requirement } from '../../scope/requirement.js';
import type { ScopeModel } from '../../scope/scope-model.js';
import type { Caller, CallerRules } from './caller.js';
import type { JsonBodyReader } from './json-body.js';

/** The options of the router that serving a request needs. */
export interface RouterContext extends CallerRules {
  readonly readJsonBody: JsonBodyReader;
  readonly store: GrantStore;
  readonly sources: GateSources;
  readonly scopeModel: ScopeModel;
  readonly permissions: { readonly [name in Permission]?: Requirement | undefined };
  readonly baseUrl: string | undefined;
  readonly onError: ((error: unknown, req: Request) => unknown) | undefined;
}

/** The conditions of a change, from its headers. */
export type Conditions = Pick<ChangeContext, 'transactionId' | 'ifMatch' | 'idempotency'>;

/** A request to one operation, after the gate: each step fills in its part. */
export interface AdminRequest {
  readonly req: Request;
  readonly res: Response;
  readonly operation: Operation;
  readonly context: RouterContext;
  caller: Caller;
  params: Params;
  /** The query as it was sent. */
  search: Readonly<Record<string, string | string[]>>;
  query: { readonly dryRun?: 'true' | 'false' | undefined };
  body: unknown;
  conditions: Conditions;
  result: OperationResult | undefined;
}

/** A caller that may administer nothing. */
const UNKNOWN_CALLER: Caller = { environment: '', client: undefined, subject: undefined };

export function createAdminRequest(
  req: Request,
  res: Response,
  operation: Operation,
  context: RouterContext,
): AdminRequest {
  return {
    req,
    res,
    operation,
    context,
    caller: UNKNOWN_CALLER,
    params: {} as Params,
    search: {},
    query: {},
    body: undefined,
    conditions: {},
    result: undefined,
  };
}

/** The path of the request inside the router, its ids in lower case. */
export function getPath({ operation, params }: AdminRequest): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name) => params[name as keyof Params]);
}

/** The address of the router, as the client sees it. */
export function getAddress({ req, context: { baseUrl } }: AdminRequest): string {
  if (baseUrl !== undefined) return baseUrl.replace(/\/+$/, '');
  const host = getHost(req);
  return host === undefined ? req.baseUrl : `${req.protocol}://${host}${req.baseUrl}`;
}

/**
 * Host and port by the rules of `req.host` in Express 5: those of `X-Forwarded-Host` where `trust proxy` covers the
 * peer, the first of several; else those of `Host`. In Express 4, `req.host` has no port.
 */
function getHost(req: Request): string | undefined {
  const isTrusted: (address: string | undefined, hop: number) => boolean = req.app.get('trust proxy fn');
  const forwarded = req.get('X-Forwarded-Host');
  if (!forwarded || !isTrusted(req.socket.remoteAddress, 0)) return req.get('Host');
  return forwarded.split(',')[0]?.trim() || undefined;
}
