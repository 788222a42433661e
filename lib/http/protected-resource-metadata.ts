import { createHash } from 'node:crypto';
import { OFFLINE_ACCESS } from '../enforcement/challenge.js';
import type { HttpRequest, HttpResponse, Next } from '../enforcement/http-message.js';
import { insist, isListOf, type OptionRules, optional, readOptions } from '../options.js';
import { isScopeToken } from '../scope/grammar.js';
import { parseEndpointUrl } from '../token/keys/endpoint-url.js';
import { checkMembers, type ResourceMetadataMembers } from './resource-metadata-members.js';
import { declareRule } from './route-rule.js';

export interface ProtectedResourceMetadataOptions {
  /**
   * The resource identifier: the `https` URL of the API, as clients write it, without a fragment; for tests, `http` on a
   * loopback address. Clients request tokens with it as `resource` (RFC 8707), and compare it exactly (§3.3).
   */
  readonly resource: string;
  /** The issuer identifiers of the authorization servers whose tokens the API accepts; at least one. */
  readonly authorizationServers: readonly string[];
  /**
   * Scopes that clients can request, as they request them: in OCI IAM, with the audience as prefix. They need not be all.
   * `offline_access` is refused, because it opens no resource. Default none.
   */
  readonly scopes?: readonly string[] | undefined;
  /** Further members, such as `resource_name`. Default `{}`: only `bearer_methods_supported` is added. */
  readonly members?: ResourceMetadataMembers | undefined;
}

/** Middleware that serves one document. */
export interface ProtectedResourceMetadataHandler {
  (req: HttpRequest, res: HttpResponse, next: Next): void;
  /** Where the document is, for the option `resourceMetadata` of a gate. */
  readonly url: string;
}

