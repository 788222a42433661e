import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiFailure } from '../api.js';
import { useConsole } from '../console.js';
import { Failure } from '../parts.js';
import { useLoad } from '../use-load.js';
import { words } from '../words.js';
import { TextField } from './fields.js';
import { FormDialog } from './form.js';
import { useSending } from './sending.js';

export interface DeleteDialogProps {
  readonly name: string;
  /** That which cannot be counted. */
  readonly lead: string;
  /** Of the object, in the admin API. */
  readonly path: string;
  /** The entity tag that it was shown with; none for what cannot be changed. */
  readonly tag?: string;
  /** What goes with it, in numbers: a sentence for each. */
  readonly count: (signal: AbortSignal) => Promise<readonly string[]>;
  /** Reads it again, where somebody changed it meanwhile. */
  readonly onStale: () => void;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
  /** What to do before. */
  readonly children?: ComponentChildren;
}

/** What cannot be undone: says in numbers what goes with it, asks the API beforehand, and wants the name typed. */
export function DeleteDialog({ name, lead, path, tag, count, children, ...props }: DeleteDialogProps) {
  const { api } = useConsole();
  const { remove: say } = words;
  const sending = useSending();
  const [typed, setTyped] = useState('');
  const loaded = useLoad(`delete ${path} ${tag}`, async (signal) => {
    const [sentences, refusal] = await Promise.all([count(signal), rehearse(signal)]);
    return { sentences, refusal };
  });

  /** What the API will refuse is said before a name is typed. */
  async function rehearse(signal: AbortSignal): Promise<ApiFailure | undefined> {
    try {
      await api.change('DELETE', `${path}?dryRun=true`, { signal });
      return undefined;
    } catch (error) {
      if (error instanceof ApiFailure && isRefusal(error)) return error;
      throw error;
    }
  }

  const isStale = sending.failure?.status === 412;
  const refusal = loaded.value?.refusal;
  return (
    <FormDialog
      title={say.title(name)}
      lead={lead}
      sending={isStale ? { ...sending, failure: undefined } : sending}
      submit={[say.submit, say.deleting]}
      cancel={say.keep}
      isDanger
      isReady={typed === name && loaded.value !== undefined && refusal === undefined}
      onClose={props.onClose}
      onSubmit={() => {
        void sending.send(() => api.change('DELETE', path, { tag })).then((isDone) => isDone && props.onDeleted());
      }}
    >
      {loaded.failure && <Failure failure={loaded.failure} retryIn={loaded.retryIn} onRetry={loaded.reload} />}
      {refusal && (
        <div class="banner deny" role="alert">
          <p>
            <b>{say.refused}</b> {[refusal.message, ...refusal.details.map(({ message }) => message)].at(-1)}
          </p>
        </div>
      )}
      {isStale && (
        <div class="banner soon" role="alert">
          <p class="grow">
            <b>{words.form.conflict}</b> {say.stale}
          </p>
          <button
            type="button"
            class="btn"
            onClick={() => {
              sending.forget();
              props.onStale();
            }}
          >
            {say.readAgain}
          </button>
        </div>
      )}
      <Effects sentences={loaded.value?.sentences} />
      {children}
      <TextField name="confirm" label={say.typeName(name)} value={typed} onInput={setTyped} />
    </FormDialog>
  );
}

/** That somebody has to sign in again, or to wait, says nothing of what is to be deleted. */
function isRefusal({ status }: ApiFailure): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 429;
}

function Effects({ sentences }: { readonly sentences: readonly string[] | undefined }) {
  const { remove: say } = words;
  return (
    <div role="status">
      {sentences === undefined ? (
        <p class="small muted">{say.counting}</p>
      ) : (
        <ul class="effects">
          {sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
