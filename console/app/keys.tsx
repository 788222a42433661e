import { Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useConsole } from './console.js';
import { Find } from './find.js';
import { areSingleKeysOn, turnSingleKeys } from './keys-preference.js';
import { ENTRIES } from './navigation.js';
import { Dialog } from './parts.js';
import { go, type Route } from './route.js';
import { words } from './words.js';

/** How long after `g` the next key counts. */
const SEQUENCE_MS = 1500;

export interface KeysProps {
  readonly route: Route;
  readonly isFinding: boolean;
  readonly onFind: (is: boolean) => void;
}

/** Single keys, outside of fields and dialogs; `Ctrl K` everywhere. A screen marks what they use with `data-key`. */
export function Keys({ route, isFinding, onFind }: KeysProps) {
  const { environment, may } = useConsole();
  const [isOn, setIsOn] = useState(areSingleKeysOn);
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
      if (act(event.key, event.target)) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });

  function act(key: string, target: EventTarget | null): boolean {
    const isSecond = Date.now() - began.current < SEQUENCE_MS;
    began.current = key === 'g' && !isSecond ? Date.now() : 0;
    const entry = isSecond ? ENTRIES.find((each) => each.key === key && may(each.permission)) : undefined;
    const isInTree = target instanceof Element && target.closest('[role=treegrid]') !== null;
    if (entry !== undefined) go({ environmentId: environment.id, screen: entry.screen });
    else if (isSecond) return false;
    else if (key === '?') setIsShown(true);
    else if (key === '/') findMarked(key)?.focus();
    else if (key === 'n' || (key === 'w' && isInTree)) findMarked(key)?.click();
    else return false;
    return true;
  }

  const enable = (isEnabled: boolean) => {
    turnSingleKeys(isEnabled);
    setIsOn(isEnabled);
  };
  return (
    <>
      {isFinding && <Find onClose={() => onFind(false)} />}
      {isShown && <KeyList route={route} isOn={isOn} onEnable={enable} onClose={() => setIsShown(false)} />}
    </>
  );
}

/** What a screen marked with `data-key`. */
function findMarked(key: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-key="${key}"]`);
}

function isOccupied(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]') !== null) return true;
  return target instanceof Element && target.closest('input, select, textarea, [contenteditable]') !== null;
}

interface KeyListProps {
  readonly route: Route;
  readonly isOn: boolean;
  readonly onEnable: (is: boolean) => void;
  readonly onClose: () => void;
}

/** What holds here: the keys of the screen first, then those of all. */
function KeyList({ route, isOn, onEnable, onClose }: KeyListProps) {
  const { may } = useConsole();
  const { keys: say } = words;
  const screens = ENTRIES.filter(({ key, permission }) => key !== undefined && may(permission)).map(
    ({ key, screen }) => [`g ${key}`, words.nav[screen]] as const,
  );
  const [isThere] = useState(() => new Set(say.of.screen.map(([key]) => key).filter((key) => findMarked(key))));
  const groups = [
    { name: say.groups.screen, keys: say.of.screen.filter(([key]) => isThere.has(key)) },
    ...groupsOf(route).map((name) => ({ name: say.groups[name], keys: say.of[name] })),
    { name: say.groups.everywhere, keys: [...say.of.everywhere, ...screens] },
  ].filter(({ keys }) => keys.length > 0);
  return (
    <Dialog label={say.title} onClose={onClose}>
      <header>
        <h2>{say.title}</h2>
      </header>
      <div class="body">
        {groups.map(({ name, keys }) => (
          <section key={name} class="keys" aria-label={name}>
            <h3 class="label">{name}</h3>
            <dl class="kv">
              {keys.map(([key, does]) => (
                <Fragment key={key}>
                  <dt class="mono">{key}</dt>
                  <dd>{does}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
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

type Group = keyof typeof words.keys.of;

/** What the screen has that takes keys of its own. */
function groupsOf({ screen, id, tab = 'grants' }: Route): readonly Group[] {
  if (screen === 'decisions' || (screen === 'applications' && tab === 'decisions')) return ['stream'];
  if (screen === 'applications' && id !== undefined && tab === 'grants') return ['tree', 'edit'];
  return screen === 'scopes' && id === undefined ? ['tree'] : [];
}
