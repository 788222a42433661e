import { z } from 'zod';
import { systemClock } from '../../clock.js';
import { hyphenate } from '../../grants/ids.js';
import type { GrantStore } from '../../grants/store.js';
import { ALL_ENVIRONMENTS } from '../all-environments.js';
import { id } from '../commands/fields.js';
import { sendDecisions } from '../decisions/decision-events.js';
import type { DecisionStream, StreamedDecision } from '../decisions/decision-stream.js';
import { EnvironmentDecisions } from '../decisions/environment-decisions.js';
import {
  decisionsBody,
  healthBody,
  representDecision,
  representGateHealth,
  representProcess,
  representRoute,
  routesBody,
} from '../representation/gate.js';
import { paths } from '../representation/paths.js';
import type { GateSources, ObservedHealth } from './gate-sources.js';
import { defineOperation, noQuery, type OperationInput, orNotFound } from './operation.js';

const environment = paths.environment('{environmentId}');

const decisionsQuery = z.strictObject({
  outcome: z.enum(['permit', 'deny', 'outage']).optional().meta({ description: 'Decisions with this outcome only.' }),
  application: id.optional().meta({ description: 'Decisions about tokens of this application only.' }),
});

type DecisionsCall = OperationInput<z.output<typeof decisionsQuery>, unknown>;

export const gateOperations = [
  defineOperation({
    id: 'readDecisions',
    method: 'GET',
    path: `${environment}/decisions`,
    summary: 'Read the latest decisions of the gates of this process, or follow them as `text/event-stream`',
    source: 'decisions',
    hasEvents: true,
    permissions: ['gate:read:decision'],
    query: decisionsQuery,
    status: 200,
    schema: decisionsBody,
    run: async (call) => {
      const { params, store, sources, wantsEvents } = call;
      orNotFound(await store.environments.get(params.environmentId));
      const stream = sources.decisions as DecisionStream;
      const isShown = findShown(call);
      const reader = { stream, isShown, represent: representDecision };
      if (wantsEvents) return { status: 200, events: (send) => sendDecisions({ ...reader, send }) };
      const shown: StreamedDecision[] = [];
      for (const decision of stream.recent()) if (await isShown(decision)) shown.push(decision);
      const process = representProcess(stream);
      return { status: 200, body: { ...collect(call, 'decisions', shown.map(representDecision)), process } };
    },
  }),
  defineOperation({
    id: 'readRoutes',
    method: 'GET',
    path: `${environment}/routes`,
    summary: 'Read what each route of this process requires',
    source: 'routes',
    permissions: ['gate:read:route'],
    query: noQuery,
    status: 200,
    schema: routesBody,
    run: async (call) => {
      const { params, store, sources } = call;
      orNotFound(await store.environments.get(params.environmentId));
      const routes = (await sources.routes?.()) ?? [];
      return { status: 200, body: collect(call, 'routes', routes.map(representRoute)) };
    },
  }),
  defineOperation({
    id: 'readHealth',
    method: 'GET',
    path: `${environment}/health`,
    summary: 'Read how a gate of this process, its keys, its live grants and the store are',
    source: 'health',
    permissions: ['gate:read:health'],
    query: noQuery,
    status: 200,
    schema: healthBody,
    run: async ({ params, store, sources, path, href }) => {
      orNotFound(await store.environments.get(params.environmentId));
      const [gate, ping] = await Promise.all([readGate(sources), pingStore(store)]);
      const _links = { self: { href: href(path) } };
      const checkedAt = new Date(systemClock.now()).toISOString();
      const ok = gate.ok && ping.ok;
      return { status: 200, body: { _links, checkedAt, ok, gate: representGateHealth(gate), store: ping } };
    },
  }),
];

function collect({ path, href }: Pick<DecisionsCall, 'path' | 'href'>, name: string, items: readonly object[]) {
  return { _links: { self: { href: href(path) } }, _embedded: { [name]: items }, size: items.length };
}

/** For each store, so that all readers share what was found. */
const known = new WeakMap<GrantStore, EnvironmentDecisions>();

function findShown({ store, params, query, confinedTo }: DecisionsCall) {
  const decisions = known.get(store) ?? new EnvironmentDecisions(store);
  known.set(store, decisions);
  const { outcome, application } = query;
  return (decision: StreamedDecision): boolean | Promise<boolean> => {
    const { record } = decision;
    if (outcome !== undefined && record.outcome !== outcome) return false;
    if (application !== undefined && hyphenate(record.client ?? '').toLowerCase() !== application) return false;
    return decisions.isShown(decision, params.environmentId, confinedTo === ALL_ENVIRONMENTS);
  };
}

/** Milliseconds that a part may take before it counts as unavailable. */
const PATIENCE_MS = 5000;

async function readGate({ health }: GateSources): Promise<ObservedHealth> {
  try {
    return await withTimeout((health as NonNullable<typeof health>)());
  } catch (error) {
    return { ok: false, keys: { ok: false, error: String(error) } };
  }
}

async function pingStore(store: GrantStore) {
  const startedAt = systemClock.monotonic();
  const error = await withTimeout(store.ping()).then(() => undefined, String);
  const durationMs = systemClock.monotonic() - startedAt;
  return { ok: error === undefined, durationMs, ...(error !== undefined && { error }) };
}

function withTimeout<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No response within ${PATIENCE_MS} ms.`)), PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
