import { Icon } from '../parts/icon.js';
import { Dialog } from './parts.js';
import { words } from './words.js';

/** Before anybody has signed in. */
export function SignInScreen({
  refused,
  onSignIn,
}: {
  readonly refused: string | undefined;
  readonly onSignIn: () => void;
}) {
  const { signIn } = words;
  return (
    <main class="start">
      <h1>{signIn.title}</h1>
      <p class="ink2">{signIn.lead}</p>
      {refused !== undefined && (
        <div class="banner deny" role="alert">
          <Icon name="warn" />
          <p class="grow">{signIn.refused(refused)}</p>
        </div>
      )}
      <p>
        <button type="button" class="btn primary big" onClick={onSignIn}>
          {signIn.button}
        </button>
      </p>
    </main>
  );
}

/** Over a screen that may hold what is not saved. */
export function SignInAgain({ onSignIn }: { readonly onSignIn: () => void }) {
  const { signIn } = words;
  return (
    <Dialog label={signIn.again}>
      <header>
        <h2>{signIn.again}</h2>
        <p class="ink2">{signIn.againLead}</p>
      </header>
      <footer>
        <button type="button" class="btn primary" onClick={onSignIn}>
          {signIn.button}
        </button>
      </footer>
    </Dialog>
  );
}

export function StartFailure({ sentence }: { readonly sentence: string }) {
  return (
    <main class="start">
      <div class="banner deny" role="alert">
        <Icon name="warn" />
        <p class="grow">{sentence}</p>
        <button type="button" class="btn" onClick={() => location.reload()}>
          {words.start.again}
        </button>
      </div>
    </main>
  );
}
