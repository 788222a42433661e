import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from '../../console.js';
import { areSingleKeysOn } from '../../keys-preference.js';
import type { Decision } from '../../model.js';
import { go } from '../../route.js';
import { applicationIdOf, scopeOf } from './decision-row.js';

interface Actions {
  readonly onPause: () => void;
  readonly onTogglePause: () => void;
}

/**
 * The keys of the stream: `Space` pauses and goes on, `↑` and `↓` choose a call and pause, `e` explains it. `Enter` opens it, as
 * with any button. The list is one stop of the tabulator: the call that was chosen last.
 */
export function useStreamKeys(
  shown: readonly Decision[],
  { onPause, onTogglePause }: Actions,
): { readonly chosen: number | undefined; readonly list: RefObject<HTMLDivElement | null> } {
  const { environment, may } = useConsole();
  const list = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState<number>();
  const buttonOf = (decision: Decision | undefined) =>
    list.current?.querySelector<HTMLElement>(`[data-call="${decision?.number}"]`);

  function choose(from: number, step: 1 | -1): void {
    const next = shown[from < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, from + step))];
    if (next === undefined) return;
    onPause();
    setLast(next.number);
    buttonOf(next)?.focus();
  }

  function explain(decision: Decision | undefined): boolean {
    const [application] = decision === undefined ? [] : applicationIdOf(decision);
    if (decision === undefined || application === undefined || !may('applications:read:explanation')) return false;
    const query = { application, scope: scopeOf(decision) };
    go({ environmentId: environment.id, screen: 'explain', query });
    return true;
  }

  function act(key: string, at: number): boolean {
    if (key === ' ') onTogglePause();
    else if (key === 'ArrowDown') choose(at, 1);
    else if (key === 'ArrowUp') choose(at, -1);
    else return key === 'e' && areSingleKeysOn() && explain(shown[at]);
    return true;
  }

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { target } = event;
      if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
      const number = target.closest<HTMLElement>('[data-call]')?.dataset.call;
      if (number === undefined && isBusy(target)) return;
      if (act(event.key, number === undefined ? -1 : shown.findIndex((each) => String(each.number) === number))) {
        event.preventDefault();
      }
    };
    /** A button is pressed when the key comes up again. */
    const release = (event: KeyboardEvent) => {
      if (event.key === ' ' && (event.target as Element).closest?.('[data-call]')) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    window.addEventListener('keyup', release);
    return () => {
      window.removeEventListener('keydown', press);
      window.removeEventListener('keyup', release);
    };
  });
  const isThere = shown.some(({ number }) => number === last);
  return { chosen: isThere ? last : undefined, list };
}

/** What takes keys itself, and all behind a dialog. */
function isBusy(target: HTMLElement): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  return target.closest('input, textarea, select, button, a, [role=button]') !== null;
}
