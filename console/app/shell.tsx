import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.js';
import { useConsole } from './console.js';
import { Keys } from './keys.js';
import type { Environment } from './model.js';
import { ENTRIES } from './navigation.js';
import { go, linkTo, type Route } from './route.js';
import { words } from './words.js';

export interface ShellProps {
  readonly environments: readonly Environment[];
  readonly route: Route;
  readonly isReadOnly: boolean;
  readonly onSignOut: () => void;
  readonly children: ComponentChildren;
}

/** Where one is, and the ways to elsewhere: at the side, behind a button on small screens. */
export function Shell({ environments, route, isReadOnly, onSignOut, children }: ShellProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [isFinding, setIsFinding] = useState(false);
  useEffect(() => setIsOpen(false), [route.screen, route.id]);
  const { environment, person } = useConsole();
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {words.skip}
      </button>
      <header class="topbar">
        <button
          type="button"
          class="btn icon"
          aria-label={isOpen ? words.nav.close : words.nav.open}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'cross' : 'menu'} />
        </button>
        <Brand environmentId={environment.id} />
        <span class="grow" />
        <span class={environment.type === 'PRODUCTION' ? 'chip soon' : 'chip'}>{environment.name}</span>
      </header>
      <div class="shell">
        <aside class={isOpen ? 'side open' : 'side'}>
          <Brand environmentId={environment.id} />
          <EnvironmentSwitch environments={environments} route={route} />
          <button type="button" class="find" onClick={() => setIsFinding(true)}>
            <Icon name="search" /> {words.find.title} <kbd>Ctrl K</kbd>
          </button>
          <Navigation route={route} onChoose={() => setIsOpen(false)} />
          <div class="foot">
            {isReadOnly && (
              <p class="small" title={words.readOnly.lead}>
                <Icon name="eye" /> {words.readOnly.title}
              </p>
            )}
            <div class="who">
              <Icon name="key" />
              <span class="grow">{person?.name}</span>
              <button type="button" class="btn icon" aria-label={words.signIn.out} onClick={onSignOut}>
                <Icon name="sign-out" />
              </button>
            </div>
          </div>
        </aside>
        <main class="main" id="main" tabIndex={-1}>
          {children}
        </main>
      </div>
      <Keys route={route} isFinding={isFinding} onFind={setIsFinding} />
    </>
  );
}

function Navigation({ route, onChoose }: { readonly route: Route; readonly onChoose: () => void }) {
  const { may } = useConsole();
  return (
    <nav class="nav" aria-label={words.nav.label}>
      {ENTRIES.filter(({ permission }) => may(permission)).map(({ screen, icon }) => (
        <a
          key={screen}
          href={linkTo({ environmentId: route.environmentId, screen })}
          aria-current={route.screen === screen ? 'page' : undefined}
          onClick={onChoose}
        >
          <Icon name={icon} /> {words.nav[screen]}
        </a>
      ))}
    </nav>
  );
}

/** Keeps the screen, and drops what is of the environment that one leaves. */
function EnvironmentSwitch({
  environments,
  route,
}: {
  readonly environments: readonly Environment[];
  readonly route: Route;
}) {
  const { environment } = useConsole();
  const { production, other, label } = words.environment;
  return (
    <label class="env">
      <span class={environment.type === 'PRODUCTION' ? 'dot' : 'dot calm'} />
      <span class="grow">
        <span class="sr">{label}</span>
        <select
          value={environment.id}
          disabled={environments.length < 2}
          onChange={({ currentTarget }) => go({ environmentId: currentTarget.value, screen: route.screen })}
        >
          {environments.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <small>{environment.type === 'PRODUCTION' ? production : other}</small>
      </span>
    </label>
  );
}

function Brand({ environmentId }: { readonly environmentId: string }) {
  return (
    <a class="brand" href={linkTo({ environmentId })}>
      <svg viewBox="0 0 22 22" aria-hidden="true">
        <rect x="1" y="1" width="20" height="20" rx="5" fill="var(--accent-fill)" />
        <path
          d="M6 5v12M6 7h10M10 11.2h6M10 15.4h6M10 7v8.4"
          stroke="var(--on-fill)"
          stroke-width="1.9"
          stroke-linecap="round"
          fill="none"
        />
      </svg>{' '}
      scopegate
    </a>
  );
}
