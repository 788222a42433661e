/** `gate.authenticate()` and `gate.optional('scope')`: the declaration of a route that calls the middleware itself. */
export function calledAsFactory(name: 'authenticate' | 'optional'): TypeError {
  return new TypeError(
    `gate.${name} is middleware and takes no arguments: write app.use(gate.${name}); scopes go into gate.require().`,
  );
}

/**
 * Makes `app.use(gate.require)` fail where it is written: Express looks whether what it is given is an application, with
 * `handle` and `set`, before it takes it for middleware.
 */
export function refuseAsMiddleware(require: object): void {
  Object.defineProperty(require, 'handle', {
    get() {
      throw new TypeError("gate.require makes middleware, it is none: write app.use(gate.require('scope')).");
    },
  });
}
