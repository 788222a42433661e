import { hasBrand, setBrand } from '../brand.js';

/**
 * A function that the application gave, such as `scopesFrom`, threw an error, or returned what it must not. That is a
 * fault of the application, status 500: neither a bad token nor an outage. The message names the function.
 */
export class CallbackError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits the method, and is meant then
    return hasBrand(this, CallbackError, 'CallbackError', value);
  }

  override readonly name = 'CallbackError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    setBrand(this, 'CallbackError');
  }
}
