import type { Gate, GateHandler } from '../http/gate.js';
import { type Auth, setAuth } from '../http/req-auth.js';
import { insist, isText, type OptionRules, optional, readOptions } from '../options.js';

/**
 * What handlers of an MCP server get as `authInfo`: the `AuthInfo` of the official TypeScript SDK, versions 1 and 2.
 * Declared here member by member, so that the types need no SDK.
 */
export interface McpAuthInfo<Claims extends object = object> {
  /** The token itself. Keep it out of logs, and pass it on to no other server. */
  token: string;
  /** The client that the token was issued to: its `client_id`, else `azp`, `cid` or `appid`; empty if it names none. */
  clientId: string;
  /** The scopes of the token; with live grants, those that are still granted. Use `extra.auth.scopes` to compare scopes. */
  scopes: string[];
  /** The `exp` of the token, in seconds since 1970. */
  expiresAt?: number;
  /** The resource that the token is for (RFC 8707). */
  resource?: URL;
  /** `auth`: what `gate.auth(req)` returns; `auth.scopes.covers(scope)` knows the hierarchy. */
  extra: { auth: Auth<Claims> };
}

export interface McpAuthInfoOptions {
  /**
   * The `resource` of every token that the gate accepts: the URL of the MCP server. Give it only if the audience that the
   * verifier requires stands for this server. Default: the first `aud` of the token that is an `https` or `http` URL.
   */
  readonly resource?: string | undefined;
}

/**
 * Replaces `req.auth` with what the transports of the MCP SDK pass to handlers as `authInfo`. For the route of the MCP
 * endpoint, after the gate or {@link scopeChallenge}.
 *
 * Verifies nothing: the gate has verified the token. For a request that this gate has not let pass with a token, it calls
 * `next` with a `TypeError` and removes `req.auth`.
 *
 * @example
 * app.post('/mcp', express.json(), scopeChallenge(gate, { required, tools }), mcpAuthInfo(gate), serve);
 *
 * @throws {TypeError} for wrong or unknown options
 */
export function mcpAuthInfo(gate: Gate, options: McpAuthInfoOptions = {}): GateHandler {
  const creator = 'mcpAuthInfo()';
  insist(typeof gate?.auth === 'function', creator, 'gate', 'what createGate() returns', gate);
  const { resource } = readOptions(creator, options, OPTIONS);

  return function scopegateMcpAuthInfo(req, _res, next) {
    let failed: unknown;
    let info: McpAuthInfo | undefined;
    try {
      info = toAuthInfo(gate.auth(req), resource);
    } catch (error) {
      failed = error;
    }
    setAuth(req, info);
    next(failed);
  };
}

const OPTIONS = {
  resource: optional([(value) => isText(value) && URL.canParse(value), 'the URL of the MCP server']),
} as const satisfies OptionRules<McpAuthInfoOptions>;

/** RFC 9068 §2.2, OpenID Connect Core §2, Okta, and Entra ID in version 1. */
const CLIENT_CLAIMS = ['client_id', 'azp', 'cid', 'appid'];

function toAuthInfo(auth: ReturnType<Gate['auth']>, resource: string | undefined): McpAuthInfo {
  const { payload, scopes, token } = auth;
  const { aud, exp } = payload;
  const url = resource ?? [aud ?? []].flat().find((each) => /^https?:/i.test(each) && URL.canParse(each));
  return {
    token,
    clientId: CLIENT_CLAIMS.map((claim) => payload[claim]).find(isText) ?? '',
    scopes: [...scopes],
    ...(typeof exp === 'number' && { expiresAt: exp }),
    ...(url !== undefined && { resource: new URL(url) }),
    extra: { auth },
  };
}
