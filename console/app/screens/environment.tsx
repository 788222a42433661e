import { useState } from 'preact/hooks';
import type { Tagged } from '../api.js';
import { useConsole } from '../console.js';
import { countAll } from '../counting.js';
import { DeleteDialog } from '../form/delete-dialog.js';
import { EditForm } from '../form/edit-form.js';
import { ChoiceField, TextField } from '../form/fields.js';
import { useObjectEdit } from '../form/use-object-edit.js';
import type { Environment } from '../model.js';
import { Copy, Shown, Title } from '../parts.js';
import { go, linkTo } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { TYPES } from './new-environment.js';
import { SaveHistory } from './save-history.js';

/** What the environment is called, and its end. */
export function EnvironmentScreen() {
  const { api, environment } = useConsole();
  const { environments: say } = words;
  const path = `/environments/${environment.id}`;
  const loaded = useLoad(path, (signal) => api.get<Environment>(path, signal));
  const { name } = environment;
  return (
    <>
      <header class="head">
        <div class="crumbs">
          <a href={linkTo({ environmentId: environment.id, screen: 'environments' })}>{say.title}</a> <span>/</span>{' '}
          <span>{name}</span>
        </div>
        <Title name={say.settingsOf(name)}>{say.settingsOf(name)}</Title>
        <div class="meta">
          <span>
            <span class="mono xs">{environment.id}</span> <Copy value={environment.id} what={say.id} />
          </span>
        </div>
      </header>
      <Shown loaded={loaded} what={say.what}>
        {(tagged) => <Settings tagged={tagged} onChange={loaded.set} onStale={loaded.reload} />}
      </Shown>
    </>
  );
}

const { environments: say } = words;
const LABELS = { name: say.name, description: say.description, type: say.type };

interface SettingsProps {
  readonly tagged: Tagged<Environment>;
  readonly onChange: (tagged: Tagged<Environment>) => void;
  readonly onStale: () => void;
}

function Settings({ tagged, onChange, onStale }: SettingsProps) {
  const { environments, onEnvironments, may } = useConsole();
  const { value: environment, tag } = tagged;
  const path = `/environments/${environment.id}`;
  const [isDeleting, setIsDeleting] = useState(false);
  const edit = useObjectEdit<Environment>({
    path,
    tagged,
    onChange(after) {
      onEnvironments(environments.map((each) => (each.id === environment.id ? after.value : each)));
      onChange(after);
    },
  });
  return (
    <div class="stack-5">
      <EditForm
        edit={edit}
        stored={environment}
        label={words.environments.settings}
        isReadOnly={!may('orgmgt:update:environment')}
        labels={LABELS}
      >
        <TextField
          name="name"
          label={say.name}
          isRequired
          value={edit.edited.name}
          onInput={(name) => edit.change({ name })}
        />
        <TextField
          name="description"
          label={say.description}
          value={edit.edited.description}
          onInput={(description) => edit.change({ description })}
        />
        <ChoiceField
          name="type"
          label={say.type}
          value={edit.edited.type}
          choices={TYPES}
          onInput={(type) => edit.change({ type })}
        />
      </EditForm>
      {may('orgmgt:delete:environment') && (
        <section class="card" aria-label={say.end}>
          <div class="body spread">
            <p class="ink2">{say.endLead}</p>
            <button type="button" class="btn danger" onClick={() => setIsDeleting(true)}>
              {say.delete(environment.name)}
            </button>
          </div>
        </section>
      )}
      {isDeleting && (
        <DeleteEnvironment
          name={environment.name}
          path={path}
          tag={tag}
          onStale={onStale}
          onClose={() => setIsDeleting(false)}
        />
      )}
    </div>
  );
}

interface DeleteEnvironmentProps {
  readonly name: string;
  readonly path: string;
  readonly tag: string;
  readonly onStale: () => void;
  readonly onClose: () => void;
}

function DeleteEnvironment({ path, ...dialog }: DeleteEnvironmentProps) {
  const { api, environment, environments, onEnvironments, may } = useConsole();

  async function count(signal: AbortSignal): Promise<readonly string[]> {
    const [applications, resources, scopes] = await Promise.all(
      (
        [
          ['applications', 'applications:read:application'],
          ['resources', 'resources:read:resource'],
          ['scopes', 'resources:read:scope'],
        ] as const
      ).map(([list, permission]) => (may(permission) ? countAll(api, `${path}/${list}`, signal) : undefined)),
    );
    return [
      ...(applications ? [say.applicationsGo(applications)] : []),
      ...(resources && scopes ? [say.resourcesGo(resources, scopes)] : []),
    ];
  }

  return (
    <DeleteDialog
      lead={say.deleteWhat}
      path={path}
      count={count}
      onDeleted={() => {
        const others = environments.filter(({ id }) => id !== environment.id);
        go({});
        onEnvironments(others);
      }}
      {...dialog}
    >
      {may('audit:read:activity') && <SaveHistory environment={environment} />}
    </DeleteDialog>
  );
}
