import { useEffect, useRef, useState } from 'preact/hooks';
import type { Change } from '../../demo-app/front-door/outcome.js';
import { runAction } from '../parts/actions.js';
import { Banner, type PageFailure } from '../parts/banner.js';
import { Icon } from '../parts/icon.js';
import { beginSignIn } from '../parts/sign-in.js';
import { Sentence } from '../parts/urn.js';
import { Wire } from '../parts/wire.js';
import { door as words } from '../strings.js';
import { callApi, redeem, type SignedInCall } from './requests.js';

interface State {
  /** In memory only: a reload forgets it. */
  readonly accessToken?: string;
  readonly person?: string;
  readonly call?: SignedInCall;
  readonly change?: Change | undefined;
  readonly isBusy?: boolean;
  readonly failure?: PageFailure | undefined;
}

/** Redeems the code, calls the API with the token, and offers to take the permission back. */
export function SignedIn({ code, verifier }: { readonly code: string; readonly verifier: string }) {
  const [state, setState] = useState<State>({});
  const { accessToken, person, call, change, isBusy, failure } = state;
  const title = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    void goOn(code, verifier).then(setState);
  }, [code, verifier]);
  useEffect(() => {
    if (call !== undefined) title.current?.focus();
  }, [call, change]);

  async function takeBack(): Promise<void> {
    if (isBusy) return;
    setState({ ...state, isBusy: true, failure: undefined });
    const result = await runAction('take-back', { accessToken });
    setState({
      ...state,
      isBusy: false,
      ...(result.ok ? { change: result.outcome.change } : { failure: result.failure }),
    });
  }

  if (failure !== undefined && call === undefined) {
    return (
      <div class="in">
        <h1>Not signed in</h1>
        <Banner failure={failure} button="Sign in again" onClick={() => void beginSignIn()} />
      </div>
    );
  }
  if (call === undefined) {
    return (
      <div class="in">
        <h1>Signing in…</h1>
        <p class="ink2">Browser redeems the code for a token.</p>
      </div>
    );
  }
  return (
    <div class="in">
      <div class="row-flex">
        <span class={change ? 'chip deny' : 'chip permit'}>
          <Icon name={change ? 'minus' : 'check'} />
          {change ? 'Taken back' : 'Signed in'}
        </span>
      </div>
      <h1 tabIndex={-1} ref={title}>
        {change ? `Browser no longer acts for ${person}` : `Browser acts for ${person}`}
      </h1>
      {change ? (
        <TakenBack change={change} />
      ) : (
        <>
          <p class="ink2">It has a token, and called the API with it.</p>
          <Wire exchange={call.exchange} shownFields={['Authorization']} hasBodies />
        </>
      )}
      {failure && <Banner failure={failure} button={words.retry} onClick={() => void takeBack()} />}
      <div class="row-flex">
        {change ? (
          <button type="button" class="btn primary" onClick={() => void beginSignIn()}>
            Sign in again
          </button>
        ) : (
          <button type="button" class="btn primary" aria-disabled={isBusy} onClick={() => void takeBack()}>
            {isBusy ? 'Taking it back…' : 'Take it back'}
          </button>
        )}
        <a class="btn" href="/">
          Back to the demo
        </a>
      </div>
    </div>
  );
}

/** The change, and the next call with the same token. */
function TakenBack({ change }: { readonly change: Change }) {
  const { effect } = change;
  return (
    <>
      <p class="hero-ms">
        <b>{words.ms(effect.sinceChangeMs ?? 0)}</b>
        <span class="ink2">after you took it back, the next call with the same token was refused.</span>
      </p>
      <Wire exchange={effect.exchange} shownFields={['Authorization', 'WWW-Authenticate']} />
      <p class="small">
        <b>Why?</b> <Sentence text={effect.record?.detail ?? ''} />{' '}
        <code class="muted">{effect.record?.reason ?? ''}</code>
      </p>
    </>
  );
}

async function goOn(code: string, verifier: string): Promise<State> {
  try {
    const redeemed = await redeem(code, verifier);
    if (redeemed === undefined) return { failure: 'not_signed_in' };
    const call = await callApi(redeemed.accessToken);
    return call.exchange.response.status === 200 ? { ...redeemed, call } : { failure: 'not_signed_in' };
  } catch {
    return { failure: 'network' };
  }
}
