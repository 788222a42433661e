import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../console.js';
import type { Application } from '../model.js';

/** How many ids one filter names: a filter stands for fifty conditions at most. */
const AT_ONCE = 40;

/** The names of applications, as they come. Those that were deleted, or that the caller may not read, have none. */
export function useNames(applicationIds: readonly string[]): ReadonlyMap<string, string> {
  const { api, environment, may } = useConsole();
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = useRef(new Set<string>());
  const unmounted = useRef(new AbortController());
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
        () => undefined, // the sentences stay without names
      );
    }
  }, [key]);
  useEffect(() => () => unmounted.current.abort(), []);
  return names;
}
