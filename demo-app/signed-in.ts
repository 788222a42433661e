import express, { type Router } from 'express';
import { html, page, problemPage, siteHeaders } from './authorization-server/pages.js';
import type { Shown } from './first-start.js';

/** What to say where there is no code, by the error of the response (RFC 6749 §4.1.2.1). */
const TITLES: ReadonlyMap<string, string> = new Map([
  ['access_denied', 'You did not allow it'],
  ['invalid_scope', 'Browser asks for more than it may have'],
]);

const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['access_denied', 'Nothing was given to Browser, and nothing has changed.'],
  ['invalid_scope', 'An administrator of this API can grant it. Nothing was given to Browser.'],
]);

/**
 * The page at the redirect URI. Its script redeems the code of a sign-in that it began itself, and goes on with it. For
 * any other sign-in it shows the code, which is what the commands of the terminal need.
 */
export function signedIn({ browser }: Shown): Router {
  const router = express.Router();
  router.get(browser.redirectPath, (req, res) => {
    const { code, error, error_description: description } = req.query;
    res.set(siteHeaders()).end(typeof code === 'string' ? codePage(code) : refusedPage(error, description));
  });
  return router;
}

function codePage(code: string): string {
  return page(
    'Signed in',
    html`<div class="gcard wide" id="signed-in"><div class="in">
<h1>Signed in</h1>
<p class="ink2">Browser has a code for a token. It is good for one minute, and once.</p>
<pre>code=${code}</pre>
<p class="small ink2">Paste the line into your shell, and run the next command.</p>
</div></div>`,
  );
}

/** No error of the page: the person, or the policy, said no. */
function refusedPage(error: unknown, description: unknown): string {
  const code = typeof error === 'string' ? error : 'no_code';
  return problemPage({
    title: TITLES.get(code) ?? 'Not signed in',
    sentence: SENTENCES.get(code) ?? 'The sign-in gave no code. Nothing was given to Browser.',
    ...(code !== 'access_denied' && { code: `${code}${typeof description === 'string' ? `: ${description}` : ''}` }),
    next: { href: '/#sign-in', label: code === 'access_denied' ? 'Back to the demo' : 'Start again' },
  });
}
