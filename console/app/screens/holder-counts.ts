import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Figure } from '../../tree/scope-tree.js';
import { useConsole } from '../console.js';
import { toFailure } from '../form/sending.js';
import type { Scope } from '../model.js';
import { mayPass } from '../use-load.js';
import { words } from '../words.js';

/** A page of scopes has so many at most where their holders are counted. */
const PAGE = 100;
/** How many resources are read at once: the tree itself is not kept waiting. */
const AT_ONCE = 2;
/** How many resources are counted until somebody wants more: each is a request or more. */
const STEP = 20;
/** Until what could not be counted is tried again. */
const WAIT_MS = 15_000;

export interface HolderCounts {
  /** By the id of the scope, as they come; none where the caller may not read grants. */
  readonly counts: ReadonlyMap<string, number>;
  /** Counts those of more resources; `undefined` where there are none. */
  readonly countMore: (() => void) | undefined;
}

/** How many applications hold each scope. What was counted is not counted again while the screen is shown. */
export function useHolderCounts(scopes: readonly Scope[]): HolderCounts {
  const { api, environment, may } = useConsole();
  const [counts, setCounts] = useState<ReadonlyMap<string, number>>(new Map());
  const [most, setMost] = useState(STEP);
  const [attempt, setAttempt] = useState(0);
  const resources = new Set(scopes.map(({ resource }) => resource.id));
  const isCounted = may('applications:read:grant');
  useEffect(() => {
    if (!isCounted) return;
    const controller = new AbortController();
    const { signal } = controller;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const uncounted = new Set(scopes.filter(({ id }) => !counts.has(id)).map(({ resource }) => resource.id));
    const waiting = [...resources].slice(0, most).filter((id) => uncounted.has(id));
    const work = async () => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const path = `/environments/${environment.id}/resources/${id}/scopes?expand=holders&limit=${PAGE}`;
        const found = await api.all<Scope & { readonly holders: number }>(path, signal);
        setCounts((before) => new Map([...before, ...found.map((scope) => [scope.id, scope.holders] as const)]));
      }
    };
    Promise.all(Array.from({ length: AT_ONCE }, work)).catch((error: unknown) => {
      // Until then, or where they cannot be read, the tree stays without numbers.
      if (signal.aborted || !mayPass(toFailure(error))) return;
      timer = setTimeout(() => setAttempt((before) => before + 1), WAIT_MS);
    });
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [scopes, most, attempt]);
  const hasMore = isCounted && resources.size > most;
  return { counts, countMore: hasMore ? () => setMost((before) => before + STEP) : undefined };
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
