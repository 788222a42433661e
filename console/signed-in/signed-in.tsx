import { render } from 'preact';
import { takeVerifier } from '../parts/sign-in.js';
import { SignedIn } from './signed-in-card.js';

/** Goes on with a sign-in that this window began; leaves the page as it is for any other. */
export function goOnSignedIn(card: HTMLElement): void {
  const query = new URLSearchParams(location.search);
  const code = query.get('code');
  const verifier = takeVerifier(query.get('state'));
  if (code === null || verifier === undefined) return;
  history.replaceState(null, '', location.pathname); // the code is used up, and leaves the address
  card.replaceChildren();
  render(<SignedIn code={code} verifier={verifier} />, card);
}
