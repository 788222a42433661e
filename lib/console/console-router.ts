import { CONSOLE_FILES } from './files.js';
import type { ConsoleOptions } from './options.js';
import { type ConsoleRouter, serveConsole } from './serve-files.js';

export type { ConsoleOptions, ConsoleSignIn } from './options.js';
export type { ConsoleRouter } from './serve-files.js';

/**
 * The web console for grants: environments, applications and their grants, resources and scopes, history, and why a call
 * is refused. Static pages only; in the browser they call the admin API with the token of the person who signed in, so
 * that the API alone decides what anybody may do.
 *
 * The token is in the memory of the page: never in storage, in a cookie or in an address. The pages have no inline code
 * and load nothing from elsewhere; their `Content-Security-Policy` allows connections to `api` and to the issuer only.
 * Nothing is verified here, and nothing is secret: mount it where its users may reach it.
 *
 * ```ts
 * app.use('/v1', grantsRouter({ store, gate, environmentOf: () => ALL_ENVIRONMENTS, permissions }));
 * app.use('/console', consoleRouter({ api: '/v1', signIn: { issuer, clientId, scope: 'grants:read grants:write' } }));
 * ```
 *
 * Works at any mount path and behind proxies that strip one: all addresses are relative.
 *
 * @throws {TypeError} for an unknown or wrong option
 */
export function consoleRouter(options: ConsoleOptions): ConsoleRouter {
  return serveConsole(options, CONSOLE_FILES);
}
