import { useConsole } from '../../console.js';
import type { Application, CallCount, Recorded } from '../../model.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { type GrantDraft, requestsOf } from './changes.js';
import type { Reach } from './reach.js';

interface Impact extends Recorded {
  readonly refused: number;
  readonly routes: readonly (CallCount & { readonly refusedNow: boolean })[];
}

export interface CallImpactProps {
  readonly application: Application;
  readonly draft: GrantDraft;
  readonly reach: Reach;
}

const SHOWN = 5;

/** Whose calls the change would refuse, by what was counted: asked of the API in a dry run, before anything is saved. */
export function CallImpact({ application, draft, reach }: CallImpactProps) {
  const { api, environment, may } = useConsole();
  const { impact: say } = words;
  const requests = requestsOf(draft, reach.grants, reach.scopes);
  const loaded = useLoad(`impact ${application.id} ${JSON.stringify(requests)}`, async (signal) => {
    const base = `/environments/${environment.id}/applications/${application.id}/grants`;
    const answers = await Promise.all(
      requests.map(({ method, path, body }) =>
        api.change<{ readonly impact?: Impact }>(method, `${base}${path}?dryRun=true`, { body, signal }),
      ),
    );
    return answers.flatMap(({ value }) => value.impact ?? []);
  });
  if (!may('applications:read:usage') || loaded.failure !== undefined) return null;
  if (loaded.value === undefined) return <p class="small muted">{say.counting}</p>;
  const [first] = loaded.value;
  if (first?.recordedSince === undefined) return <p class="small muted">{say.none}</p>;
  const routes = loaded.value.flatMap((each) => each.routes).filter(({ refusedNow }) => !refusedNow);
  const refused = routes.reduce((sum, { calls }) => sum + calls, 0);
  return (
    <div class="stack" role="status">
      <p class={refused > 0 ? 'small lost' : 'small ink2'}>
        <b>{refused > 0 ? say.refused(refused) : say.harmless}</b>
      </p>
      {routes.length > 0 && (
        <ul class="plain small">
          {routes.slice(0, SHOWN).map(({ route, calls, required, audience }) => (
            <li key={JSON.stringify([route, required, audience])} class="spread">
              <span class="mono xs">{route}</span> <span class="xs">{say.calls(calls)}</span>
            </li>
          ))}
          {routes.length > SHOWN && <li class="xs muted">{say.more(routes.length - SHOWN)}</li>}
        </ul>
      )}
    </div>
  );
}
