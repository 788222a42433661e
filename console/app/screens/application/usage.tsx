import { Urn } from '../../../parts/urn.js';
import { useConsole } from '../../console.js';
import type { Advice, Application, CallCount, Recorded } from '../../model.js';
import { Empty, Shown, Time } from '../../parts.js';
import { linkTo } from '../../route.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { NeedsText } from '../gate-routes.js';

type Usage = Recorded & { readonly _embedded: { readonly usage: readonly CallCount[] } };
type Advised = Recorded & { readonly _embedded: { readonly advice: readonly Advice[] } };

/** What it called in the last 30 days, and which of its scopes nothing needed. */
export function UsageTab({ application }: { readonly application: Application }) {
  const { api, environment, may } = useConsole();
  const { usage: say } = words;
  const base = `/environments/${environment.id}/applications/${application.id}`;
  const loaded = useLoad(`usage ${base}`, async (signal) => {
    const [usage, advice] = await Promise.all([
      api.get<Usage>(`${base}/usage`, signal),
      may('applications:read:grant') ? api.get<Advised>(`${base}/advice`, signal) : undefined,
    ]);
    return { usage: usage.value, advice: advice?.value._embedded.advice ?? [] };
  });
  const own = { environmentId: environment.id, screen: 'applications' as const, id: application.id };
  const calls = linkTo({ ...own, tab: 'decisions' });
  const grants = linkTo(own);
  return (
    <Shown loaded={loaded} what={say.what}>
      {({ usage: { recordedSince, calls: counted, _embedded }, advice }) =>
        recordedSince === undefined ? (
          <div class="card">
            <Empty title={say.none} lead={say.noneLead}>
              {may('gate:read:decision') && (
                <a class="btn" href={calls}>
                  {words.overview.watch}
                </a>
              )}
            </Empty>
          </div>
        ) : (
          <div class="stack-5">
            <section class="card" aria-label={say.advice}>
              <header>
                <h2>{say.advice}</h2>
              </header>
              <div class="body stack">
                {advice.length === 0 && <p class="small">{say.noAdvice}</p>}
                <ul class="plain stack">
                  {advice.map((each) => (
                    <li key={`${each.grant.id} ${each.scope.id}`} class="spread">
                      <AdviceText advice={each} />
                      <a class="btn" href={grants}>
                        {say.change}
                      </a>
                    </li>
                  ))}
                </ul>
              </div>
            </section>
            <section class="card" aria-label={say.title}>
              <header>
                <h2>{say.calls(counted)}</h2>
                <span class="small muted">
                  {say.since} <Time at={recordedSince} />
                </span>
              </header>
              <table class="table stream cards">
                <thead>
                  <tr>
                    {say.columns.map((name) => (
                      <th key={name}>{name}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {_embedded.usage.map((row) => (
                    <tr key={JSON.stringify([row.route, row.required, row.covered, row.audience])}>
                      <td class="route full">{row.route}</td>
                      <td class="full">{row.required !== undefined && <NeedsText needs={row.required} />}</td>
                      <td class="num">{words.number(row.calls)}</td>
                      <td>
                        <Time at={row.lastUsedAt} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </div>
        )
      }
    </Shown>
  );
}

function AdviceText({ advice: { type, scope, since, sufficient } }: { readonly advice: Advice }) {
  const { usage: say } = words;
  return (
    <span>
      <Urn scope={scope.name ?? scope.id} /> <span class="small ink2">{say.adviceOf[type] ?? type}</span>{' '}
      {sufficient.length > 0 ? (
        sufficient.map((each) => <Urn key={each} scope={each} />)
      ) : (
        <span class="small muted">
          {say.since} <Time at={since} />
        </span>
      )}
    </span>
  );
}
