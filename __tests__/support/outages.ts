import { StoreUnavailableError } from 'scopegate';
import type { GrantStore } from 'scopegate/admin';
import { context, newEnvironment } from './stores.js';

let names = 0;

/** Some change, another each time. */
export const change = (store: GrantStore) => store.environments.create(newEnvironment(`changed ${++names}`), context);
/** The environments so far, however made, are its `count`. */
export const read = (store: GrantStore) => store.environments.list({ limit: 1 });

/** The code and the words of the error below the `StoreUnavailableError` that a call must come to. */
export async function causeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StoreUnavailableError);
  const { code, message } = ((error as Error).cause ?? error) as Error & { code?: string };
  return `${code} ${message}`;
}
