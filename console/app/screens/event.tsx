import type { ComponentChildren } from 'preact';
import { Icon } from '../../parts/icon.js';
import { Urn } from '../../parts/urn.js';
import { useConsole } from '../console.js';
import type { Activity } from '../model.js';
import { linkTo } from '../route.js';
import { sayExactly, sayTimeOfDay } from '../time.js';
import { words } from '../words.js';
import { applicationOf, differencesOf, toApplicationId } from './activity.js';
import { invertActivity } from './application/undo.js';

export interface EventProps {
  readonly activity: Activity;
  /** The names of applications, as far as they are known. */
  readonly names: ReadonlyMap<string, string>;
}

/** A sentence, with what it was before and is after under it. */
export function Event({ activity, names }: EventProps) {
  const { removed, added } = differencesOf(activity);
  const { type } = activity.action;
  const kind = type.endsWith('.DELETED') ? 'del' : type.startsWith('GRANT.') ? undefined : 'q';
  return (
    <div class="ev">
      <time dateTime={activity.recordedAt} title={sayExactly(activity.recordedAt)}>
        {sayTimeOfDay(activity.recordedAt)}
      </time>
      <span class="pin">
        <i class={kind} />
      </span>
      <div class="what">
        <p>
          <Said activity={activity} names={names} />
        </p>
        {removed.length + added.length > 0 && (
          <ul class="diff">
            {removed.map((line) => (
              <li class="del" key={line}>
                <i>−</i>
                {line}
              </li>
            ))}
            {added.map((line) => (
              <li class="ins" key={line}>
                <i>+</i>
                {line}
              </li>
            ))}
          </ul>
        )}
        <Undo activity={activity} names={names} />
      </div>
    </div>
  );
}

/** Leads to the grants, with the opposite change pending in the preview. Only where it can be made, by one who may. */
function Undo({ activity, names }: EventProps) {
  const { environment, may } = useConsole();
  const id = applicationOf(activity);
  const mayChange = ['create', 'update', 'delete'].every((verb) => may(`applications:${verb}:grant`));
  if (id === undefined || !names.has(id) || !mayChange || invertActivity(activity) === undefined) return null;
  const target = { environmentId: environment.id, screen: 'applications' as const, id, tab: 'grants' };
  return (
    <a class="undo" href={linkTo({ ...target, query: { undo: activity.id } })}>
      <Icon name="undo" /> {words.undo}
    </a>
  );
}

/** The sentence of an activity, with links in its places. */
function Said({ activity, names }: EventProps) {
  const { environment } = useConsole();
  const { history: say } = words;
  const { action, actors, after, before, resources } = activity;
  const client = actors.client?.id;
  const [target = ''] = action.type.split('.');
  const applicationId = applicationOf(activity);
  const name = String((after ?? before)?.name ?? '');
  const linked = (id: string | undefined, text: string) =>
    id === undefined || action.type === 'APPLICATION.DELETED' ? (
      text
    ) : (
      <a href={linkTo({ environmentId: environment.id, screen: 'applications', id })}>{text}</a>
    );
  const places: Readonly<Record<string, ComponentChildren>> = {
    who: <b>{actors.user?.id ?? (client && (names.get(toApplicationId(client) ?? '') ?? client)) ?? say.program}</b>,
    application: linked(applicationId, names.get(applicationId ?? '') ?? say.anApplication),
    name:
      target === 'APPLICATION' ? (
        linked(resources[0]?.id, name)
      ) : target === 'SCOPE' ? (
        <Urn scope={name} />
      ) : (
        <b>{name}</b>
      ),
  };
  return (
    <>
      {say
        .sentence(action.type)
        .split(/\{(\w+)\}/)
        .map((part, at) => (at % 2 === 1 ? <span key={part}>{places[part]}</span> : part))}
    </>
  );
}
