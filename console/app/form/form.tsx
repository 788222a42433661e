import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import { Icon } from '../../parts/icon.js';
import type { ApiDetail, ApiFailure } from '../api.js';
import { Dialog } from '../parts.js';
import { words } from '../words.js';
import type { Sending } from './sending.js';

interface FormState {
  readonly failure: ApiFailure | undefined;
  /** Whether its fields can only be read. */
  readonly isReadOnly: boolean;
}

const FormContext = createContext<FormState>({ failure: undefined, isReadOnly: false });

/** Whether a detail of a refusal is about a member, or about a part of it: `redirectUris[2]`. */
function isAbout(name: string, { target = '' }: ApiDetail): boolean {
  return target === name || target.startsWith(`${name}[`) || target.startsWith(`${name}.`);
}

/** What the API said of a member of the body, and whether its field can only be read. */
export function useField(name: string): { readonly problems: readonly string[]; readonly isReadOnly: boolean } {
  const { failure, isReadOnly } = useContext(FormContext);
  const about = failure?.details.filter((detail) => isAbout(name, detail)) ?? [];
  return { problems: about.map(({ message }) => message), isReadOnly };
}

export interface FormProps {
  readonly sending: Sending;
  readonly onSubmit: () => void;
  readonly class?: string;
  readonly isReadOnly?: boolean;
  readonly children: ComponentChildren;
}

/** A form whose refusals stand at their fields. The API alone decides what is accepted, so the browser checks nothing. */
export function Form({ sending, onSubmit, isReadOnly = false, children, ...more }: FormProps) {
  return (
    <FormContext.Provider value={{ failure: sending.failure, isReadOnly }}>
      <form
        {...more}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!sending.isBusy) onSubmit();
        }}
      >
        {children}
      </form>
    </FormContext.Provider>
  );
}

export interface FailureSummaryProps {
  readonly failure: ApiFailure | undefined;
  /** Whether an earlier step of the same change was saved. Default `false`. */
  readonly isHalfway?: boolean;
}

/** What was refused, as a whole: it takes the focus, and leads to the fields. */
export function FailureSummary({ failure, isHalfway = false }: FailureSummaryProps) {
  const { failure: say } = words;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), [failure]);
  if (failure === undefined) return null;
  const { status, message, details, reference } = failure;
  const sentence = status >= 500 || message === '' ? say.what(status) : message;
  return (
    <div class="banner deny" tabIndex={-1} ref={box}>
      <Icon name="warn" />
      <div class="grow stack">
        <p>
          {status === 0 ? (
            <b>{words.form.unknown}</b>
          ) : (
            <>
              <b>{say.notSaved}</b> {details.length === 0 && sentence} {isHalfway ? say.typedIsHere : say.stillHere}
            </>
          )}
        </p>
        {details.length > 0 && (
          <ul class="small">
            {details.map((detail) => (
              <li key={`${detail.target}${detail.message}`}>
                <ToField detail={detail} />
              </li>
            ))}
          </ul>
        )}
        {status >= 500 && reference !== undefined && (
          <p class="small ink2">
            {say.reference} <span class="mono">{reference}</span>.
          </p>
        )}
      </div>
    </div>
  );
}

function ToField({ detail }: { readonly detail: ApiDetail }) {
  const { target = '', message } = detail;
  if (target === '') return <>{message}</>;
  const focus = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const fields = [...(currentTarget.closest('form')?.querySelectorAll<HTMLInputElement>('[name]') ?? [])];
    fields.find(({ name }) => isAbout(name, detail))?.focus();
  };
  return (
    <button type="button" class="link" onClick={focus}>
      {message}
    </button>
  );
}

export interface FormDialogProps {
  readonly title: string;
  readonly lead?: string;
  readonly sending: Sending;
  /** What the button says, and what it says while it works. */
  readonly submit: readonly [string, string];
  readonly isDanger?: boolean;
  /** Whether the button can be pressed. Default `true`. */
  readonly isReady?: boolean;
  readonly onSubmit: () => void;
  /** Whether an earlier step of the same change was saved. Default `false`. */
  readonly isHalfway?: boolean;
  /** `Escape`: what was typed stays where a draft keeps it. */
  readonly onClose: () => void;
  /** The button beside: what was typed is dropped. Default: it closes. */
  readonly onCancel?: () => void;
  readonly cancel?: string;
  readonly children: ComponentChildren;
}

/** A dialog with a form: its first field has the focus, a refusal stands above the fields and at them. */
export function FormDialog({ title, lead, sending, children, ...props }: FormDialogProps) {
  const { submit, isDanger = false, isReady = true, isHalfway = false, cancel = words.cancel } = props;
  return (
    <Dialog label={title} onClose={props.onClose}>
      <Form
        sending={sending}
        onSubmit={() => {
          if (isReady) props.onSubmit();
        }}
      >
        <header>
          <h2>{title}</h2>
          {lead !== undefined && <p class="ink2">{lead}</p>}
        </header>
        <div class="body">
          <FailureSummary failure={sending.failure} isHalfway={isHalfway} />
          {children}
        </div>
        <footer>
          <button type="button" class="btn" onClick={props.onCancel ?? props.onClose}>
            {cancel}
          </button>
          <button
            type="submit"
            class={isDanger ? 'btn danger' : 'btn primary'}
            disabled={!isReady}
            aria-disabled={sending.isBusy}
          >
            {submit[sending.isBusy ? 1 : 0]}
          </button>
        </footer>
      </Form>
    </Dialog>
  );
}
