import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Api } from './api.js';
import type { Environment } from './model.js';
import type { Person } from './session.js';

/** What every screen needs. */
export interface Console {
  readonly api: Api;
  readonly environment: Environment;
  /** All that the caller may see. */
  readonly environments: readonly Environment[];
  /** Puts in what an own change made of them. */
  readonly onEnvironments: (environments: readonly Environment[]) => void;
  readonly person: Person | undefined;
  /** Whether the caller has this permission, and the console offers changes. Until it is known: no. */
  readonly may: (permission: string) => boolean;
}

const Context = createContext<Console | undefined>(undefined);
export const ConsoleProvider = Context.Provider;

export function useConsole(): Console {
  const console = useContext(Context);
  if (console === undefined) throw new Error('useConsole() outside of the console');
  return console;
}