/**
 * Serves the metadata of a protected resource (RFC 9728), where clients find its authorization servers.
 *
 * The document is at the well-known path, with the path of the resource after it: that of `https://api.example/mcp` is
 * `https://api.example/.well-known/oauth-protected-resource/mcp`. So the handler belongs at the root of the host, before
 * any gate: the document is public. Requests for other paths go to `next`. A slash at the end of the path makes no
 * difference. A proxy that strips a prefix has to forward the well-known path as well.
 *
 * GET and HEAD get the document, with `ETag`, `Cache-Control: public, max-age=300`, and CORS for every origin; OPTIONS gets
 * 204, and any other method 405.
 *
 * Checked at creation: the form of the options. Not checked: whether the authorization servers exist, or issue such tokens.
 *
 * @example
 * const metadata = protectedResourceMetadata({
 *   resource: 'https://api.example/orders',
 *   authorizationServers: ['https://issuer.example'],
 *   scopes: ['orders:read'],
 * });
 * app.use(metadata);
 * const gate = createGate({ verifier, resourceMetadata: metadata });
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function protectedResourceMetadata(options: ProtectedResourceMetadataOptions): ProtectedResourceMetadataHandler {
  const { document, url } = parseOptions(options);
  const { pathname, search } = new URL(url);
  const path = withoutSlash(pathname);
  const body = Buffer.from(JSON.stringify(document));
  const entityTag = `"${createHash('sha256').update(body).digest('base64url')}"`;

  function scopegateProtectedResourceMetadata(req: HttpRequest, res: HttpResponse, next: Next): void {
    if (isRequested(req.originalUrl ?? req.url ?? '', path, search)) respond(req, res, body, entityTag);
    else next();
  }
  Object.defineProperty(scopegateProtectedResourceMetadata, 'url', { value: url, enumerable: true });
  return declareRule(scopegateProtectedResourceMetadata, {
    reason: 'metadata of the resource (RFC 9728)',
    responds: true,
  }) as never;
}

function respond(req: HttpRequest, res: HttpResponse, body: Uint8Array, entityTag: string): void {
  const { method } = req;
  res.setHeader('Access-Control-Allow-Origin', '*');
  if (method === 'OPTIONS') {
    // Clients send headers of their own, such as MCP-Protocol-Version, so that browsers ask first.
    send(res, 204, { Allow: METHODS, 'Access-Control-Allow-Methods': METHODS, 'Access-Control-Allow-Headers': '*' });
  } else if (method !== 'GET' && method !== 'HEAD') {
    send(res, 405, { Allow: METHODS });
  } else {
    const caching = { 'Cache-Control': 'public, max-age=300', ETag: entityTag };
    const known = (req.headers as Readonly<Record<string, unknown>>)['if-none-match'];
    const content = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    if (matches(known, entityTag)) send(res, 304, caching);
    else send(res, 200, { ...caching, ...content }, body); // a server sends no body for HEAD
  }
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource';
const METHODS = 'GET, HEAD, OPTIONS';
const EMPTY: Uint8Array = new Uint8Array();

const OPTIONS = {
  resource: true,
  authorizationServers: [areIssuers, 'a list of https URLs without query'],
  scopes: optional([areRequestable, `a list of scopes, without ${OFFLINE_ACCESS}`]),
  members: true,
} as const satisfies OptionRules<ProtectedResourceMetadataOptions>;

const NAMED_ELSEWHERE = {
  authorization_servers: 'authorizationServers',
  scopes_supported: 'scopes',
  scopesSupported: 'scopes',
  metadata: 'members',
};

function parseOptions(options: ProtectedResourceMetadataOptions): { readonly document: object; readonly url: string } {
  const creator = 'protectedResourceMetadata()';
  const checked = readOptions(creator, options, OPTIONS, NAMED_ELSEWHERE);
  const { resource, authorizationServers, scopes, members = {} } = checked;
  const url = parseResource(resource);
  insist(url !== undefined, creator, 'resource', 'an https URL without a fragment, spelt as new URL() does', resource);
  checkMembers(creator, members);
  const { pathname, search, origin } = url;
  return {
    url: `${origin}${WELL_KNOWN}${pathname === '/' ? '' : pathname}${search}`,
    document: {
      resource,
      authorization_servers: authorizationServers,
      ...(scopes !== undefined && { scopes_supported: scopes }),
      bearer_methods_supported: ['header'],
      ...members,
    },
  };
}

/** Clients compare the identifier with a URL that they have parsed: another spelling would never be equal. */
function parseResource(resource: unknown): URL | undefined {
  const parsed = parseEndpointUrl(resource, false);
  if (!('url' in parsed) || (resource as string).includes('#')) return undefined;
  const { url } = parsed;
  const isCanonical = resource === url.href || `${resource}/` === url.href;
  return isCanonical && !/["\\]/.test(url.href) ? url : undefined;
}

function areIssuers(value: unknown): boolean {
  return isListOf(value, isIssuer);
}

/** An issuer identifier has neither query nor fragment (RFC 8414 §2). */
function isIssuer(value: unknown): boolean {
  return 'url' in parseEndpointUrl(value, false) && !/[?#]/.test(value as string);
}

function areRequestable(value: unknown): boolean {
  return isListOf(value, isRequestable);
}

function isRequestable(value: unknown): boolean {
  return isScopeToken(value) && value !== OFFLINE_ACCESS;
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The query counts where the resource has one. */
function isRequested(target: string, path: string, search: string): boolean {
  const start = target.indexOf('?');
  const requested = start === -1 ? target : target.slice(0, start);
  if (withoutSlash(requested) !== path) return false;
  return search === '' || (start !== -1 && target.slice(start) === search);
}

/** if-none-match = "*" / 1#entity-tag, compared weakly     RFC 9110 §13.1.2 */
function matches(ifNoneMatch: unknown, entityTag: string): boolean {
  if (typeof ifNoneMatch !== 'string') return false;
  return ifNoneMatch.split(',').some((each) => ['*', entityTag].includes(each.trim().replace(/^W\//, '')));
}

function send(
  res: HttpResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body = EMPTY,
): void {
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  res.end(body);
}
