import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../console.js';
import { toFailure } from '../form/sending.js';
import type { Application } from '../model.js';
import { mayPass } from '../use-load.js';

/** How many ids one filter names: a filter stands for fifty conditions at most. */
const AT_ONCE = 40;
/** Until names that could not be read are asked for again. */
const WAIT_MS = 10_000;

/** The names of applications, as they come. Those that were deleted, or that the caller may not read, have none. */
export function useNames(applicationIds: readonly string[]): ReadonlyMap<string, string> {
  const { api, environment, may } = useConsole();
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = useRef(new Set<string>());
  const unmounted = useRef(new AbortController());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const key = [...new Set(applicationIds)].sort().join(' ');
  useEffect(() => {
    if (!may('applications:read:application')) return;
    const ids = key.split(' ').filter((id) => id !== '' && !asked.current.has(id));
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      for (const id of some) asked.current.add(id);
      const filter = encodeURIComponent(some.map((id) => `id eq "${id}"`).join(' or '));
      const path = `/environments/${environment.id}/applications?limit=${AT_ONCE}&filter=${filter}`;
      void api.page<Application>(path, unmounted.current.signal).then(
        ({ items }) => setNames((before) => new Map([...before, ...items.map(({ id, name }) => [id, name] as const)])),
        (error: unknown) => {
          if (unmounted.current.signal.aborted || !mayPass(toFailure(error))) return; // the sentences stay without names
          for (const id of some) asked.current.delete(id);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setAttempt((before) => before + 1), WAIT_MS);
        },
      );
    }
  }, [key, attempt]);
  useEffect(
    () => () => {
      unmounted.current.abort();
      clearTimeout(timer.current);
    },
    [],
  );
  return names;
}
