import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Figure } from '../../tree/scope-tree.js';
import { useConsole } from '../console.js';
import type { Resource, Scope } from '../model.js';
import { words } from '../words.js';

/** A page of scopes has so many at most where their holders are counted. */
const PAGE = 100;
/** How many resources are read at once: the tree itself is not kept waiting. */
const AT_ONCE = 2;

/** How many applications hold each scope, by its id, as it comes; none where the caller may not read grants. */
export function useHolderCounts(resources: readonly Resource[]): ReadonlyMap<string, number> {
  const { api, environment, may } = useConsole();
  const [counts, setCounts] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    if (!may('applications:read:grant')) return;
    const controller = new AbortController();
    const waiting = resources.map(({ id }) => id);
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const path = `/environments/${environment.id}/resources/${id}/scopes?expand=holders&limit=${PAGE}`;
        const scopes = await api.all<Scope & { readonly holders: number }>(path, controller.signal);
        setCounts((before) => new Map([...before, ...scopes.map((scope) => [scope.id, scope.holders] as const)]));
      }
    };
    // The tree stays without numbers where they cannot be read.
    Promise.all(Array.from({ length: AT_ONCE }, work)).catch(() => undefined);
    return () => controller.abort();
  }, [resources]);
  return counts;
}

/** What the cells of the tree say: the number of holders, or nothing yet. */
export function useFigures(scopes: readonly Scope[], counts: ReadonlyMap<string, number>): ReadonlyMap<string, Figure> {
  const { scopes: say } = words;
  return useMemo(() => {
    const figures = scopes.map(({ id, name }): [string, Figure] => {
      const count = counts.get(id);
      if (count === undefined) return [name, { text: '–', spoken: say.notCounted, isZero: true }];
      return [name, { text: say.holdersInShort(count), spoken: say.holdersOf(count), isZero: count === 0 }];
    });
    return new Map(figures.reverse()); // of scopes with one name, the first
  }, [scopes, counts]);
}
