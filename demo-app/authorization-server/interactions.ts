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
import { readIndicator } from './resource-indicator.js';
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
const MAX_CHECKS = 4;

/**
 * The pages on which a person signs in and consents.
 *
 * The address of a page holds an id that cannot be guessed, and it is taken only from the browser that has the same id in
 * a cookie (`SameSite=Lax`, for this address only). A form from another origin is refused besides.
 */
export function interactions(options: InteractionOptions): Router {
  const pages = new InteractionPages(options);
  const router = express.Router();
  const path = `${INTERACTION_PATH}/:uid`;
  const form = [sameOrigin(options.origin), express.urlencoded({ extended: false, limit: '4kb' })];
  router.get(
    path,
    settled((req, res) => pages.show(req, res)),
  );
  router.post(
    `${path}/login`,
    form,
    settled((req, res) => pages.signIn(req, res)),
  );
  router.post(
    `${path}/consent`,
    form,
    settled((req, res) => pages.consent(req, res)),
  );
  router.post(
    `${path}/cancel`,
    form,
    settled((req, res) => pages.cancel(req, res)),
  );
  router.use(INTERACTION_PATH, failed);
  return router;
}

class InteractionPages {
  readonly #options: InteractionOptions;
  readonly #attempts = limitAttempts(now);
  /** How many passwords are being checked. */
  #checks = 0;

  constructor(options: InteractionOptions) {
    this.#options = options;
  }

  /** Shows the sign-in page or the consent page. */
  async show(req: Request, res: Response): Promise<void> {
    const interaction = await this.#getCurrent(req, res);
    const { params, session, prompt } = interaction;
    const application = await this.#getApplicationName(interaction);
    const action = getAddress(req);
    if (prompt.name === 'login') {
      const { credentials } = this.#options;
      return send(res, 200, interaction, signInPage({ action, application, credentials }));
    }
    const view = {
      action,
      application,
      user: session?.accountId ?? '',
      scopes: await this.#describeRequested(String(params.scope ?? '')),
      returnTo: readableAddress(String(params.redirect_uri)),
      otherUser: otherUserAddress(`${req.baseUrl}${AUTHORIZATION_PATH}`, params),
    };
    send(res, 200, interaction, consentPage(view));
  }

  /** Checks name and password, and continues the interaction if they are right. */
  async signIn(req: Request, res: Response): Promise<void> {
    const interaction = await this.#getCurrent(req, res, 'login');
    const { name, password } = (req.body ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string' || typeof password !== 'string')
      throw new errors.InvalidRequest('name or password is missing');
    const { provider, credentials } = this.#options;
    const application = await this.#getApplicationName(interaction);
    const view = { action: getAddress(req), application, name, credentials };
    const wait = this.#attempts.wait(name) || (this.#checks >= MAX_CHECKS ? 1 : 0);
    if (wait > 0) {
      res.set('Retry-After', String(wait));
      const problem = { what: 'Too many attempts.', next: `Try again in ${wait} s.` };
      return send(res, 429, interaction, signInPage({ ...view, problem }));
    }
    if (!(await this.#isRightPassword(name, password))) {
      const problem = { what: 'Name or password is wrong.', next: leftSentence(this.#attempts.left(name)) };
      return send(res, 401, interaction, signInPage({ ...view, problem }));
    }
    await provider().interactionFinished(req, res, { login: { accountId: name } });
  }

  /** Stores the consent of the person, and continues the interaction. */
  async consent(req: Request, res: Response): Promise<void> {
    const { provider } = this.#options;
    const { prompt, params, session, grantId } = await this.#getCurrent(req, res, 'consent');
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

  /** Ends the interaction with a refusal of the person. */
  async cancel(req: Request, res: Response): Promise<void> {
    await this.#getCurrent(req, res);
    const refusal: InteractionResults = { error: 'access_denied', error_description: 'The user refused.' };
    await this.#options.provider().interactionFinished(req, res, refusal, { mergeWithLastSubmission: false });
  }

  /** The interaction of this browser, if it belongs to this page and, where given, is at this prompt. */
  async #getCurrent(req: Request, res: Response, prompt?: string): Promise<Interaction> {
    const interaction = await this.#options.provider().interactionDetails(req, res);
    if (interaction.uid !== req.params.uid) throw new errors.SessionNotFound('another interaction');
    if (prompt !== undefined && interaction.prompt.name !== prompt) throw new errors.InvalidRequest('another prompt');
    return interaction;
  }

  /** An attempt counts as failed until the password is known to be right, so that concurrent attempts count too. */
  async #isRightPassword(name: string, password: string): Promise<boolean> {
    this.#attempts.failed(name);
    this.#checks++;
    const isRight = await hasPassword(this.#options.records, name, password).finally(() => this.#checks--);
    if (isRight) this.#attempts.succeeded(name);
    return isRight;
  }

  async #describeRequested(scope: string): Promise<AskedScope[]> {
    const descriptions = await available(this.#options.describeScopes());
    const names = scope.split(' ').filter((name) => name !== '');
    return names.map((name) => ({ name, description: OPENID_SCOPES.get(name) ?? descriptions.get(name) }));
  }

  async #getApplicationName({ params }: Interaction): Promise<string> {
    const client = await this.#options.provider().Client.find(String(params.client_id));
    return client?.clientName ?? String(params.client_id);
  }
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

/** Browsers send `Origin` with every form. A client that sends none is not a browser, so no other site controls it. */
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

/** The origin of the address; for an application that is not a website, its scheme. */
function readableAddress(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}

/** The same authorization request, which asks for a sign-in first, even of a person who is signed in. */
function otherUserAddress(endpoint: string, params: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const query = new URLSearchParams(entries);
  query.delete('resource');
  for (const each of [readIndicator(params.resource).resource ?? []].flat()) query.append('resource', each);
  query.set('prompt', 'login consent');
  return `${endpoint}?${query}`;
}

/** An error of the request or of the database, as a page without details. */
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
    'The authorization server cannot respond at the moment. Nothing was given to any application. Go back and try again.',
};
