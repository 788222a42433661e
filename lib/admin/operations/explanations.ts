import { systemClock } from '../../clock.js';
import { explain } from '../../explain/explain.js';
import { type ExplainOptions, parseExplainOptions } from '../../explain/explain-options.js';
import { readUnverifiedToken } from '../../explain/unverified-token.js';
import { type AdminError, invalidData } from '../../grants/errors.js';
import { hyphenate, parseUuid } from '../../grants/ids.js';
import type { ApplicationStatus, GrantStore } from '../../grants/store.js';
import { type ExplanationCommand, explanationCommand } from '../commands/explanation.js';
import { explanationBody, representExplanation } from '../representation/explanation.js';
import { paths } from '../representation/paths.js';
import { defineOperation, noQuery, orNotFound } from './operation.js';

type Assumed = Pick<Required<ExplainOptions>, 'held' | 'payload'>;

export const explanationOperations = [
  defineOperation({
    id: 'explainAccess',
    method: 'POST',
    path: `${paths.environment('{environmentId}')}/explain`,
    summary:
      'Explain whether an application, or a token of it, may do what a route requires, and since which change not',
    readsOnly: true,
    permissions: [
      'applications:read:explanation',
      'applications:read:application',
      'applications:read:grant',
      'audit:read:activity',
    ],
    query: noQuery,
    body: explanationCommand,
    status: 200,
    schema: explanationBody,
    run: async ({ store, params: { environmentId }, body, scopeModel }) => {
      // Whose record it is about is not known here: a self scope counts as any other.
      const question = { required: body.required, scopeModel, isSelfScope: () => false };
      checkRequirement(question);
      orNotFound(await store.environments.get(environmentId));
      const token = body.token === undefined ? undefined : readToken(body.token);
      const applicationId = findApplicationId(token, body);
      const status = await readStatus(store, environmentId, applicationId, refuseApplication(token === undefined));
      const { activities, changes, resources } = store;
      const source = { applicationStatus: async () => status, activities, changes, resources };
      const assumed = token ?? assumeToken(applicationId, body, status);
      const explanation = await explain({ ...assumed, ...question, live: { source } });
      return { status: 200, body: representExplanation(applicationId, explanation) };
    },
  }),
];

/** Refuses what no route can require, such as a scope that no token could hold. */
function checkRequirement(question: Pick<ExplainOptions, 'required' | 'scopeModel' | 'isSelfScope'>): void {
  try {
    parseExplainOptions({ ...question, held: '' });
  } catch {
    const message = 'required must be something that a token can satisfy.';
    throw invalidData({ code: 'INVALID_VALUE', target: 'required', message });
  }
}

/** The scopes and claims of a token, unverified. */
function readToken(token: string): Assumed {
  const found = readUnverifiedToken(token);
  if (typeof found !== 'string') return { held: found.scopes, payload: found.payload };
  throw invalidData({ code: 'INVALID_VALUE', target: 'token', message: 'token must be a JWT access token.' });
}

function findApplicationId(token: Assumed | undefined, { application }: ExplanationCommand): string {
  const client = token?.payload?.client_id;
  const id =
    token === undefined ? application?.id : typeof client === 'string' ? parseUuid(hyphenate(client)) : undefined;
  if (id === undefined) throw refuseApplication(token === undefined);
  return id;
}

function refuseApplication(isNamed: boolean): AdminError {
  const target = isNamed ? 'application.id' : 'token';
  const message = `${target} names no application of this environment.`;
  return invalidData({ code: 'INVALID_VALUE', target, message });
}

/**
 * The status of an application of this environment, or of one that was deleted there.
 *
 * @throws {AdminError} `invalid_data` for one of another environment, as if it did not exist
 */
async function readStatus(
  store: GrantStore,
  environmentId: string,
  applicationId: string,
  unknown: AdminError,
): Promise<ApplicationStatus> {
  const status = await store.applicationStatus(applicationId);
  if (status.environmentId === environmentId) return status;
  if (status.state !== 'gone') throw unknown;
  const history = await store.activities.list({ environmentId }, { applicationId }, { limit: 1 });
  if (history === undefined || history.items.length === 0) throw unknown;
  return { ...status, environmentId };
}

/** Seconds that an assumed token is younger than a revocation: more than the clocks of issuer and store may differ. */
const AFTER_REVOCATIONS = 60;

/** A token that the application requests now. */
function assumeToken(
  applicationId: string,
  { scopes, audience, subject }: ExplanationCommand,
  { grants }: ApplicationStatus,
): Assumed {
  const iat = Math.floor(systemClock.now() / 1000) + AFTER_REVOCATIONS;
  return {
    held: scopes ?? grants.map(({ scope }) => scope),
    payload: {
      client_id: applicationId,
      iat,
      ...(audience !== undefined && { aud: audience }),
      ...(subject !== undefined && { sub: subject }),
    },
  };
}
