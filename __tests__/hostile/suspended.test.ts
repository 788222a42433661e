import type { GrantStore } from 'scopegate/admin';
import { useGateProcesses } from '../support/gate-processes.js';
import { type HttpProcess, useHttpProcesses } from '../support/http-processes.js';
import { json, keyServer, status } from '../support/key-server.js';
import { startTrial } from '../support/key-trials.js';
import { context, describeEachEngine } from '../support/stores.js';
import { type Machine, suspendableMachine } from '../support/suspensions.js';
import { signingKey } from '../support/tokens.js';

jest.setTimeout(60_000);

const HOUR = 3_600_000;

let machine: Machine;
beforeEach(() => {
  machine = suspendableMachine();
});
afterEach(() => machine?.remove());

describe('keys on a machine that was suspended', () => {
  const startGates = useGateProcesses();
  const key = signingKey('ES256', 'old');
  const fresh = signingKey('ES256', 'new');

  async function warm() {
    const gates = await startGates(machine);
    const server = await keyServer(json({ keys: [key.jwk] }));
    const trial = await startTrial(gates, 'jwtVerifier', server.url);
    expect(await trial.send(key)).toBe(200);
    return { gates, server, trial };
  }

  test('a key that was withdrawn during the three days is not believed', async () => {
    const { gates, server, trial } = await warm();

    await machine.suspend(gates.pid, 72 * HOUR, () => {
      server.answer = json({ keys: [fresh.jwk] });
    });

    expect(await trial.sendWithdrawn(key)).toBe(401);
    expect(await trial.send(fresh)).toBe(200);
  });

  test('keys are not believed for longer than the outage tolerance while their endpoint is away', async () => {
    const { gates, server, trial } = await warm();

    await machine.suspend(gates.pid, 4 * HOUR, () => {
      server.answer = status(500);
    });
    expect(await trial.send(key)).toBe(200);
    await machine.suspend(gates.pid, HOUR, () => undefined);

    expect(await trial.send(key)).toBe(503);
  });

  test('keys are still used without a fetch after a few minutes', async () => {
    const { gates, server, trial } = await warm();

    await machine.suspend(gates.pid, HOUR / 10, () => undefined);

    expect(await trial.send(key)).toBe(200);
    expect(server.requests).toHaveLength(1);
  });
});

describeEachEngine((engine) => {
  const startHttp = useHttpProcesses();
  let store: GrantStore | undefined;
  afterEach(async () => {
    await store?.close();
    store = undefined;
  });

  /** A process with a live gate that has permitted, and what changes its grants from elsewhere. */
  async function permitted() {
    const database = await engine.database();
    const process = await startHttp(database, {}, { machine });
    const elsewhere = await database.open();
    store = elsewhere;
    const { applicationAt, resource, scopes } = process.setting;
    const grants = [{ resource: { id: resource.id }, scopes: scopes.map(({ id }) => ({ id })) }];
    return {
      process,
      revoke: () => elsewhere.grants.setAll(applicationAt, [], context),
      grant: () => elsewhere.grants.setAll(applicationAt, grants, context),
    };
  }

  async function waitForStatus(process: HttpProcess, expected: number): Promise<void> {
    while ((await process.report()).status !== expected);
  }

  test('a live gate refuses the first request after a suspension in which the grant was revoked', async () => {
    const { process, revoke, grant } = await permitted();
    const statuses: number[] = [];
    for (let round = 0; round < 6; round++) {
      await waitForStatus(process, 200);

      await machine.suspend(process.pid, 2000, revoke);

      statuses.push((await process.report()).status);
      await grant();
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401]);
    await process.end();
  });

  test('a live gate permits the first request after a suspension without a change', async () => {
    const { process } = await permitted();
    await waitForStatus(process, 200);

    await machine.suspend(process.pid, HOUR / 60, () => undefined);

    expect((await process.report()).status).toBe(200);
    await process.end();
  });
});
