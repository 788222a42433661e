import type { Request, Response } from 'express';
import { ociScopeModel } from 'scopegate';
import { z } from 'zod';
import { ALL_ENVIRONMENTS } from '../../../lib/admin/all-environments.js';
import type { Operation, OperationInput, OperationResult } from '../../../lib/admin/operations/operation.js';
import { changeQuery } from '../../../lib/admin/operations/operation.js';
import { type AdminRequest, createAdminRequest, type RouterContext } from '../../../lib/express/admin/admin-request.js';
import * as steps from '../../../lib/express/admin/steps.js';
import { AdminError } from '../../../lib/grants/errors.js';
import type { GrantStore } from '../../../lib/grants/store.js';
import type { Gate } from '../../../lib/http/gate.js';
import type { Auth } from '../../../lib/http/req-auth.js';

const E = '0f9d4c52-7e5f-4a0b-8f3e-2f1f3f6a9b01';
const OTHER = '0f9d4c52-7e5f-4a0b-8f3e-2f1f3f6a9b02';

const operation: Operation = {
  id: 'createResource',
  method: 'POST',
  path: '/environments/{environmentId}/resources',
  summary: 'Create a custom resource',
  permissions: ['resources:create:resource'],
  query: changeQuery,
  body: z.object({ name: z.string() }),
  status: 201,
  run: () => Promise.resolve({ status: 201 }),
};

interface Sent {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: object;
}

/** A request without a server: the members that the steps read. */
function requestTo(changed: Partial<Operation> = {}, { url = '/', headers = {}, payload = {} }: Sent = {}) {
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const req = {
    url,
    baseUrl: '/v1',
    protocol: 'https',
    params: { environmentId: E },
    headers: lowerCase,
    app: { get: () => () => false },
    socket: {},
    get: (name: string) => lowerCase[name.toLowerCase()],
  } as unknown as Request;
  const auth = { payload: { client_id: 'console', sub: 'alice', ...payload } } as unknown as Auth;
  const res = { getHeader: () => 'correlation' } as unknown as Response;
  const context: RouterContext = {
    gate: { auth: (of) => (of === req ? auth : undefined) } as Gate,
    readJsonBody: () => Promise.resolve(undefined),
    store: {} as GrantStore,
    scopeModel: ociScopeModel(),
    environmentOf: ({ payload }) => payload.env ?? ALL_ENVIRONMENTS,
    clientOf: ({ payload }) => payload.client_id,
    permissions: {},
    sources: {},
    baseUrl: undefined,
    onError: undefined,
  };
  return createAdminRequest(req, res, { ...operation, ...changed }, context);
}

async function kindOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof AdminError) return error.kind;
    throw error;
  }
  return 'no error';
}

test('the steps run in the order that the list says', () => {
  const names = steps.ADMIN_STEPS.map(({ name }) => name);
  expect(names).toEqual([
    'identifyCaller',
    'readPathIds',
    'confineToEnvironment',
    'readQuery',
    'readBody',
    'readConditions',
    'run',
    'represent',
  ]);
});

test('the runner awaits each step, and ends at the first that throws', async () => {
  const seen: string[] = [];
  const slow = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push('slow');
  };
  const failing = () => {
    seen.push('failing');
    throw new AdminError('not_found');
  };
  const never = () => void seen.push('never');
  expect(await kindOf(() => steps.runSteps(requestTo(), [slow, failing, never]))).toBe('not_found');
  expect(seen).toEqual(['slow', 'failing']);
});

describe('identifyCaller', () => {
  test('reads the environment, the client and the subject of the token', async () => {
    const request = requestTo({}, { payload: { env: E } });
    await steps.identifyCaller(request);
    expect(request.caller).toEqual({ environment: E, client: 'console', subject: 'alice' });
  });

  test('reads a claim that spells * as no environment, and the constant as all', async () => {
    expect(await kindOf(() => steps.identifyCaller(requestTo({}, { payload: { env: '*' } })))).toBe('forbidden');
    const request = requestTo({ global: true });
    await steps.identifyCaller(request);
    expect(request.caller.environment).toBe(ALL_ENVIRONMENTS);
  });

  test('refuses a token without an environment, and a change without a client', async () => {
    expect(await kindOf(() => steps.identifyCaller(requestTo({}, { payload: { env: 'x' } })))).toBe('forbidden');
    const noClient = { payload: { client_id: undefined } };
    expect(await kindOf(() => steps.identifyCaller(requestTo({}, noClient)))).toBe('forbidden');
    expect(await kindOf(() => steps.identifyCaller(requestTo({ method: 'GET' }, noClient)))).toBe('no error');
  });

  test('refuses a global operation to a caller of one environment', async () => {
    const confined = { payload: { env: E } };
    expect(await kindOf(() => steps.identifyCaller(requestTo({ global: true }, confined)))).toBe('forbidden');
    expect(await kindOf(() => steps.identifyCaller(requestTo({ global: true })))).toBe('no error');
  });
});

