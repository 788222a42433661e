import type { HttpRequest, HttpResponse, Next } from '../enforcement/http-message.js';
import type { Gate, GateHandler } from '../http/gate.js';
import { insist, refuseUnknownOptions } from '../options.js';
import { allOf, type Requirement } from '../scope/requirement.js';

export interface ScopeChallengeOptions {
  /** What every request of the endpoint requires, calls of tools that are not in `tools` included. */
  readonly required: Requirement;
  /** What a call of a tool requires as well, by the name of the tool. */
  readonly tools: Readonly<Record<string, Requirement>>;
}

/**
 * The gate of an MCP endpoint: middleware that requires the scopes of the tool that a request calls, before the server
 * sees the call. A token whose scopes do not cover them gets 403 with a challenge that names **all** scopes of the call,
 * so that a client can ask for one token that is enough. The hierarchy of scopes counts, as everywhere at a gate.
 *
 * It reads the parsed body, so it comes after `express.json()`: `tools/call` and the `name` in its `params`. Of a batch,
 * each call must be allowed. Requests without a message (GET, DELETE) and other methods need `required` only.
 *
 * A POST without a parsed body goes to `next` as an error with status 415: the server would read a body that nobody has
 * checked.
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
  refuseUnknownOptions(creator, options, { required: true, tools: true });
  const { required, tools } = options;
  const isMap = typeof tools === 'object' && tools !== null && !Array.isArray(tools);
  insist(isMap, creator, 'tools', 'an object: the name of each tool, with what it requires', tools);
  const requireBase = gate.require(required);
  const ofTools = new Map(
    Object.entries(tools).map(([name, scopes]) => [name, gate.require(allOf(required, scopes))] as const),
  );

  return function scopegateScopeChallenge(req, res, next) {
    const names = new Set(listMessages(req.body).map(getToolName));
    const called = [...names].flatMap((name) => ofTools.get(name as string) ?? []);
    const isUnread = req.method === 'POST' && !isParsed(req.body);
    passInTurn(called.length > 0 ? called : [requireBase], req, res, (error) => {
      next(error ?? (isUnread ? notParsed() : undefined));
    });
  };
}

function listMessages(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [body];
}

/** The tool that a message calls. What is no message at all is left to the server, which refuses it. */
function getToolName(message: unknown): unknown {
  const { method, params } = Object(message) as { method?: unknown; params?: unknown };
  return method === 'tools/call' ? (Object(params) as { name?: unknown }).name : undefined;
}

/** Each gate lets the request pass before the next one is asked. */
function passInTurn(gates: readonly GateHandler[], req: HttpRequest, res: HttpResponse, next: Next): void {
  const [first, ...rest] = gates;
  if (first === undefined) next();
  else first(req, res, (error) => (error === undefined ? passInTurn(rest, req, res, next) : next(error)));
}

/** A text or bytes may be parsed later, by what comes after. */
function isParsed(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array);
}

function notParsed(): Error {
  const message = 'scopeChallenge() reads the parsed JSON body: mount express.json() before it.';
  return Object.assign(new TypeError(message), { status: 415 });
}
