import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';
import type { DecisionRecord } from 'scopegate';
import type { Registry } from '../authorization-server/clients.js';
import { siteHeaders } from '../authorization-server/pages.js';
import type { Shown } from '../first-start.js';
import { problem } from '../problems.js';
import { ActionError } from './action-error.js';
import { type Action, createActions } from './actions.js';
import { openChanges } from './changes.js';
import type { Failure } from './outcome.js';
import { openStories } from './stories.js';
import { watchCalls } from './watched-calls.js';

export interface FrontDoorOptions extends Registry {
  /** The address of the demo: the only origin whose pages may act. */
  readonly url: string;
  readonly issuer: string;
  readonly shown: Shown;
  /** Hears why an action failed; the page gets a code only. */
  readonly onError: (error: unknown) => void;
}

export interface FrontDoor {
  readonly router: Router;
  /** Takes each decision record of the gate. */
  readonly observe: (record: DecisionRecord) => void;
}

/** What Vite builds of `console/`, seen from the build. Sources that run unbuilt have no pages. */
const BUILT_PAGES = new URL('../pages/', import.meta.url);

/** How many actions may be under way at once. */
const MOST_ACTIONS = 8;

/**
 * The page that tells the story, at `/` for browsers, and its five actions: `POST /front-door/{action}`.
 *
 * An action is taken from the demo's own page only: `Origin` has to be that of the demo, and `Host` was checked before.
 * There are no cookies, so that a page of another site could not act for a visitor even without that.
 */
export function openFrontDoor({ url, issuer, shown, onError, ...registry }: FrontDoorOptions): FrontDoor {
  const calls = watchCalls(url);
  const changes = openChanges({ ...registry, url, issuer, operator: shown.operator, calls });
  const stories = openStories(registry, shown.resource);
  const actions = createActions({ issuer, stories, calls, changes });

  const router = express.Router();
  router.get('/', showPage());
  router.use('/assets', express.static(fileURLToPath(new URL('assets/', BUILT_PAGES)), { index: false, setHeaders }));
  router.post(
    '/front-door/:action',
    ownPagesOnly(url),
    express.json({ limit: '1kb', type: 'application/json' }),
    runAction(actions),
  );
  const unknown: RequestHandler = (_req, res) => problem(res, 404);
  router.use('/front-door', unknown, failedWith(onError));
  return { router, observe: calls.observe };
}

/** The page, where the client prefers HTML; otherwise the API's own response. */
function showPage(): RequestHandler {
  const file = fileURLToPath(new URL('index.html', BUILT_PAGES));
  const page = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  return (req, res, next) => {
    res.vary('Accept');
    if (page === undefined || req.accepts(['json', 'html']) !== 'html') next();
    else res.set(siteHeaders()).end(page);
  };
}

function setHeaders(res: { setHeader(name: string, value: string): unknown }): void {
  res.setHeader('Cache-Control', 'no-cache');
  res.setHeader('X-Content-Type-Options', 'nosniff');
}

/** A browser sends `Origin` with every POST, so one without it is refused as well. */
function ownPagesOnly(url: string): RequestHandler {
  return (req, res, next) => {
    const site = req.headers['sec-fetch-site'];
    const isOwn = req.headers.origin === url && (site === undefined || site === 'same-origin');
    if (!isOwn) problem(res, 403);
    else if (req.is('application/json') === false) problem(res, 415);
    else next();
  };
}

function runAction(actions: ReadonlyMap<string, Action>): RequestHandler {
  let underWay = 0;
  const inTurn = queueByStory();
  return (req, res, next) => {
    const action = actions.get(String(req.params.action));
    if (action === undefined) return problem(res, 404);
    if (!isActionBody(req.body)) return problem(res, 400);
    if (underWay >= MOST_ACTIONS) return next(new ActionError('busy'));
    underWay++;
    const { story } = req.body;
    inTurn(story, () => action({ story, accessToken: readBearer(req) }))
      .then((outcome) => {
        res.set('Cache-Control', 'no-store').json(outcome);
      })
      .catch(next)
      .finally(() => underWay--);
  };
}

/** Runs the actions of one story one after the other: a window may begin again while one is under way. */
function queueByStory() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(story = '', work: () => Promise<T>): Promise<T> => {
    if (story === '') return work();
    const action = Promise.resolve(last.get(story)).then(work, work);
    last.set(story, action);
    try {
      return await action;
    } finally {
      if (last.get(story) === action) last.delete(story);
    }
  };
}

function isActionBody(body: unknown): body is { readonly story?: string } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  return Object.entries(body).every(([name, value]) => name === 'story' && typeof value === 'string');
}

function readBearer({ headers: { authorization = '' } }: Request): string | undefined {
  return /^Bearer +(\S+)$/.exec(authorization)?.[1];
}

function failedWith(onError: (error: unknown) => void): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const isKnown = error instanceof ActionError;
    if (!isKnown && error.status >= 400 && error.status < 500) return problem(res, error.status);
    if (!isKnown) onError(error);
    const { status, code } = isKnown ? error : new ActionError('unavailable');
    const failure: Failure = { error: code };
    if (status === 503) res.set('Retry-After', '1');
    res.status(status).set('Cache-Control', 'no-store').json(failure);
  };
}
