import express, { type Router } from 'express';
import { html, page, pageHeaders } from './authorization-server/pages.js';
import type { Shown } from './first-start.js';

/** The page at the redirect URI. It shows the code, or why there is none; redeeming it is left to the reader. */
export function signedIn({ browser }: Shown): Router {
  const router = express.Router();
  router.get(browser.redirectPath, (req, res) => {
    const { code, error, error_description: description } = req.query;
    const content =
      typeof code === 'string'
        ? html`<p>The code, good for one minute, and once:</p><pre>code=${code}</pre>`
        : html`<p class="problem">${String(error ?? 'There is no code.')}: ${String(description ?? '')}</p>`;
    res.set(pageHeaders()).end(page(typeof code === 'string' ? 'Signed in' : 'Not signed in', content));
  });
  return router;
}
