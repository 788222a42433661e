import { useEffect, useState } from 'preact/hooks';
import { coveringTokens } from '../../../lib/scope/hierarchy.js';
import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import type { Application, Grant, Scope } from '../model.js';
import { isSoon, sayExactly, sayShortDate } from '../time.js';
import { words } from '../words.js';

/** How far an application reaches. */
export interface Reach {
  readonly held: number;
  readonly covered: number;
  /** How many of those that it holds end within two weeks. */
  readonly soon: number;
  /** The first end of what it holds. */
  readonly endsAt: string | undefined;
}

/** How many applications are looked at once: the list itself is not kept waiting. */
const AT_ONCE = 4;

/** The reach of each application of a page, as it comes; those that the caller may not read are left out. */
export function useReaches(applications: readonly Application[]): ReadonlyMap<string, Reach> {
  const { api, environment, may } = useConsole();
  const [reaches, setReaches] = useState<ReadonlyMap<string, Reach>>(new Map());
  const ids = applications.map(({ id }) => id).join(' ');
  useEffect(() => {
    if (ids === '' || !may('applications:read:grant') || !may('resources:read:scope')) return;
    const controller = new AbortController();
    const { signal } = controller;
    const base = `/environments/${environment.id}`;
    const waiting = ids.split(' ');
    const work = async (scopes: readonly Scope[]) => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
        const grants = await api.all<Grant>(`${base}/applications/${id}/grants?limit=1000`, signal);
        const reach = reachOf(grants, scopes);
        setReaches((before) => new Map(before).set(id as string, reach));
      }
    };
    void api
      .all<Scope>(`${base}/scopes?limit=1000`, signal)
      .then((scopes) => Promise.all(Array.from({ length: AT_ONCE }, () => work(scopes))))
      .catch(() => undefined); // the column stays empty: the list does not depend on it
    return () => controller.abort();
  }, [ids]);
  return reaches;
}

function reachOf(grants: readonly Grant[], scopes: readonly Scope[]): Reach {
  const names = new Map(scopes.map(({ id, name }) => [id, name]));
  const ends = new Map<string, string | undefined>();
  for (const grant of grants) {
    for (const { id, expiresAt } of grant.scopes) {
      const end = firstOf([expiresAt, grant.expiresAt]);
      if (end === undefined || Date.parse(end) > Date.now()) ends.set(names.get(id) ?? id, end);
    }
  }
  const covered = scopes.filter(({ name }) => !ends.has(name) && coveringTokens(name).some((each) => ends.has(each)));
  const soon = [...ends.values()].filter((end) => end !== undefined && isSoon(end));
  return { held: ends.size, covered: covered.length, soon: soon.length, endsAt: firstOf([...ends.values()]) };
}

function firstOf(dates: readonly (string | undefined)[]): string | undefined {
  const [first] = dates.flatMap((date) => date ?? []).sort((a, b) => Date.parse(a) - Date.parse(b));
  return first;
}

const MOST_BLOCKS = 12;

/** Blocks for what is held, what of it ends soon, and what it covers, with the numbers. */
export function ReachBar({ reach }: { readonly reach: Reach | undefined }) {
  const { applications: say } = words;
  if (reach === undefined) return null;
  const { held, covered, soon } = reach;
  const kindOf = (at: number) => (at >= held ? 'c' : at >= held - soon ? 's' : undefined);
  if (held === 0) return <span class="small muted">{say.nothing}</span>;
  const blocks = Array.from({ length: Math.min(MOST_BLOCKS, held + covered) }, (_, at) => at);
  return (
    <span class="reach">
      <span class="g" aria-hidden="true">
        {blocks.map((at) => (
          <i key={at} class={kindOf(at)} />
        ))}
      </span>
      <span class="small ink2">{say.sayReach(held, covered)}</span>
    </span>
  );
}

export function ReachEnd({ reach }: { readonly reach: Reach | undefined }) {
  const end = reach?.endsAt;
  if (end === undefined) return <span class="muted dash">–</span>;
  return (
    <time class={isSoon(end) ? 'chip soon' : 'muted'} dateTime={end} title={sayExactly(end)}>
      {isSoon(end) && <Icon name="clock" />}
      {sayShortDate(end)}
    </time>
  );
}
