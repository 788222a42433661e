import { render } from 'preact';
import '../styles/app.css';
import { Api } from './api.js';
import { App } from './app.js';
import { loadConfig } from './config.js';
import { Session } from './session.js';
import { StartFailure } from './sign-in-screen.js';
import { words } from './words.js';

const root = document.getElementById('console') as HTMLElement;

/** A sign-in that came back goes on; else the issuer is asked silently whether the person is still signed in there. */
async function start(): Promise<void> {
  const config = await loadConfig();
  const session = await Session.open(config.signIn);
  const outcome = await session.resume();
  if (outcome === 'none') return session.begin({ isSilent: true });
  const refused = typeof outcome === 'object' ? outcome.refused : undefined;
  const api = new Api(config.api, session);
  root.replaceChildren();
  render(<App config={config} session={session} api={api} refused={refused} />, root);
}

start().catch((error: unknown) => {
  console.error(error);
  root.replaceChildren();
  render(<StartFailure sentence={words.start.failed} />, root);
});
