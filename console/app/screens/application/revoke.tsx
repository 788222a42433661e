import { useState } from 'preact/hooks';
import { useConsole } from '../../console.js';
import { TextField } from '../../form/fields.js';
import { FailureSummary, Form } from '../../form/form.js';
import { useSending } from '../../form/sending.js';
import { words } from '../../words.js';

export interface RevokeProps {
  readonly name: string;
  /** Of the application, in the admin API. */
  readonly path: string;
}

/** Voids tokens that are out already: all of them, or those of one person. */
export function Revoke({ name, path }: RevokeProps) {
  const { api } = useConsole();
  const { secret: say } = words;
  const sending = useSending();
  const [typed, setTyped] = useState('');
  const [isDone, setIsDone] = useState(false);
  const subject = typed.trim();
  const revoke = () => api.change('POST', `${path}/revocations`, { body: subject === '' ? {} : { subject } });
  return (
    <section class="card" aria-label={say.tokens}>
      <header>
        <h2>{say.tokens}</h2>
      </header>
      <Form class="body stack" sending={sending} onSubmit={() => void sending.send(revoke).then(setIsDone)}>
        <FailureSummary failure={sending.failure} />
        <p class="ink2">{say.tokensLead(name)}</p>
        <TextField
          name="subject"
          label={say.subject}
          hint={say.subjectHint}
          value={typed}
          onInput={(text) => {
            setIsDone(false);
            setTyped(text);
          }}
        />
        <div class="row-flex">
          <button type="submit" class="btn danger" aria-disabled={sending.isBusy}>
            {subject === '' ? say.revokeAll : say.revokeOf(subject)}
          </button>
          <span role="status">{isDone ? say.revoked : ''}</span>
        </div>
      </Form>
    </section>
  );
}