test('readPathIds turns ids into lower case; other values are not found', async () => {
  const request = requestTo();
  request.req.params.environmentId = E.toUpperCase();
  steps.readPathIds(request);
  expect(request.params).toEqual({ environmentId: E });
  request.req.params.environmentId = 'x';
  expect(await kindOf(() => steps.readPathIds(request))).toBe('not_found');
});

test.each<[AdminRequest['caller']['environment'], string | undefined, string]>([
  [E, E, 'no error'],
  [ALL_ENVIRONMENTS, E, 'no error'],
  ['*', E, 'not_found'],
  [OTHER, E, 'not_found'],
  ['', E, 'not_found'],
  [E, undefined, 'no error'],
])('confineToEnvironment: a caller of %p at %p: %s', async (environment, environmentId, expected) => {
  const request = requestTo();
  request.caller = { environment, client: 'console', subject: undefined };
  request.params = { environmentId } as AdminRequest['params'];
  expect(await kindOf(() => steps.confineToEnvironment(request))).toBe(expected);
});

test('readQuery reads what the operation allows, and refuses the rest', async () => {
  const request = requestTo({}, { url: '/environments?dryRun=true' });
  steps.readQuery(request);
  expect([request.query, request.search]).toEqual([{ dryRun: 'true' }, { dryRun: 'true' }]);
  expect(await kindOf(() => steps.readQuery(requestTo({}, { url: '/?x=1' })))).toBe('invalid_request');
});

test('readConditions reads If-Match, the transaction id, and the idempotency key of a POST', () => {
  const headers = {
    'If-Match': '"3.x", W/"4.x", 5.x',
    'X-Ping-External-Transaction-ID': 'deploy\n7',
    'Idempotency-Key': 'k',
  };
  const post = requestTo({}, { headers });
  const put = requestTo({ method: 'PUT' }, { headers });
  for (const request of [post, put]) {
    request.body = { name: 'letters' };
    steps.readConditions(request);
  }
  expect(post.conditions).toMatchObject({ transactionId: 'deploy7', ifMatch: ['3.x'], idempotency: expect.anything() });
  expect(put.conditions.idempotency).toBeUndefined();
});

test('readConditions tells callers of one environment from those of all, though JSON leaves symbols out', () => {
  const keyOf = (environment: AdminRequest['caller']['environment']) => {
    const request = requestTo({}, { headers: { 'Idempotency-Key': 'k' } });
    request.caller = { environment, client: 'console', subject: 'alice' };
    request.body = {};
    steps.readConditions(request);
    return request.conditions.idempotency?.key;
  };
  expect(new Set([keyOf(ALL_ENVIRONMENTS), keyOf(E), keyOf(OTHER)]).size).toBe(3);
  expect(keyOf(ALL_ENVIRONMENTS)).toBe(keyOf(ALL_ENVIRONMENTS));
});

test('run passes on what the steps before it read', async () => {
  const inputs: OperationInput<unknown, unknown>[] = [];
  const result: OperationResult = { status: 201 };
  const keep = (input: OperationInput<unknown, unknown>) => {
    inputs.push(input);
    return Promise.resolve(result);
  };
  const request = requestTo({ run: keep }, { headers: { Host: 'admin.example' } });
  request.caller = { environment: E, client: 'console', subject: 'alice' };
  request.params = { environmentId: E } as AdminRequest['params'];
  request.query = { dryRun: 'true' };
  request.body = { name: 'letters' };
  request.conditions = { ifMatch: '*' };
  await steps.run(request);
  expect(request.result).toBe(result);
  expect(inputs).toMatchObject([
    {
      confinedTo: E,
      path: `/environments/${E}/resources`,
      body: { name: 'letters' },
      context: {
        actor: { client: 'console', subject: 'alice' },
        correlationId: 'correlation',
        dryRun: true,
        ifMatch: '*',
      },
    },
  ]);
  expect(inputs[0]?.href('/x')).toBe('https://admin.example/v1/x');
});
