import { useState } from 'preact/hooks';
import { Urn } from '../../parts/urn.js';
import type { Tagged } from '../api.js';
import { useConsole } from '../console.js';
import { readMost } from '../counting.js';
import { DeleteDialog } from '../form/delete-dialog.js';
import { EditForm } from '../form/edit-form.js';
import { TextField } from '../form/fields.js';
import { useObjectEdit } from '../form/use-object-edit.js';
import type { CallCount, Grant, Recorded, Scope, ScopeHolder } from '../model.js';
import { Empty, Shown, Title } from '../parts.js';
import { go, linkTo } from '../route.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { RenameEffect, useRoutesNaming } from './rename-effect.js';

/** What a scope is called, what is said of it, and its end. */
export function ScopeSettingsScreen({ id }: { readonly id: string }) {
  const { api, environment } = useConsole();
  const { scopeSettings: say } = words;
  const base = `/environments/${environment.id}`;
  const loaded = useLoad(`scope settings ${id}`, async (signal) => {
    const found = await api.page<Scope>(`${base}/scopes?filter=${encodeURIComponent(`id eq "${id}"`)}`, signal);
    const [scope] = found.items;
    return scope && api.get<Scope>(`${base}/resources/${scope.resource.id}/scopes/${id}`, signal);
  });
  const at = { environmentId: environment.id, screen: 'scopes' as const };
  return (
    <Shown loaded={loaded} what={say.what}>
      {(tagged) => {
        if (tagged === undefined) return <Empty title={words.scopes.gone} lead={words.failure.safe(404)} />;
        const { name } = tagged.value;
        return (
          <>
            <header class="head">
              <div class="crumbs">
                <a href={linkTo(at)}>{words.scopes.title}</a> <span>/</span>{' '}
                <a href={linkTo({ ...at, id })}>
                  <Urn scope={name} />
                </a>{' '}
                <span>/</span> <span>{say.edit}</span>
              </div>
              <Title name={name}>
                <Urn scope={name} />
              </Title>
            </header>
            <Settings tagged={tagged} onChange={loaded.set} onStale={loaded.reload} />
          </>
        );
      }}
    </Shown>
  );
}

interface SettingsProps {
  readonly tagged: Tagged<Scope>;
  readonly onChange: (tagged: Tagged<Scope>) => void;
  readonly onStale: () => void;
}

function Settings({ tagged, onChange, onStale }: SettingsProps) {
  const { environment, may } = useConsole();
  const { scopeSettings: say } = words;
  const { value: scope, tag } = tagged;
  const path = `/environments/${environment.id}/resources/${scope.resource.id}/scopes/${scope.id}`;
  const edit = useObjectEdit<Scope>({ path, tagged, onChange });
  const [isDeleting, setIsDeleting] = useState(false);
  const newName = edit.draft.name ?? undefined;
  const routes = useRoutesNaming(newName === undefined ? undefined : scope.name);
  const isHarmful = routes === 'unknown' || routes.length > 0;
  return (
    <div class="stack-5">
      <EditForm
        edit={edit}
        stored={scope}
        label={say.card}
        isReadOnly={!may('resources:update:scope')}
        labels={{ name: say.name, description: say.description }}
        isDanger={isHarmful}
        {...(newName !== undefined && { submit: isHarmful ? say.renameAnyway : say.rename })}
        effect={newName !== undefined && <RenameEffect path={path} from={scope.name} to={newName} routes={routes} />}
      >
        <TextField
          name="name"
          label={say.name}
          hint={words.newScope.nameHint}
          isRequired
          isMono
          value={edit.edited.name}
          onInput={(name) => edit.change({ name })}
        />
        <TextField
          name="description"
          label={say.description}
          value={edit.edited.description}
          onInput={(description) => edit.change({ description })}
        />
      </EditForm>
      {may('resources:delete:scope') && (
        <section class="card" aria-label={say.end}>
          <div class="body spread">
            <p class="ink2">{say.endLead}</p>
            <button type="button" class="btn danger" onClick={() => setIsDeleting(true)}>
              {say.delete}
            </button>
          </div>
        </section>
      )}
      {isDeleting && (
        <DeleteScope scope={scope} path={path} tag={tag} onStale={onStale} onClose={() => setIsDeleting(false)} />
      )}
    </div>
  );
}

interface DeleteScopeProps {
  readonly scope: Scope;
  readonly path: string;
  readonly tag: string;
  readonly onStale: () => void;
  readonly onClose: () => void;
}

const NAMED = 5;

function DeleteScope({ scope, path, ...dialog }: DeleteScopeProps) {
  const { api, environment, may } = useConsole();
  const { scopeSettings: say } = words;
  const routes = useRoutesNaming(scope.name);

  async function countHolders(signal: AbortSignal): Promise<readonly string[]> {
    if (!may('applications:read:grant') || !may('applications:read:application')) return [];
    const grantsPath = `/environments/${environment.id}/resources/${scope.resource.id}/grants`;
    const [holders, grants] = await Promise.all([
      readMost<ScopeHolder>(api, `${path}/applications`, signal),
      readMost<Grant>(api, grantsPath, signal),
    ]);
    const names = holders.items.map(({ name }) => name);
    const last = grants.items.filter(({ scopes }) => scopes.length === 1 && scopes[0]?.id === scope.id).length;
    return [
      say.losers(names.length, holders.isMore, say.names(names.slice(0, NAMED), Math.max(0, names.length - NAMED))),
      ...(last > 0 ? [say.lastOf(last, grants.isMore)] : []),
    ];
  }

  async function countCalls(signal: AbortSignal): Promise<readonly string[]> {
    if (!may('resources:read:usage')) return [];
    type Usage = Recorded & { readonly _embedded: { readonly usage: readonly CallCount[] } };
    const { value } = await api.get<Usage>(`${path}/usage`, signal);
    return value.recordedSince === undefined ? [] : [say.calls(value.calls)];
  }

  return (
    <DeleteDialog
      name={scope.name}
      lead={say.deleteWhat}
      path={path}
      count={async (signal) => (await Promise.all([countHolders(signal), countCalls(signal)])).flat()}
      onDeleted={() => go({ environmentId: environment.id, screen: 'scopes' })}
      {...dialog}
    >
      {routes.length > 0 && (
        <p class="small lost">{routes === 'unknown' ? say.routesUnknown : say.needed(routes.length)}</p>
      )}
    </DeleteDialog>
  );
}
