import { useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import { useConsole } from '../console.js';
import { EnvironmentList } from '../environments.js';
import { Title } from '../parts.js';
import { go } from '../route.js';
import { words } from '../words.js';
import { NewEnvironment } from './new-environment.js';

/** All environments that the caller may see. */
export function EnvironmentsScreen() {
  const { api, environment, environments, onEnvironments, may } = useConsole();
  const { environments: say } = words;
  const [isMaking, setIsMaking] = useState(false);
  return (
    <>
      <header class="head">
        <div class="spread">
          <Title name={say.title}>{say.title}</Title>
          {may('orgmgt:create:environment') && (
            <button type="button" class="btn primary" data-key="n" onClick={() => setIsMaking(true)}>
              <Icon name="plus" /> {say.create} <kbd>N</kbd>
            </button>
          )}
        </div>
        <p class="ink2">{say.lead}</p>
      </header>
      <section class="card" aria-label={say.title}>
        <EnvironmentList environments={environments} currentId={environment.id} />
      </section>
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
}
