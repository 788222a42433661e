import { setTimeout as delay } from 'node:timers/promises';
import { ActionError } from './action-error.js';
import type { ChangeRequest, openChanges } from './changes.js';
import { basicCredentials, cutSecrets, exchange } from './exchange.js';
import type { Change, Outcome } from './outcome.js';
import { REQUESTED, TAKEN } from './scopes.js';
import type { Stories, Story } from './stories.js';
import { showCall, type WatchedCalls } from './watched-calls.js';

export interface ActionOptions {
  readonly issuer: string;
  readonly stories: Stories;
  readonly calls: WatchedCalls;
  readonly changes: ReturnType<typeof openChanges>;
}

/** What the page may send. */
export interface ActionRequest {
  /** The id that an earlier outcome had; `token` begins a new story without one. */
  readonly story?: string | undefined;
  /** The access token of a signed-in person, for `take-back`. */
  readonly accessToken?: string | undefined;
}

export type Action = (request: ActionRequest) => Promise<Outcome>;

/** The five actions of the front door. Each sends real requests to the API and to the authorization server. */
export function createActions(options: ActionOptions): ReadonlyMap<string, Action> {
  const actions = new Actions(options);
  return new Map<string, Action>([
    ['token', (request) => actions.requestToken(request)],
    ['call', (request) => actions.callApi(request)],
    ['remove', (request) => actions.removeScope(request)],
    ['grant', (request) => actions.grantScope(request)],
    ['take-back', (request) => actions.takeBack(request)],
  ]);
}

/** A story whose access token was requested. */
interface BegunStory {
  readonly story: Story;
  readonly accessToken: string;
}

type ChangeKind = 'remove' | 'grant';

class Actions {
  readonly #options: ActionOptions;
  readonly #lastChanges = new WeakMap<Story, { readonly kind: ChangeKind; readonly change: Change }>();

  constructor(options: ActionOptions) {
    this.#options = options;
  }

  /** Requests an access token for the story's application, which is made or put back to its beginning before. */
  async requestToken({ story: id }: ActionRequest): Promise<Outcome> {
    const { stories, issuer } = this.#options;
    const known = id === undefined ? undefined : stories.find(id);
    const story = known !== undefined && (await stories.reset(known)) ? known : await stories.begin();
    this.#lastChanges.delete(story);
    const credentials = basicCredentials(story.id, story.secret);
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: REQUESTED });
    const both = await exchange({
      method: 'POST',
      url: new URL(`${issuer}/v1/token`),
      headers: { Authorization: `Basic ${credentials}`, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    });
    if (both.response.status !== 200) throw new ActionError('unavailable');
    const body = JSON.parse(both.response.body) as { access_token: string; scope: string; expires_in: number };
    story.accessToken = body.access_token;
    const shown = cutSecrets(both, [credentials, body.access_token]);
    return this.#show(story, { token: { exchange: shown, scope: body.scope, expiresIn: body.expires_in } });
  }

  async callApi(request: ActionRequest): Promise<Outcome> {
    const { story, accessToken } = this.#findBegun(request);
    const changed = this.#lastChanges.get(story)?.change.recordedAt;
    const made = await this.#options.calls.call(accessToken);
    const since = changed === undefined ? undefined : Date.parse(changed);
    return this.#show(story, { call: showCall(made, accessToken, since) });
  }

  async removeScope(request: ActionRequest): Promise<Outcome> {
    const { stories } = this.#options;
    const begun = this.#findBegun(request);
    const { story } = begun;
    if (!(await stories.held(story)).includes(TAKEN)) return this.#repeat(story, 'remove');
    const path = `/grants/${story.grantId}/scopes/${await stories.scopeId(story, TAKEN)}`;
    return this.#change(begun, 'remove', { applicationId: story.id, method: 'DELETE', path }, 403);
  }

  async grantScope(request: ActionRequest): Promise<Outcome> {
    const begun = this.#findBegun(request);
    const { story } = begun;
    if ((await this.#options.stories.held(story)).includes(TAKEN)) return this.#repeat(story, 'grant');
    const path = `/grants/${story.grantId}/scopes`;
    return this.#change(
      begun,
      'grant',
      { applicationId: story.id, method: 'POST', path, body: { scopes: [TAKEN] } },
      200,
    );
  }

  /** Voids what was issued to the application of the access token, for the person that it speaks for. */
  async takeBack({ accessToken = '' }: ActionRequest): Promise<Outcome> {
    const { calls, changes } = this.#options;
    const { record } = await calls.call(accessToken);
    const { outcome: decision, client, subject } = record ?? {};
    if (decision !== 'permit' || client === undefined || subject === undefined) throw new ActionError('not_signed_in');
    const request = { applicationId: client, method: 'POST', path: '/revocations', body: { subject } } as const;
    const change = await changes.change(request, accessToken, 401);
    // A token that is issued within the same second is void too: the next sign-in has to be later.
    await delay(1000 - (Date.parse(change.recordedAt) % 1000));
    return { story: client, held: [], change };
  }

  async #change(
    { story, accessToken }: BegunStory,
    kind: ChangeKind,
    request: ChangeRequest,
    expectedStatus: number,
  ): Promise<Outcome> {
    const change = await this.#options.changes.change(request, accessToken, expectedStatus);
    this.#lastChanges.set(story, { kind, change });
    return this.#show(story, { change });
  }

  /** A second click, or a repetition after a lost response: the change was made, and its outcome is known. */
  async #repeat(story: Story, kind: ChangeKind): Promise<Outcome> {
    const last = this.#lastChanges.get(story);
    if (last?.kind !== kind) throw new ActionError('story_gone'); // changed by somebody else: the story is no longer true
    return this.#show(story, { change: last.change });
  }

  #findBegun({ story: id = '' }: ActionRequest): BegunStory {
    const story = this.#options.stories.find(id);
    if (story?.accessToken === undefined) throw new ActionError('story_gone');
    return { story, accessToken: story.accessToken };
  }

  async #show(story: Story, shown: Omit<Outcome, 'story' | 'held'>): Promise<Outcome> {
    return { story: story.id, held: await this.#options.stories.held(story), ...shown };
  }
}
