import type { FeedPosition, GrantStore } from 'scopegate/admin';

type SubStore = 'environments' | 'resources' | 'scopes' | 'applications' | 'grants' | 'activities';

type CallOf<Name extends SubStore> = {
  [Method in keyof GrantStore[Name] & string]: GrantStore[Name][Method] extends (...parameters: infer P) => unknown
    ? readonly [`${Name}.${Method}`, ...P]
    : never;
}[keyof GrantStore[Name] & string];

/** A call of a store: `'grants.create'`, or another method, and what it takes. */
export type Call =
  | { [Name in SubStore]: CallOf<Name> }[SubStore]
  | readonly ['applicationStatus', string]
  | readonly ['changes.since', FeedPosition];

/** What came of a call, such that it can be sent to another process. */
export interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: the values of all methods, which JSON has made untyped
  readonly value?: any;
  /** The kind of an `AdminError`, else the name of the error. */
  readonly error?: string;
  readonly message?: string;
  /** Of an `AdminError`. */
  readonly details?: readonly { readonly code: string; readonly innerError?: { readonly existingId?: string } }[];
}

export async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await promise };
  } catch (thrown) {
    const { name, kind = name, message, details } = thrown as Error & { kind?: string; details?: Outcome['details'] };
    return { error: kind, message, ...(details && { details }) };
  }
}

export function make(store: GrantStore, [method, ...parameters]: Call): Promise<Outcome> {
  const call = method.split('.').reduce<unknown>((owner, name) => (owner as Record<string, unknown>)[name], store);
  return outcomeOf((call as (...parameters: readonly unknown[]) => Promise<unknown>)(...parameters));
}
