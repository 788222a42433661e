import { useState } from 'preact/hooks';

const PREFIX = 'scopegate-draft ';

/** What is pending from now on; or how that comes from what is pending by then, which a response may be late for. */
export type NextDraft<T> = T | undefined | ((latest: T | undefined) => T | undefined);

/**
 * What a person has changed and not saved. It outlives a reload and a sign-in in this window, and nothing else: it is in
 * `sessionStorage`, so keep neither tokens nor secrets in it.
 */
export function useDraft<T>(key: string): readonly [T | undefined, (next: NextDraft<T>) => void] {
  const [state, setState] = useState<{ key: string; draft: T | undefined }>({ key, draft: read<T>(key) });
  const current = state.key === key ? state : { key, draft: read<T>(key) };
  return [
    current.draft,
    (next) => {
      const draft =
        typeof next === 'function' ? (next as (latest: T | undefined) => T | undefined)(read<T>(key)) : next;
      if (draft === undefined) sessionStorage.removeItem(PREFIX + key);
      else sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
      setState({ key, draft });
    },
  ];
}

function read<T>(key: string): T | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(PREFIX + key) ?? 'null') as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** On signing out: another person may come after this one. */
export function dropDrafts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}
