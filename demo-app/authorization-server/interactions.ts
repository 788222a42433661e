import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import { limitAttempts } from './attempts.js';
import { now } from './clock.js';
import { available } from './outage.js';
import { type AskedScope, consentPage, type DemoCredentials, problemPage, signInPage, siteHeaders } from './pages.js';
import type { Records } from './records.js';
import { hasPassword } from './users.js';

export interface InteractionOptions {
  /** The provider of this moment. */
  readonly provider: () => Provider;
  readonly records: Records;
  /** The origin of the server: forms are taken from its own pages only. */
  readonly origin: string;
  /** The descriptions of scopes, by their names. */
  readonly describeScopes: () => Promise<ReadonlyMap<string, string>>;
  /** Shown on the sign-in page. */
  readonly credentials?: DemoCredentials | undefined;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** Where the pages are, below the issuer. */
export const INTERACTION_PATH = '/interaction';

/** Where the authorization endpoint is, below the issuer, as an OCI IAM domain has it. */
export const AUTHORIZATION_PATH = '/v1/authorize';

/** What the scopes of OpenID Connect mean to a person (OpenID Connect Core §5.4, §11). */
const OPENID_SCOPES: ReadonlyMap<string, string> = new Map([
  ['openid', 'Know who you are'],
  ['offline_access', 'Stay connected while you are away, until you take this back'],
]);

/** How many passwords are checked at once: each takes some 50 ms of a processor, and 16 MiB. */
const MOST_CHECKS = 4;

/**
 * The pages on which a person signs in and consents.
 *
 * The address of a page holds an id that cannot be guessed, and it is taken only from the browser that has the same id in
 * a cookie (`SameSite=Lax`, for this address only). A form from another origin is refused besides.
 */
export function interactions(options: InteractionOptions): Router {
  const { provider, records, origin, describeScopes, credentials } = options;
  const attempts = limitAttempts(now);
  let checks = 0;

  async function show(req: Request, res: Response): Promise<void> {
    const interaction = await current(req, res);
    const { params, session, prompt } = interaction;
    const application = await applicationName(interaction);
    const action = getAddress(req);
    if (prompt.name === 'login') {
      return send(res, 200, interaction, signInPage({ action, application, credentials }));
    }
    const view = {
      action,
      application,
      user: session?.accountId ?? '',
      scopes: await askedScopes(String(params.scope ?? '')),
      returnTo: readableAddress(String(params.redirect_uri)),
      otherUser: otherUserAddress(`${req.baseUrl}${AUTHORIZATION_PATH}`, params),
    };
    send(res, 200, interaction, consentPage(view));
  }

  async function askedScopes(scope: string): Promise<AskedScope[]> {
    const descriptions = await available(describeScopes());
    const names = scope.split(' ').filter((name) => name !== '');
    return names.map((name) => ({ name, description: OPENID_SCOPES.get(name) ?? descriptions.get(name) }));
  }

  async function applicationName({ params }: Interaction): Promise<string> {
    const client = await provider().Client.find(String(params.client_id));
    return client?.clientName ?? String(params.client_id);
  }

  async function signIn(req: Request, res: Response): Promise<void> {
    const interaction = await current(req, res, 'login');
    const { name, password } = (req.body ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string' || typeof password !== 'string')
      throw new errors.InvalidRequest('name or password is missing');
    const view = { action: getAddress(req), application: await applicationName(interaction), name, credentials };
    const wait = attempts.wait(name) || (checks >= MOST_CHECKS ? 1 : 0);
    if (wait > 0) {
      res.set('Retry-After', String(wait));
      const problem = { what: 'Too many attempts.', next: `Try again in ${wait} s.` };
      return send(res, 429, interaction, signInPage({ ...view, problem }));
    }
    attempts.failed(name); // until it is known to be right: attempts at once count too
    checks++;
    const isRight = await hasPassword(records, name, password).finally(() => checks--);
    if (!isRight) {
      const problem = { what: 'Name or password is wrong.', next: leftSentence(attempts.left(name)) };
      return send(res, 401, interaction, signInPage({ ...view, problem }));
    }
    attempts.succeeded(name);
    await provider().interactionFinished(req, res, { login: { accountId: name } });
  }

  async function consent(req: Request, res: Response): Promise<void> {
    const { prompt, params, session, grantId } = await current(req, res, 'consent');
    if (session === undefined) throw new errors.SessionNotFound('nobody is signed in');
    const { Grant } = provider();
    const grant =
      (grantId && (await Grant.find(grantId))) ||
      new Grant({ accountId: session.accountId, clientId: String(params.client_id) });
    const { missingOIDCScope, missingResourceScopes } = prompt.details as MissingScopes;
    if (missingOIDCScope !== undefined) grant.addOIDCScope(missingOIDCScope.join(' '));
    for (const [indicator, scopes] of Object.entries(missingResourceScopes ?? {})) {
      grant.addResourceScope(indicator, scopes.join(' '));
    }
    await provider().interactionFinished(req, res, { consent: { grantId: await grant.save() } });
  }

  async function cancel(req: Request, res: Response): Promise<void> {
    await current(req, res);
    const refusal: InteractionResults = { error: 'access_denied', error_description: 'The user refused.' };
    await provider().interactionFinished(req, res, refusal, { mergeWithLastSubmission: false });
  }

  /** The interaction of this browser, where it is the one of this page and, if given, at this prompt. */
  async function current(req: Request, res: Response, prompt?: string): Promise<Interaction> {
    const interaction = await provider().interactionDetails(req, res);
    if (interaction.uid !== req.params.uid) throw new errors.SessionNotFound('another interaction');
    if (prompt !== undefined && interaction.prompt.name !== prompt) throw new errors.InvalidRequest('another prompt');
    return interaction;
  }

  const router = express.Router();
  const path = `${INTERACTION_PATH}/:uid`;
  const form = [sameOrigin(origin), express.urlencoded({ extended: false, limit: '4kb' })];
  router.get(path, settled(show));
  router.post(`${path}/login`, form, settled(signIn));
  router.post(`${path}/consent`, form, settled(consent));
  router.post(`${path}/cancel`, form, settled(cancel));
  router.use(INTERACTION_PATH, failed);
  return router;
}

interface MissingScopes {
  readonly missingOIDCScope?: readonly string[];
  readonly missingResourceScopes?: Readonly<Record<string, readonly string[]>>;
}

/** Express 4 does not wait for promises. */
function settled(handle: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return (req, res, next) => {
    handle(req, res).catch(next);
  };
}

function getAddress({ baseUrl, params }: Request): string {
  return `${baseUrl}${INTERACTION_PATH}/${params.uid}`;
}

function send(res: Response, status: number, { params }: Interaction, text: string): void {
  res
    .status(status)
    .set(siteHeaders(String(params.redirect_uri)))
    .end(text);
}

/** Browsers send `Origin` with every form; a client without it is no browser, and has only cookies of its own. */
function sameOrigin(origin: string): RequestHandler {
  return (req, _res, next) => {
    const from = req.headers.origin;
    next(from === undefined || from === origin ? undefined : new errors.InvalidRequest('a form of another site'));
  };
}

function leftSentence(left: number): string {
  if (left === 0) return 'The next try costs a wait.';
  return left === 1 ? 'One more try before you have to wait.' : `${left} more tries before you have to wait.`;
}

/** The origin, or what stands for one in the address of an application that is no website. */
function readableAddress(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}

/** The same authorization request, which asks for a sign-in first, even of a person who is signed in. */
function otherUserAddress(endpoint: string, params: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const query = new URLSearchParams(entries);
  query.set('prompt', 'login consent');
  return `${endpoint}?${query}`;
}

/** The database, or the request: what cannot be gone on with is said on a page, without details. */
const failed: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error);
  const status = error.statusCode >= 400 && error.statusCode < 600 ? error.statusCode : 503;
  res
    .status(status)
    .set(siteHeaders())
    .end(problemPage(status < 500 ? ENDED : UNAVAILABLE));
};

const ENDED = {
  title: 'This sign-in cannot go on',
  sentence: 'It took too long, or it was finished in another window. Nothing was given to any application.',
  next: { href: '/', label: 'Start again' },
};

const UNAVAILABLE = {
  title: 'Not signed in yet',
  sentence:
    'The authorization server cannot answer at the moment. Nothing was given to any application. Go back and try again.',
};
