import { covers } from '../../../../lib/scope/covers.js';
import { Icon } from '../../../parts/icon.js';
import { Sentence, Urn } from '../../../parts/urn.js';
import { useConsole } from '../../console.js';
import type { Explanation, Scope } from '../../model.js';
import { Time } from '../../parts.js';
import { linkTo } from '../../route.js';
import { sayTime } from '../../time.js';
import { words } from '../../words.js';

export interface AnswerProps {
  readonly explanation: Explanation;
  readonly name: string | undefined;
  readonly scopes: readonly Scope[];
  readonly isToken: boolean;
}

const LOOKS = { permit: ['permit', 'check'], deny: ['deny', 'cross'], outage: ['soon', 'warn'] } as const;

/** The answer in a sentence, the steps in the order of the gate, then what would help. */
export function Answer({ explanation, name, scopes, isToken }: AnswerProps) {
  const { environment } = useConsole();
  const { explain: say } = words;
  const { outcome, reason, since, steps, required, remedy, application } = explanation;
  const [look, icon] = LOOKS[outcome];
  const help = outcome === 'deny' ? findHelp(explanation, scopes) : [];
  const grants = linkTo({ environmentId: environment.id, screen: 'applications', id: application.id });
  return (
    <div class="with-panel">
      <div class="card">
        <div class={`verdict ${look}`}>
          <span class="big">
            <Icon name={icon} />
          </span>
          <div class="grow" role="status">
            <h2>{say.verdict(outcome, since === undefined ? undefined : sayTime(since))}</h2>
            <p class="small">
              {name} → {typeof required === 'string' && <Urn scope={required} />} → <span class="mono">{reason}</span>
            </p>
          </div>
        </div>
        <div class="body stack">
          {isToken && <p class="small ink2">{say.unverified}</p>}
          <ol class="steps">
            {steps.map(({ step, outcome: result, rule, detail }) => (
              <li key={step} class={STEP_LOOKS[result]?.[0] ?? ''}>
                <span class="mk">
                  <Icon name={STEP_LOOKS[result]?.[1] ?? 'minus'} />
                </span>
                <p class="t">
                  {(result === 'refused' ? say.refusedSteps[step] : undefined) ?? say.steps[step] ?? rule}
                </p>
                <div class="d">
                  <p>
                    <Sentence text={detail} />
                  </p>
                  {result === 'refused' && <Withdrawals explanation={explanation} />}
                </div>
              </li>
            ))}
          </ol>
        </div>
      </div>
      <aside class="stack panel" aria-label={help.length > 0 ? say.help : say.next}>
        <div class="card">
          <header>
            <h2>{help.length > 0 ? say.help : say.next}</h2>
          </header>
          <div class="body stack">
            {remedy !== undefined && (
              <p class="small">
                <Sentence text={remedy.sentence} />
              </p>
            )}
            {help.length > 0 && <p class="small ink2">{say.helpLead}</p>}
            {help.length > 0 && (
              <ol class="ladder plain">
                {help.map((scope) => (
                  <li key={scope}>
                    <Urn scope={scope} />
                  </li>
                ))}
              </ol>
            )}
            <a class={outcome === 'deny' ? 'btn primary' : 'btn'} href={grants}>
              {say.grantsOf(name ?? application.id)}
            </a>
          </div>
        </div>
      </aside>
    </div>
  );
}

const STEP_LOOKS: Readonly<Record<string, readonly [string, 'check' | 'cross' | 'minus' | 'warn']>> = {
  passed: ['', 'check'],
  refused: ['bad', 'cross'],
  unavailable: ['bad', 'warn'],
  not_reached: ['skip-step', 'minus'],
  skipped: ['skip-step', 'minus'],
};

/** Which changes took it away. */
function Withdrawals({ explanation: { withdrawn = [], application } }: Pick<AnswerProps, 'explanation'>) {
  const { environment, may } = useConsole();
  const { explain: say } = words;
  if (withdrawn.length === 0) return null;
  const history = { environmentId: environment.id, screen: 'history' as const, query: { application: application.id } };
  return (
    <>
      <ul class="diff">
        {withdrawn.map(({ scope, by, at, actors }) => (
          <li class="del" key={`${scope} ${at}`}>
            <i>−</i>
            <Urn scope={by ?? scope ?? ''} /> <span class="grow" />
            <span class="xs">
              <Time at={at} /> {actors?.user?.id ?? actors?.client?.id}
            </span>
          </li>
        ))}
      </ul>
      {may('audit:read:activity') && (
        <p>
          <a href={linkTo(history)}>{say.seeChange}</a>
        </p>
      )}
    </>
  );
}

/** Scopes of the environment that would cover what is missing, the narrowest first. */
function findHelp({ missingGrant }: Explanation, scopes: readonly Scope[]): readonly string[] {
  const [missing] = missingGrant?.scopes ?? [];
  if (missing === undefined) return [];
  const names = [...new Set([missing, ...scopes.map(({ name }) => name)])].filter((name) => covers(name, missing));
  const reach = (name: string) => names.filter((other) => covers(name, other)).length;
  return names.sort((a, b) => reach(a) - reach(b));
}
