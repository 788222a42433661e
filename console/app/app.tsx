import { useEffect, useState } from 'preact/hooks';
import type { Api } from './api.js';
import type { Config } from './config.js';
import { ConsoleProvider } from './console.js';
import { dropDrafts } from './draft.js';
import { EnvironmentChoice } from './environments.js';
import type { Environment } from './model.js';
import { Shown } from './parts.js';
import { useRoute } from './route.js';
import { screenOf } from './screens.js';
import type { Session } from './session.js';
import { Shell } from './shell.js';
import { SignInAgain, SignInScreen } from './sign-in-screen.js';
import { useLoad } from './use-load.js';

export interface AppProps {
  readonly config: Config;
  readonly session: Session;
  readonly api: Api;
  /** Why the issuer let nobody in. */
  readonly refused: string | undefined;
}

/** The console, or the way into it. */
export function App({ config, session, api, refused }: AppProps) {
  const [isSignedIn, setIsSignedIn] = useState(session.person !== undefined);
  const [hasEnded, setHasEnded] = useState(false);
  useEffect(() => {
    api.onSignedOut = () => setHasEnded(true);
  }, [api]);
  const signIn = () => void session.begin();

  if (!isSignedIn) return <SignInScreen refused={refused} onSignIn={signIn} />;
  return (
    <>
      <SignedIn
        config={config}
        session={session}
        api={api}
        onSignOut={() => {
          dropDrafts();
          void session.signOut().then(() => setIsSignedIn(false));
        }}
      />
      {hasEnded && <SignInAgain onSignIn={signIn} />}
    </>
  );
}

type SignedInProps = Omit<AppProps, 'refused'> & { readonly onSignOut: () => void };

/** What the caller may do, and the environments: all else is a screen of one of these. */
function SignedIn({ config, session, api, onSignOut }: SignedInProps) {
  const route = useRoute();
  const loaded = useLoad('environments', async (signal) => {
    const [environments, { value }] = await Promise.all([
      api.all<Environment>('/environments', signal),
      api.get<{ readonly permissions: readonly string[] }>('/permissions', signal),
    ]);
    return { environments, permissions: new Set(value.permissions) };
  });
  return (
    <Shown loaded={loaded} what="environments">
      {({ environments, permissions }) => {
        const only = environments.length === 1 ? environments[0]?.id : undefined;
        const environment = environments.find(({ id }) => id === (route.environmentId ?? only));
        const isRead = (permission: string) => permission.includes(':read:');
        const may = (permission: string) => permissions.has(permission) && (!config.readOnly || isRead(permission));
        const onEnvironments = (all: readonly Environment[]) => loaded.set({ environments: all, permissions });
        const shared = { api, environments, onEnvironments, person: session.person, may };
        if (environment === undefined) return <EnvironmentChoice {...shared} route={route} />;
        return (
          <ConsoleProvider value={{ ...shared, environment }}>
            <Shell
              environments={environments}
              route={{ ...route, environmentId: environment.id }}
              isReadOnly={config.readOnly}
              onSignOut={onSignOut}
            >
              {screenOf({ ...route, environmentId: environment.id })}
            </Shell>
          </ConsoleProvider>
        );
      }}
    </Shown>
  );
}
