import { setTimeout as delay } from 'node:timers/promises';
import type { Registry } from '../authorization-server/clients.js';
import type { Shown } from '../first-start.js';
import { ActionError } from './action-error.js';
import { basicCredentials, cutSecrets, exchange } from './exchange.js';
import type { Change } from './outcome.js';
import { showCall, type WatchedCall, type WatchedCalls } from './watched-calls.js';

export interface ChangeOptions extends Registry {
  readonly url: string;
  readonly issuer: string;
  readonly operator: Shown['operator'];
  readonly calls: WatchedCalls;
}

/** A change of one application, as a request to the admin API below the application's own address. */
export interface ChangeRequest {
  readonly applicationId: string;
  readonly method: 'POST' | 'DELETE';
  /** Below `…/applications/{id}`. */
  readonly path: string;
  readonly body?: object;
}

/** Milliseconds that a change may take to be seen by the gate, by far more than live grants need. */
const LONGEST_EFFECT_MS = 5000;

/** Makes changes by the admin API, with an access token of the operator, and calls the API until they take effect. */
export function openChanges(options: ChangeOptions) {
  return {
    async change(request: ChangeRequest, accessToken: string, expectedStatus: number): Promise<Change> {
      const { store, environmentId, calls } = options;
      const admin = await requestAdminToken(options);
      const made = await sendChange(options, request, admin);
      const recordedAt = await findLastRecordedAt({ store, environmentId }, request.applicationId);
      const effect = await callUntil(calls, accessToken, expectedStatus);
      return {
        recordedAt,
        exchange: cutSecrets(made, [admin]),
        effect: showCall(effect, accessToken, Date.parse(recordedAt)),
      };
    },
  };
}

async function requestAdminToken({ issuer, operator }: ChangeOptions): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'urn:opc:idm:__myscopes__' });
  const { response } = await exchange({
    method: 'POST',
    url: new URL(`${issuer}/v1/token`),
    headers: {
      Authorization: `Basic ${basicCredentials(operator.clientId, operator.clientSecret)}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
  });
  if (response.status === 200) return String(JSON.parse(response.body).access_token);
  throw new ActionError(response.status < 500 ? 'operator_changed' : 'unavailable');
}

async function sendChange({ url, environmentId }: ChangeOptions, request: ChangeRequest, admin: string) {
  const { applicationId, method, path, body } = request;
  const made = await exchange({
    method,
    url: new URL(`/v1/environments/${environmentId}/applications/${applicationId}${path}`, url),
    headers: {
      Authorization: `Bearer ${admin}`,
      Accept: 'application/json',
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (made.response.status === 404) throw new ActionError('story_gone');
  if (made.response.status >= 300) throw new ActionError('unavailable');
  return made;
}

/** When the last change of the application was recorded: RFC 3339. */
async function findLastRecordedAt({ store, environmentId }: Registry, applicationId: string): Promise<string> {
  const page = await store.activities.list({ environmentId }, { applicationId }, { limit: 1 });
  return page?.items[0]?.recordedAt ?? new Date().toISOString();
}

async function callUntil(calls: WatchedCalls, accessToken: string, expectedStatus: number): Promise<WatchedCall> {
  const deadline = performance.now() + LONGEST_EFFECT_MS;
  for (;;) {
    const call = await calls.call(accessToken);
    if (call.exchange.response.status === expectedStatus) return call;
    if (performance.now() > deadline) throw new ActionError('no_effect');
    await delay(5);
  }
}
