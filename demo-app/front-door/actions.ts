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
export function createActions({ issuer, stories, calls, changes }: ActionOptions): ReadonlyMap<string, Action> {
  const lastChanges = new WeakMap<Story, { readonly kind: 'remove' | 'grant'; readonly change: Change }>();

  /** Requests an access token for the story's application, which is made or put back to its beginning before. */
  async function token({ story: id }: ActionRequest): Promise<Outcome> {
    const known = id === undefined ? undefined : stories.find(id);
    const story = known !== undefined && (await stories.reset(known)) ? known : await stories.begin();
    lastChanges.delete(story);
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
    return outcome(story, { token: { exchange: shown, scope: body.scope, expiresIn: body.expires_in } });
  }

  async function call(request: ActionRequest): Promise<Outcome> {
    const { story, accessToken } = begun(request);
    const changed = lastChanges.get(story)?.change.recordedAt;
    const made = await calls.call(accessToken);
    return outcome(story, {
      call: showCall(made, accessToken, changed === undefined ? undefined : Date.parse(changed)),
    });
  }

  async function remove(request: ActionRequest): Promise<Outcome> {
    const { story, accessToken } = begun(request);
    if (!(await stories.held(story)).includes(TAKEN)) return repeated(story, 'remove');
    const scopeId = await stories.scopeId(story, TAKEN);
    const path = `/grants/${story.grantId}/scopes/${scopeId}`;
    return changed(story, 'remove', { applicationId: story.id, method: 'DELETE', path }, accessToken, 403);
  }

  async function grant(request: ActionRequest): Promise<Outcome> {
    const { story, accessToken } = begun(request);
    if ((await stories.held(story)).includes(TAKEN)) return repeated(story, 'grant');
    const path = `/grants/${story.grantId}/scopes`;
    const body = { scopes: [TAKEN] };
    return changed(story, 'grant', { applicationId: story.id, method: 'POST', path, body }, accessToken, 200);
  }

  /** Voids what was issued to the application of the access token, for the person that it speaks for. */
  async function takeBack({ accessToken = '' }: ActionRequest): Promise<Outcome> {
    const { record } = await calls.call(accessToken);
    const { outcome: decision, client, subject } = record ?? {};
    if (decision !== 'permit' || client === undefined || subject === undefined) throw new ActionError('not_signed_in');
    const request = { applicationId: client, method: 'POST', path: '/revocations', body: { subject } } as const;
    const change = await changes.change(request, accessToken, 401);
    // A token that is issued within the same second is void too: the next sign-in has to be later.
    await delay(1000 - (Date.parse(change.recordedAt) % 1000));
    return { story: client, held: [], change };
  }

  async function changed(
    story: Story,
    kind: 'remove' | 'grant',
    request: ChangeRequest,
    accessToken: string,
    expectedStatus: number,
  ): Promise<Outcome> {
    const change = await changes.change(request, accessToken, expectedStatus);
    lastChanges.set(story, { kind, change });
    return outcome(story, { change });
  }

  /** A second click, or a repetition after a lost response: the change was made, and its outcome is known. */
  async function repeated(story: Story, kind: 'remove' | 'grant'): Promise<Outcome> {
    const last = lastChanges.get(story);
    if (last?.kind !== kind) throw new ActionError('story_gone'); // changed by somebody else: the story is no longer true
    return outcome(story, { change: last.change });
  }

  function begun({ story: id = '' }: ActionRequest): { readonly story: Story; readonly accessToken: string } {
    const story = stories.find(id);
    if (story?.accessToken === undefined) throw new ActionError('story_gone');
    return { story, accessToken: story.accessToken };
  }

  async function outcome(story: Story, shown: Omit<Outcome, 'story' | 'held'>): Promise<Outcome> {
    return { story: story.id, held: await stories.held(story), ...shown };
  }

  return new Map<string, Action>([
    ['token', token],
    ['call', call],
    ['remove', remove],
    ['grant', grant],
    ['take-back', takeBack],
  ]);
}
