import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from './console.js';
import { Find } from './find.js';
import { Dialog } from './parts.js';
import { go, type Screen } from './route.js';
import { words } from './words.js';

/** What `g` and then this key opens. */
const SCREENS: Readonly<Record<string, Screen>> = { o: 'overview', a: 'applications', s: 'scopes', h: 'history' };

/** How long after `g` the next key counts. */
const SEQUENCE_MS = 1500;

const PREFERENCE = 'scopegate-keys';

/** Whether single keys do something: people who use speech input turn them off (WCAG 2.1.4). */
function readPreference(): boolean {
  return sessionStorage.getItem(PREFERENCE) !== 'off';
}

/** Single keys, outside of fields and dialogs; `Ctrl K` everywhere. A screen marks what they use with `data-key`. */
export function Keys({ isFinding, onFind }: { readonly isFinding: boolean; readonly onFind: (is: boolean) => void }) {
  const { environment } = useConsole();
  const [isOn, setIsOn] = useState(readPreference);
  const [isShown, setIsShown] = useState(false);
  const began = useRef(0);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        if (document.querySelector('dialog[open]') === null) onFind(true);
        return;
      }
      if (!isOn || isCommand || event.altKey || isOccupied(event.target)) return;
      if (act(event.key)) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });

  function act(key: string): boolean {
    const isSecond = Date.now() - began.current < SEQUENCE_MS;
    began.current = key === 'g' && !isSecond ? Date.now() : 0;
    const screen = isSecond ? SCREENS[key] : undefined;
    if (screen !== undefined) go({ environmentId: environment.id, screen });
    else if (key === '?') setIsShown(true);
    else if (key === '/') document.querySelector<HTMLElement>('[data-key="/"]')?.focus();
    else if (key === 'n') document.querySelector<HTMLElement>('[data-key="n"]')?.click();
    else return false;
    return true;
  }

  const enable = (isEnabled: boolean) => {
    if (isEnabled) sessionStorage.removeItem(PREFERENCE);
    else sessionStorage.setItem(PREFERENCE, 'off');
    setIsOn(isEnabled);
  };
  return (
    <>
      {isFinding && <Find onClose={() => onFind(false)} />}
      {isShown && <KeyList isOn={isOn} onEnable={enable} onClose={() => setIsShown(false)} />}
    </>
  );
}

function isOccupied(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  return target instanceof Element && target.closest('input, select, textarea, [contenteditable]') !== null;
}

interface KeyListProps {
  readonly isOn: boolean;
  readonly onEnable: (is: boolean) => void;
  readonly onClose: () => void;
}

function KeyList({ isOn, onEnable, onClose }: KeyListProps) {
  const { keys: say } = words;
  return (
    <Dialog label={say.title} onClose={onClose}>
      <header>
        <h2>{say.title}</h2>
      </header>
      <div class="body">
        <dl class="kv">
          {say.list.map(([key, does]) => (
            <>
              <dt class="mono">{key}</dt>
              <dd>{does}</dd>
            </>
          ))}
        </dl>
        <label class="check">
          <input type="checkbox" checked={isOn} onChange={() => onEnable(!isOn)} />
          <span>{say.on}</span>
        </label>
      </div>
      <footer>
        <button type="button" class="btn" onClick={onClose}>
          {words.close}
        </button>
      </footer>
    </Dialog>
  );
}
