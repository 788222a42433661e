import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { REFUSALS, type RefusalReason } from '../../lib/enforcement/refusal.js';
import { ATTACKS } from './fixtures/attacks.js';
import { faultsAfter, isOpen, service } from './fixtures/exchanges.js';
import { startPlaces } from './fixtures/targets.js';
import { GOOD } from './fixtures/valid-tokens.js';

let places: Awaited<ReturnType<typeof startPlaces>>;
const complaints: unknown[] = [];
const asked = new Set<string>();

const complain = (...what: unknown[]) => complaints.push(what);
const seeRequest = (message: unknown) => {
  const { request } = message as { request: ClientRequest | { readonly origin: string } };
  asked.add('origin' in request ? request.origin : `${request.protocol}//${request.getHeader('host')}`);
};

beforeAll(async () => {
  for (const method of ['error', 'warn', 'log'] as const) jest.spyOn(console, method).mockImplementation(complain);
  process.on('unhandledRejection', complain);
  process.on('warning', complain);
  subscribe('undici:request:create', seeRequest);
  subscribe('http.client.request.start', seeRequest);
  places = await startPlaces();
  // Twice: a token is remembered from its second sight on.
  expect(await serviceOfAll()).toEqual([]);
  expect(await serviceOfAll()).toEqual([]);
});

afterAll(async () => {
  await places.close();
  unsubscribe('undici:request:create', seeRequest);
  unsubscribe('http.client.request.start', seeRequest);
  process.off('unhandledRejection', complain);
  process.off('warning', complain);
  jest.restoreAllMocks();
});

describe.each(ATTACKS)('%s', (_, attacks) => {
  test.each(attacks.map((attack) => [attack.name, attack] as const))('the gate withstands: %s', async (__, attack) => {
    expect(await faultsAfter(attack, places.applications)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe('all attacks together', () => {
  test('the attacks reach every refusal reason of the gate', () => {
    const reached = new Set(
      ATTACKS.flatMap(([, attacks]) => attacks).flatMap(({ reason, at }) => [reason, ...Object.values(at ?? {})]),
    );
    // Only introspection calls a token inactive: several-issuers.test.ts attacks it. Nothing here requires a
    // claim or a recent sign-in.
    for (const reason of ['token_inactive', 'claim_mismatch', 'insufficient_user_authentication'] as const) {
      reached.add(reason);
    }
    expect(Object.keys(REFUSALS).filter((reason) => !reached.has(reason as RefusalReason))).toEqual([]);
  });

  test('during all attacks the gate contacts only the key endpoints of the issuer', () => {
    expect([...asked].filter((origin) => !places.keyServers.includes(origin))).toEqual([]);
    expect(asked).toContain(places.keyServers[0]);
  });

  test('the gate accepts every good token after all attacks', async () => {
    expect(await serviceOfAll()).toEqual([]);
  });
});

async function serviceOfAll(): Promise<string[]> {
  const found: string[] = [];
  for (const application of places.applications.filter(isOpen)) {
    for (const token of GOOD) found.push(...(await service(application, token)));
  }
  return found;
}
