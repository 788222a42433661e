import { useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import type { Console } from './console.js';
import type { Environment } from './model.js';
import { Empty, Title } from './parts.js';
import { go, linkTo, type Route } from './route.js';
import { NewEnvironment } from './screens/new-environment.js';
import { words } from './words.js';

export type EnvironmentChoiceProps = Omit<Console, 'environment'> & { readonly route: Route };

/** Where there is none, or several, or one that is gone. */
export function EnvironmentChoice({ api, environments, onEnvironments, may, route }: EnvironmentChoiceProps) {
  const { environment: say } = words;
  const [isMaking, setIsMaking] = useState(false);
  const make = may('orgmgt:create:environment') && (
    <>
      <p>
        <button type="button" class="btn primary" onClick={() => setIsMaking(true)}>
          <Icon name="plus" /> {words.environments.create}
        </button>
      </p>
      {isMaking && (
        <NewEnvironment
          api={api}
          onClose={() => setIsMaking(false)}
          onMade={(made) => {
            onEnvironments([...environments, made]);
            go({ environmentId: made.id });
          }}
        />
      )}
    </>
  );
  if (environments.length === 0) {
    return (
      <main class="start">
        {make ? (
          <Empty title={words.environments.first} lead={words.environments.firstLead}>
            {make}
          </Empty>
        ) : (
          <Empty title={say.none} lead={say.noneLead} />
        )}
      </main>
    );
  }
  return (
    <main class="start" id="main">
      <Title name={say.title}>{say.title}</Title>
      <p class="ink2">{route.environmentId === undefined ? say.lead : say.gone}</p>
      <div class="card">
        <EnvironmentList environments={environments} />
      </div>
      {make}
    </main>
  );
}

/** Each leads to itself. */
export function EnvironmentList({
  environments,
  currentId,
}: {
  readonly environments: readonly Environment[];
  readonly currentId?: string;
}) {
  const { environment: say, environments: more } = words;
  return (
    <ul class="ladder plain stacks">
      {environments.map(({ id, name, description, type }) => (
        <li key={id}>
          <span class="long">
            <a href={linkTo({ environmentId: id })}>{name}</a>{' '}
            {id === currentId && <span class="chip covered">{more.here}</span>}
            <br />
            <span class="small muted">{description}</span>
          </span>
          <span class="small muted row-flex">
            {type === 'PRODUCTION' ? say.production : say.other}
            {currentId !== undefined && (
              <a href={linkTo({ environmentId: id, screen: 'environments', id: 'settings' })}>
                {more.settingsOf(name)}
              </a>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
