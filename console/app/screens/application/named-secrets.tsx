import { useState } from 'preact/hooks';
import { Icon } from '../../../parts/icon.js';
import { useConsole } from '../../console.js';
import { DeleteDialog } from '../../form/delete-dialog.js';
import { TextField } from '../../form/fields.js';
import { FormDialog } from '../../form/form.js';
import { useSending } from '../../form/sending.js';
import type { Application, ApplicationSecret } from '../../model.js';
import { Shown, Time } from '../../parts.js';
import { endOfDay, sayExactly } from '../../time.js';
import { useLoad } from '../../use-load.js';
import { words } from '../../words.js';
import { SecretOnce } from '../secret-once.js';

export interface NamedSecretsProps {
  readonly application: Application;
  /** Of the application, in the admin API. */
  readonly path: string;
}

/** Secrets with names, each valid on its own: deploy a new one, see that nobody uses the old one, delete that. */
export function NamedSecrets({ application, path }: NamedSecretsProps) {
  const { api, may } = useConsole();
  const { namedSecrets: say } = words;
  const loaded = useLoad(`${path}/secrets`, async (signal) => {
    const secrets = await api.all<ApplicationSecret>(`${path}/secrets`, signal);
    return secrets.filter(({ name }) => name !== undefined);
  });
  const [isMaking, setIsMaking] = useState(false);
  const [fresh, setFresh] = useState<string>();
  const [deleted, setDeleted] = useState<ApplicationSecret>();
  return (
    <section class="card" aria-label={say.title}>
      <header>
        <h2>{say.title}</h2>
        {may('applications:update:secret') && (
          <button type="button" class="btn" onClick={() => setIsMaking(true)}>
            <Icon name="plus" /> {say.create}
          </button>
        )}
      </header>
      <Shown loaded={loaded} what={say.what}>
        {(secrets) =>
          secrets.length === 0 ? (
            <p class="body ink2">{say.none}</p>
          ) : (
            <ul class="ladder plain">
              {secrets.map((secret) => (
                <li key={secret.id}>
                  <span class="long">
                    <b>{secret.name}</b>
                    <br />
                    <Dates secret={secret} />
                  </span>
                  {may('applications:delete:secret') && (
                    <button type="button" class="btn" onClick={() => setDeleted(secret)}>
                      {say.delete(secret.name ?? '')}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {isMaking && (
        <NewSecret
          path={path}
          onClose={() => setIsMaking(false)}
          onMade={(secret) => {
            setIsMaking(false);
            setFresh(secret);
            loaded.reload();
          }}
        />
      )}
      {fresh !== undefined && <SecretOnce name={application.name} secret={fresh} onDone={() => setFresh(undefined)} />}
      {deleted && (
        <DeleteDialog
          name={deleted.name ?? ''}
          lead={say.deleteWhat}
          path={`${path}/secrets/${deleted.id}`}
          count={async () => [
            deleted.lastUsedAt === undefined ? say.unused : say.usedLast(sayExactly(deleted.lastUsedAt)),
          ]}
          onStale={loaded.reload}
          onClose={() => setDeleted(undefined)}
          onDeleted={() => {
            setDeleted(undefined);
            loaded.reload();
          }}
        />
      )}
    </section>
  );
}

function Dates({ secret: { createdAt, lastUsedAt, expiresAt } }: { readonly secret: ApplicationSecret }) {
  const { namedSecrets: say } = words;
  return (
    <span class="small muted">
      {say.made} <Time at={createdAt} />.{' '}
      {lastUsedAt === undefined ? (
        say.unused
      ) : (
        <>
          {say.used} <Time at={lastUsedAt} />.
        </>
      )}{' '}
      {expiresAt !== undefined && (
        <>
          {say.expires} <Time at={expiresAt} />.
        </>
      )}
    </span>
  );
}

interface NewSecretProps {
  readonly path: string;
  readonly onClose: () => void;
  readonly onMade: (secret: string) => void;
}

function NewSecret({ path, onClose, onMade }: NewSecretProps) {
  const { api } = useConsole();
  const { namedSecrets: say } = words;
  const sending = useSending();
  const [name, setName] = useState('');
  const [day, setDay] = useState('');

  async function create(): Promise<void> {
    const body = { name: name.trim(), ...(day !== '' && { expiresAt: endOfDay(day) }) };
    const { value } = await api.change<{ secret: string }>('POST', `${path}/secrets`, { body });
    onMade(value.secret);
  }

  return (
    <FormDialog
      title={say.newTitle}
      lead={say.newLead}
      sending={sending}
      submit={[say.createIt, say.creating]}
      onSubmit={() => void sending.send(create)}
      onClose={onClose}
    >
      <TextField name="name" label={say.name} hint={say.nameHint} isRequired value={name} onInput={setName} />
      <TextField name="expiresAt" label={say.ends} hint={words.grants.endsHint} isDate value={day} onInput={setDay} />
    </FormDialog>
  );
}
