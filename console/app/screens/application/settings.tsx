import { useState } from 'preact/hooks';
import type { Tagged } from '../../api.js';
import { useConsole } from '../../console.js';
import { readMost } from '../../counting.js';
import { DeleteDialog } from '../../form/delete-dialog.js';
import { EditForm } from '../../form/edit-form.js';
import { useObjectEdit } from '../../form/use-object-edit.js';
import type { Application, Grant } from '../../model.js';
import { go } from '../../route.js';
import { words } from '../../words.js';
import { LABELS, SettingsFields } from './settings-fields.js';

export interface SettingsProps {
  readonly tagged: Tagged<Application>;
  readonly onChange: (tagged: Tagged<Application>) => void;
}

/** Every member that an application has; and its end. */
export function SettingsTab({ tagged, onChange }: SettingsProps) {
  const { api, environment, may } = useConsole();
  const { settings: say } = words;
  const { value: application, tag } = tagged;
  const path = `/environments/${environment.id}/applications/${application.id}`;
  const edit = useObjectEdit<Application>({ path, tagged, onChange });
  const [isDeleting, setIsDeleting] = useState(false);

  async function count(signal: AbortSignal): Promise<readonly string[]> {
    if (!may('applications:read:grant')) return [];
    const { items, isMore } = await readMost<Grant>(api, `${path}/grants`, signal);
    const held = items.reduce((sum, { scopes }) => sum + scopes.length, 0);
    return [say.grantsGo(items.length, isMore), say.holds(held, isMore)];
  }

  return (
    <div class="stack-5">
      <EditForm
        edit={edit}
        stored={application}
        label={words.applications.tabs.settings}
        isReadOnly={!may('applications:update:application')}
        labels={LABELS}
      >
        <SettingsFields edit={edit} />
      </EditForm>
      {may('applications:delete:application') && (
        <section class="card" aria-label={say.end}>
          <div class="body spread">
            <p class="ink2">{say.deleteLead}</p>
            <button type="button" class="btn danger" onClick={() => setIsDeleting(true)}>
              {say.delete(application.name)}
            </button>
          </div>
        </section>
      )}
      {isDeleting && (
        <DeleteDialog
          name={application.name}
          lead={say.deleteWhat}
          path={path}
          tag={tag}
          count={count}
          onStale={() => void api.get<Application>(path).then(onChange, () => undefined)}
          onClose={() => setIsDeleting(false)}
          onDeleted={() => go({ environmentId: environment.id, screen: 'applications' })}
        />
      )}
    </div>
  );
}
