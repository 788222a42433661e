import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import type { Resource } from '../model.js';
import { linkTo } from '../route.js';
import { words } from '../words.js';
import { NewResource } from './new-resource.js';

/** The resources of the environment: each leads to its settings and its scopes. */
export function ResourceList({ resources }: { readonly resources: readonly Resource[] }) {
  const { environment, may } = useConsole();
  const { resource: say } = words;
  const [isMaking, setIsMaking] = useState(false);
  const at = { environmentId: environment.id, screen: 'scopes' as const, id: 'resource' };
  return (
    <section class="card further" aria-label={say.title}>
      <header>
        <h2>{say.title}</h2>
        {may('resources:create:resource') && (
          <button type="button" class="btn" onClick={() => setIsMaking(true)}>
            <Icon name="plus" /> {say.create}
          </button>
        )}
      </header>
      <ul class="ladder plain">
        {resources.map(({ id, name, description, audience, type }) => (
          <li key={id}>
            <span class="long">
              <a href={linkTo({ ...at, tab: id })}>{name}</a>{' '}
              {type !== 'CUSTOM' && <span class="chip">{say.builtIn}</span>}
              <br />
              <span class="small muted">{description}</span>
            </span>
            <span class="mono xs muted long">{audience}</span>
          </li>
        ))}
      </ul>
      {isMaking && <NewResource onClose={() => setIsMaking(false)} />}
    </section>
  );
}
