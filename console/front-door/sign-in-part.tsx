import { beginSignIn } from '../parts/sign-in.js';

/** The way to the second story: a person signs in, allows it, and takes it back. */
export function SignInPart({ isNext }: { readonly isNext: boolean }) {
  return (
    <section class="more" id="sign-in" aria-labelledby="sign-in-title">
      <div>
        <h2 id="sign-in-title">The same with a person</h2>
        <p class="ink2">Sign in, see what an application asks for, allow it or not, and take it back.</p>
        <p class="small muted">
          To make an application of your own, use <a href="/console/">the console</a>, or run <code>npm run walk</code>:
          it shows each request of the admin API.
        </p>
      </div>
      <button
        type="button"
        class={isNext ? 'btn primary' : 'btn'}
        data-next={isNext ? true : undefined}
        onClick={() => void beginSignIn()}
      >
        Sign in as a person
      </button>
    </section>
  );
}
