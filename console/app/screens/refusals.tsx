import { useState } from 'preact/hooks';
import { useConsole } from '../console.js';
import type { Decision } from '../model.js';
import { Empty, Shown, Time } from '../parts.js';
import { linkTo } from '../route.js';
import { DAY_MS } from '../time.js';
import { type Loaded, useLoad } from '../use-load.js';
import { words } from '../words.js';
import { applicationIdOf, DecisionRow, DecisionTable } from './decisions/decision-row.js';
import { useNames } from './use-names.js';

/** What one process refused in the last 24 hours, as far back as it has all of it. */
export interface Refusals {
  readonly count: number;
  /** Where it does not reach back 24 hours. */
  readonly since: string | undefined;
  /** The newest first. */
  readonly last: readonly Decision[];
}

/** How many of the last changes and refusals the overview shows. */
export const RECENT = 5;

interface DecisionsBody {
  readonly process: { readonly id: string; readonly refusalsSince: string };
  readonly _embedded: { readonly decisions: readonly Decision[] };
}

export function useRefusals(): Loaded<Refusals | undefined> {
  const { api, environment, may } = useConsole();
  const isRead = may('gate:read:decision');
  return useLoad<Refusals | undefined>(`refusals ${environment.id}`, async (signal) => {
    if (!isRead) return undefined;
    const path = `/environments/${environment.id}/decisions?outcome=deny`;
    const { value } = await api.get<DecisionsBody>(path, signal);
    const { decisions } = value._embedded;
    const begin = Math.max(Date.now() - DAY_MS, Date.parse(value.process.refusalsSince));
    return {
      count: decisions.filter(({ time }) => Date.parse(time) >= begin).length,
      since: begin === Date.parse(value.process.refusalsSince) ? value.process.refusalsSince : undefined,
      last: decisions.slice(-RECENT).reverse(),
    };
  });
}

/** The last calls that were refused, each with its reason. */
export function RefusalList({ loaded }: { readonly loaded: Loaded<Refusals | undefined> }) {
  const { environment } = useConsole();
  const { overview: say } = words;
  const [open, setOpen] = useState<number>();
  const names = useNames(loaded.value?.last.flatMap(applicationIdOf) ?? []);
  const decisions = linkTo({ environmentId: environment.id, screen: 'decisions' });
  return (
    <section class="stack" aria-label={say.refusals}>
      <div class="spread">
        <h2>{say.refusals}</h2>
        <a href={decisions}>{say.allCalls}</a>
      </div>
      <Shown loaded={loaded} what={say.refusalsWhat}>
        {(refusals) => (
          <div class="card">
            {refusals === undefined || refusals.last.length === 0 ? (
              <Empty title={say.noRefusal} lead={say.noRefusalLead}>
                <a class="btn" href={decisions}>
                  {say.watch}
                </a>
              </Empty>
            ) : (
              <DecisionTable>
                {refusals.last.map((decision) => (
                  <DecisionRow
                    key={decision.number}
                    decision={decision}
                    name={names.get(applicationIdOf(decision)[0] ?? '')}
                    when={<Time at={decision.time} />}
                    isOpen={open === decision.number}
                    onToggle={() => setOpen(open === decision.number ? undefined : decision.number)}
                  />
                ))}
              </DecisionTable>
            )}
          </div>
        )}
      </Shown>
    </section>
  );
}
