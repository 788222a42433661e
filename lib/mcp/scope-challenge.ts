import type { HttpRequest, HttpResponse, Next } from '../enforcement/http-message.js';
import type { Gate, GateHandler } from '../http/gate.js';
import { declareRule, readRule } from '../http/route-rule.js';
import { insist, isObject, type OptionRules, readOptions } from '../options.js';
import { allOf, type Requirement } from '../scope/requirement.js';

export interface ScopeChallengeOptions {
  /** What every request of the endpoint requires, including calls of tools that are not in `tools`. */
  readonly required: Requirement;
  /** By the name of a tool, what its calls also require. */
  readonly tools: Readonly<Record<string, Requirement>>;
}

/**
 * Makes middleware for an MCP endpoint that requires the scopes of the tool that a request calls, before the server sees
 * the call. A token whose scopes do not cover them gets 403, with a challenge that names **all** scopes of the call, so
 * that a client can request one token that is enough. Scopes are compared by the scope model of the gate.
 *
 * It reads `tools/call` and the `name` in its `params` from the parsed body, so it comes after `express.json()`. In a
 * batch, every call must be allowed. Other messages, and requests without one (GET, DELETE), need `required` only.
 *
 * For a POST without a parsed body, it calls `next` with an error of status 415: the server would read a body that nobody
 * has checked.
 *
 * @example
 * app.post(
 *   '/mcp',
 *   express.json(),
 *   scopeChallenge(gate, { required: 'notes:read', tools: { add_note: 'notes:write' } }),
 *   mcpAuthInfo(gate),
 *   (req, res) => serve(req, res),
 * );
 *
 * @throws {TypeError} for wrong, unknown or missing options; for scopes as `gate.require` does
 */
export function scopeChallenge(gate: Gate, options: ScopeChallengeOptions): GateHandler {
  const creator = 'scopeChallenge()';
  insist(typeof gate?.require === 'function', creator, 'gate', 'what createGate() returns', gate);
  const { required, tools } = readOptions(creator, options, OPTIONS);
  const requireBase = gate.require(required);
  const ofTools = new Map(
    Object.entries(tools).map(([name, scopes]) => [name, gate.require(allOf(required, scopes))] as const),
  );

  return declareRule(function scopegateScopeChallenge(req: HttpRequest, res: HttpResponse, next: Next) {
    const names = new Set(listMessages(req.body).map(getToolName));
    const called = [...names].flatMap((name) => ofTools.get(name as string) ?? []);
    const isUnread = req.method === 'POST' && !isParsed(req.body);
    passInTurn(called.length > 0 ? called : [requireBase], req, res, (error) => {
      next(error ?? (isUnread ? notParsed() : undefined));
    });
  }, readRule(requireBase) ?? {}); // every request needs `required`, and some need more
}

const OPTIONS = {
  required: true,
  tools: [isObject, 'an object: the name of each tool, with what it requires'],
} as const satisfies OptionRules<ScopeChallengeOptions>;

function listMessages(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body];
}

/** The tool that a message calls. Anything that is not a message is left to the server, which refuses it. */
function getToolName(message: unknown): unknown {
  const { method, params } = Object(message) as { method?: unknown; params?: unknown };
  return method === 'tools/call' ? (Object(params) as { name?: unknown }).name : undefined;
}

/** Each gate sees the request only after the one before has let it pass. */
function passInTurn(gates: readonly GateHandler[], req: HttpRequest, res: HttpResponse, next: Next): void {
  const [first, ...rest] = gates;
  if (first === undefined) next();
  else first(req, res, (error) => (error === undefined ? passInTurn(rest, req, res, next) : next(error)));
}

/**
 * A string or bytes may still be parsed by a later handler. An object without members is no message: `express.json()` of
 * Express 4 leaves one where it has read nothing, such as a body with another content type.
 */
function isParsed(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array) return false;
  return Array.isArray(body) || Object.keys(body).length > 0;
}

function notParsed(): Error {
  const message = 'scopeChallenge() reads the parsed JSON body: mount express.json() before it.';
  return Object.assign(new TypeError(message), { status: 415 });
}
