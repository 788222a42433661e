import { useState } from 'preact/hooks';
import type { Tagged } from '../api.js';
import { useConsole } from '../console.js';
import { countAll, readMost } from '../counting.js';
import { DeleteDialog } from '../form/delete-dialog.js';
import { EditForm } from '../form/edit-form.js';
import { LinesField, TextField } from '../form/fields.js';
import { parseTag, printTag } from '../form/tags.js';
import { useObjectEdit } from '../form/use-object-edit.js';
import type { Resource } from '../model.js';
import { go } from '../route.js';
import { words } from '../words.js';

export interface ResourceSettingsProps {
  readonly tagged: Tagged<Resource>;
  readonly onChange: (tagged: Tagged<Resource>) => void;
  readonly onStale: () => void;
}

/** What a resource is called, which tokens it takes and for how long, and its end. */
export function ResourceSettings({ tagged, onChange, onStale }: ResourceSettingsProps) {
  const { environment, may } = useConsole();
  const { value: resource, tag } = tagged;
  const path = `/environments/${environment.id}/resources/${resource.id}`;
  const edit = useObjectEdit<Resource>({ path, tagged, onChange });
  const [isDeleting, setIsDeleting] = useState(false);
  const isBuiltIn = resource.type !== 'CUSTOM';
  return (
    <>
      {isBuiltIn && <p class="rule">{say.builtInLead}</p>}
      <EditForm
        edit={edit}
        stored={resource}
        label={say.settings}
        isTitled
        isReadOnly={isBuiltIn || !may('resources:update:resource')}
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
        <TextField
          name="audience"
          label={say.audience}
          hint={say.audienceHint}
          isMono
          value={edit.edited.audience}
          onInput={(audience) => edit.change({ audience })}
        />
        <LinesField
          name="secondaryAudiences"
          label={say.secondaryAudiences}
          hint={say.secondaryAudiencesHint}
          value={edit.edited.secondaryAudiences}
          print={String}
          parse={String}
          onInput={(secondaryAudiences) => edit.change({ secondaryAudiences })}
        />
        <TextField
          name="accessTokenValiditySeconds"
          label={say.lifetime}
          hint={say.lifetimeHint}
          isNumeric
          value={String(edit.edited.accessTokenValiditySeconds ?? '')}
          onInput={(text) => edit.change({ accessTokenValiditySeconds: toSeconds(text) })}
        />
        <LinesField
          name="tags"
          label={say.tags}
          hint={words.settings.tagsHint}
          value={edit.edited.tags}
          print={printTag}
          parse={parseTag}
          onInput={(tags) => edit.change({ tags })}
        />
      </EditForm>
      {!isBuiltIn && may('resources:delete:resource') && (
        <section class="card" aria-label={say.end}>
          <div class="body spread">
            <p class="ink2">{say.endLead}</p>
            <button type="button" class="btn danger" onClick={() => setIsDeleting(true)}>
              {say.delete(resource.name)}
            </button>
          </div>
        </section>
      )}
      {isDeleting && (
        <DeleteResource
          name={resource.name}
          path={path}
          tag={tag}
          onStale={onStale}
          onClose={() => setIsDeleting(false)}
        />
      )}
    </>
  );
}

/** What is no number goes as it is: the API says so at the field. */
function toSeconds(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : (text as unknown as number);
}

const { resource: say } = words;
const LABELS = {
  name: say.name,
  description: say.description,
  audience: say.audience,
  secondaryAudiences: say.secondaryAudiences,
  accessTokenValiditySeconds: say.lifetime,
  tags: say.tags,
};

interface DeleteResourceProps {
  readonly name: string;
  readonly path: string;
  readonly tag: string;
  readonly onStale: () => void;
  readonly onClose: () => void;
}

function DeleteResource({ path, ...dialog }: DeleteResourceProps) {
  const { api, environment, may } = useConsole();
  const countScopes = async (signal: AbortSignal) => {
    if (!may('resources:read:scope')) return [];
    const { n, isMore } = await countAll(api, `${path}/scopes`, signal);
    return [say.scopesGo(n, isMore)];
  };
  const countGrants = async (signal: AbortSignal) => {
    if (!may('applications:read:grant')) return [];
    const { items, isMore } = await readMost(api, `${path}/grants`, signal);
    return [say.grantsGo(items.length, isMore)];
  };
  return (
    <DeleteDialog
      lead={say.deleteWhat}
      path={path}
      count={async (signal) => (await Promise.all([countScopes(signal), countGrants(signal)])).flat()}
      onDeleted={() => go({ environmentId: environment.id, screen: 'scopes' })}
      {...dialog}
    />
  );
}
