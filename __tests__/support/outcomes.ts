import type { GrantStore } from 'scopegate';

type Method = Exclude<keyof GrantStore, 'cursorKey' | 'close'>;

/** A call of a store: the method and what it takes. */
export type Call = { [Name in Method]: readonly [Name, ...Parameters<GrantStore[Name]>] }[Method];

/** What came of a call, such that it can be sent to another process. */
export interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: the values of all methods, which JSON has made untyped
  readonly value?: any;
  /** The kind of an `AdminProblem`, else the name of the error. */
  readonly error?: string;
  readonly message?: string;
  /** Of an `AdminProblem`. */
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
  const call = store[method] as (...parameters: readonly unknown[]) => Promise<unknown>;
  return outcomeOf(call(...parameters));
}
