import { useEffect, useState } from 'preact/hooks';
import { useConsole } from '../console.js';
import type { Application } from '../model.js';

/** How many ids one filter names: a filter stands for fifty conditions at most. */
const AT_ONCE = 40;

/** The names of applications, as they come. Those that were deleted, or that the caller may not read, have none. */
export function useNames(applicationIds: readonly string[]): ReadonlyMap<string, string> {
  const { api, environment, may } = useConsole();
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const key = [...new Set(applicationIds)].sort().join(' ');
  useEffect(() => {
    if (key === '' || !may('applications:read:application')) return;
    const controller = new AbortController();
    const ids = key.split(' ');
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const filter = ids.slice(at, at + AT_ONCE).map((id) => `id eq "${id}"`);
      const path = `/environments/${environment.id}/applications?limit=${AT_ONCE}&filter=${encodeURIComponent(filter.join(' or '))}`;
      void api.page<Application>(path, controller.signal).then(
        ({ items }) => setNames((before) => new Map([...before, ...items.map(({ id, name }) => [id, name] as const)])),
        () => undefined, // the sentences stay without names
      );
    }
    return () => controller.abort();
  }, [key]);
  return names;
}
