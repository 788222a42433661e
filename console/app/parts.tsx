import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import type { ApiFailure } from './api.js';
import { sayExactly, sayTime } from './time.js';
import type { Loaded } from './use-load.js';
import { words } from './words.js';

/** A time relative to now, with the exact one on hover and for assistive technology. */
export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={sayExactly(at)}>
      {sayTime(at)}
    </time>
  );
}

export interface FailureProps {
  readonly failure: ApiFailure;
  readonly retryIn?: number | undefined;
  readonly onRetry?: (() => void) | undefined;
  /** Whether a change of the person was not saved. */
  readonly isChange?: boolean;
}

/** What happened, what is safe, what to do. */
export function Failure({ failure, retryIn, onRetry, isChange = false }: FailureProps) {
  const { failure: say } = words;
  return (
    <div class="banner deny">
      <Icon name="warn" />
      <div class="grow">
        <p role="alert">
          <b>{isChange ? say.notSaved : say.what(failure.status)}</b>{' '}
          {isChange ? `${failure.message || say.what(failure.status)} ${say.stillHere}` : say.safe(failure.status)}
        </p>
        {failure.details.length > 0 && (
          <ul class="small">
            {failure.details.map(({ target, message }) => (
              <li key={`${target}${message}`}>{message}</li>
            ))}
          </ul>
        )}
        {(retryIn !== undefined || failure.reference !== undefined) && (
          <p class="small ink2">
            {retryIn !== undefined && say.retryIn(retryIn)}{' '}
            {failure.reference !== undefined && (
              <>
                {say.reference} <span class="mono">{failure.reference}</span>.
              </>
            )}
          </p>
        )}
      </div>
      {onRetry && (
        <button type="button" class="btn" onClick={onRetry}>
          {say.retry}
        </button>
      )}
    </div>
  );
}

/** What was loaded; before that nothing for 150 ms, then rows of the final height; a failure stands above what was there. */
export function Shown<T>({
  loaded,
  what,
  children,
}: {
  readonly loaded: Loaded<T>;
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}) {
  const { value, failure, retryIn, reload } = loaded;
  return (
    <>
      {failure && <Failure failure={failure} retryIn={retryIn} onRetry={reload} />}
      {value !== undefined ? children(value) : failure === undefined && <Waiting what={what} />}
    </>
  );
}

const STILL_MS = 150;

export function Waiting({ what }: { readonly what: string }) {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), STILL_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isLong) return null;
  return (
    <div class="card" aria-busy="true">
      <div class="body stack">
        <p class="small muted">{words.loading(what)}</p>
        <span class="skel" />
        <span class="skel" />
        <span class="skel" />
      </div>
    </div>
  );
}

/** The first screen leaves the focus at the beginning of the page. */
let isPageNew = true;

/** The title of a screen: it takes the focus when the screen is new. */
export function Title({ children, name }: { readonly children: ComponentChildren; readonly name: string }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${name} · scopegate`;
  }, [name]);
  useEffect(() => {
    if (isPageNew) isPageNew = false;
    else title.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 tabIndex={-1} ref={title}>
      {children}
    </h1>
  );
}

/** What belongs here, why it is empty, and one button. */
export function Empty({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{lead}</p>
      {children}
    </div>
  );
}

/** A modal `<dialog>`; the focus goes back to where it was. `Escape` closes it where `onClose` is given. */
export function Dialog({
  label,
  onClose,
  children,
}: {
  readonly label: string;
  readonly onClose?: (() => void) | undefined;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      class="dialog"
      aria-label={label}
      ref={dialog}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      {children}
    </dialog>
  );
}

/** Copies the whole of a value that is shown in short. */
export function Copy({ value, what }: { readonly value: string; readonly what: string }) {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <button
      type="button"
      class="copy"
      title={isCopied ? words.copied : words.copy(what)}
      aria-label={isCopied ? words.copied : words.copy(what)}
      onClick={() => void navigator.clipboard.writeText(value).then(() => setIsCopied(true))}
      onBlur={() => setIsCopied(false)}
    >
      <Icon name={isCopied ? 'check' : 'copy'} />
    </button>
  );
}

const TOAST_SECONDS = 8;

/** What was done and can be undone, for eight seconds; it stays under the pointer and the focus. */
export function Toast({
  children,
  onUndo,
  onClose,
}: {
  readonly children: ComponentChildren;
  readonly onUndo: () => void;
  readonly onClose: () => void;
}) {
  const [left, setLeft] = useState(TOAST_SECONDS);
  const [isHeld, setIsHeld] = useState(false);
  useEffect(() => {
    if (left === 0) onClose();
    if (isHeld || left === 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left, isHeld]);
  const hold = { onMouseEnter: () => setIsHeld(true), onFocusIn: () => setIsHeld(true) };
  const release = { onMouseLeave: () => setIsHeld(false), onFocusOut: () => setIsHeld(false) };
  return (
    <div class="toast" {...hold} {...release}>
      <Icon name="check" /> <span role="status">{children}</span>
      <button type="button" onClick={onUndo}>
        {words.undo}
      </button>
      <span class="xs" aria-hidden="true">
        {words.seconds(left)}
      </span>
    </div>
  );
}
