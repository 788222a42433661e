import type { GrantStore } from 'scopegate/admin';
import { openPostgresStore } from 'scopegate/postgres';
import type { Call, Outcome } from '../support/call-results.js';
import { type Cluster, type GateOfApplication, run, useFailovers } from '../support/failover.js';
import { hasBaseBackup } from '../support/postgres.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { context, createSetting, newApplication, type Setting } from '../support/stores.js';
import { BOUND } from './fixtures/live-answers.js';

jest.setTimeout(120_000);

const isPossible = hasBaseBackup();
if (!isPossible) {
  console.warn('pg_basebackup is not installed (apt-get install postgresql): the tests with a standby are skipped.');
}
const testWithStandby = isPossible ? test : test.skip;

const READ = 'urn:opc:resource:consumer:paas::read';
const PERMITTED = 200;
const REVOKED = 401;

const failovers = useFailovers();
const processes = useProcesses();
const stores: GrantStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

interface Deployment extends Cluster {
  readonly setting: Setting;
  /** An application that is granted nothing. */
  readonly otherAt: Setting['applicationAt'];
  readonly command: Parameters<GrantStore['grants']['create']>[1];
}

/** A cluster with an application that is granted `READ`, and another one. */
async function deploy(): Promise<Deployment> {
  const cluster = await failovers.startCluster();
  const store = await cluster.database.open();
  const setting = await createSetting(store, [READ], 'test', { trustScope: 'Account' });
  const command = { resource: { id: setting.resource.id }, scopes: [{ name: READ }] };
  await store.grants.create(setting.applicationAt, command, context);
  const application = newApplication('other', { trustScope: 'Account' });
  const { value: other } = await store.applications.create(setting.at, application, context);
  await store.close();
  return { ...cluster, setting, otherAt: { ...setting.at, applicationId: other.id }, command };
}

/** Changes the promoted server before anybody else reaches it. */
async function openPromoted({ standbyAddress }: Cluster): Promise<GrantStore> {
  const store = await openPostgresStore({ connectionString: standbyAddress });
  stores.push(store);
  return store;
}

const latestNumber = async (connectionString: string): Promise<number> => {
  const [row] = (await run(connectionString, 'select number from scopegate.ledger')) as { number: string }[];
  return Number(row?.number);
};

/** Asks until the gate responds so. */
async function untilStatus(gate: GateOfApplication, status: number): Promise<void> {
  while ((await gate.report()) !== status);
}

/** Asks over and over, until `stop`: when the last request began that was permitted. */
function keepAsking(gate: GateOfApplication) {
  let isStopped = false;
  let lastPermit = Number.NEGATIVE_INFINITY;
  const asking = (async () => {
    while (!isStopped) {
      const begun = performance.now();
      if ((await gate.report()) === PERMITTED) lastPermit = begun;
      await new Promise(setImmediate);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await asking;
      return lastPermit;
    },
  };
}

/** Fails unless the other process has said that it made the change. */
async function make(from: StoreProcess, call: Call): Promise<Outcome> {
  const [outcome] = await from.call(call);
  expect(outcome).toEqual({ value: expect.objectContaining({ activities: [expect.anything()] }) });
  return outcome as Outcome;
}

async function startWriter({ database }: Cluster): Promise<StoreProcess> {
  const writer = await processes.start();
  expect(await writer.open(database)).not.toHaveProperty('error');
  return writer;
}

describe('failover that loses the latest changes', () => {
  testWithStandby(
    'gates that have seen them say so and start anew, although their numbers are used again',
    async () => {
      const deployment = await deploy();
      const { primary, database, standbyAddress, setting, otherAt, command } = deployment;
      const writer = await startWriter(deployment);
      const gate = await failovers.startGate(database, setting.application.id, READ);
      const otherGate = await failovers.startGate(database, otherAt.applicationId, READ);
      await untilStatus(gate, PERMITTED);
      await untilStatus(otherGate, REVOKED);

      await deployment.detachStandby();
      const enable = (enabled: boolean): Call => {
        return ['applications.replace', setting.applicationAt, { ...setting.application, enabled }, context];
      };
      await make(writer, ['grants.create', otherAt, command, context]);
      await untilStatus(otherGate, PERMITTED);
      await make(writer, enable(false));
      await untilStatus(gate, REVOKED);
      await make(writer, enable(true));
      await untilStatus(gate, PERMITTED);
      const lostNumber = await latestNumber(database.address);

      const asking = keepAsking(otherGate);
      await primary.kill();
      const killedAt = performance.now();
      await deployment.promoteStandby();
      expect(await latestNumber(standbyAddress)).toBe(lostNumber - 3);
      const promoted = await openPromoted(deployment);
      await promoted.applications.revokeTokens(setting.applicationAt, undefined, context);
      for (const name of ['one', 'two']) await promoted.applications.create(setting.at, newApplication(name), context);
      expect(await latestNumber(standbyAddress)).toBe(lostNumber);
      await deployment.switchToStandby();

      await Promise.all([gate.startsAnew(), otherGate.startsAnew()]);
      expect(await gate.report()).toBe(REVOKED);
      await untilStatus(otherGate, REVOKED); // its grant is lost
      expect((await asking.stop()) - killedAt).toBeLessThanOrEqual(BOUND);
      for (const { gaps } of [gate, otherGate]) {
        expect(gaps).toEqual([{ number: expect.any(Number), position: expect.any(String) }]);
      }

      await writer.open(database);
      await make(writer, ['grants.create', otherAt, command, context]);
      await untilStatus(otherGate, PERMITTED); // it follows the new primary
    },
  );

  testWithStandby('a gate whose first request came just before refuses a token that was revoked after', async () => {
    const deployment = await deploy();
    const { primary, database, standbyAddress, setting } = deployment;
    const gates = await Promise.all([1, 2].map(() => failovers.startGate(database, setting.application.id, READ)));
    const writer = await startWriter(deployment);
    await deployment.detachStandby();
    await make(writer, ['applications.create', setting.at, newApplication('lost'), context]);
    const lostNumber = await latestNumber(database.address);

    await deployment.breakFeedReads();
    const broken = deployment.feedReadsBroken(2);
    for (const gate of gates) expect(await gate.report()).toBe(PERMITTED);
    await broken;
    primary.freeze();
    await deployment.promoteStandby();
    const promoted = await openPromoted(deployment);
    await promoted.applications.revokeTokens(setting.applicationAt, undefined, context);
    expect(await latestNumber(standbyAddress)).toBe(lostNumber); // that of the change that the gates know
    await deployment.switchToStandby();

    await Promise.all(gates.map((gate) => gate.startsAnew()));
    for (const gate of gates) expect(await gate.report()).toBe(REVOKED);
    expect(gates.map(({ gaps }) => gaps.map(({ number }) => number))).toEqual([[lostNumber], [lostNumber]]);
  });
});

describe('failover with synchronous replication', () => {
  testWithStandby('loses nothing that was acknowledged, and gates go on where they were', async () => {
    const deployment = await deploy();
    const { primary, database, standbyAddress, setting, otherAt, command } = deployment;
    await deployment.replicateSynchronously();
    const writer = await startWriter(deployment);
    const revoker = await startWriter(deployment);
    const gate = await failovers.startGate(database, setting.application.id, READ);
    const otherGate = await failovers.startGate(database, otherAt.applicationId, READ);
    const { value: other } = await make(revoker, ['grants.create', otherAt, command, context]);
    for (const each of [gate, otherGate]) await untilStatus(each, PERMITTED);

    const writing = writer.write(setting, 2);
    await writing.more(20);
    const asking = keepAsking(gate);
    await make(revoker, ['applications.revokeTokens', setting.applicationAt, undefined, context]);
    const revokedAt = performance.now();
    await primary.kill();
    await deployment.promoteStandby();
    await deployment.switchToStandby();

    await untilStatus(gate, REVOKED);
    await untilStatus(otherGate, PERMITTED);
    expect((await asking.stop()) - revokedAt).toBeLessThanOrEqual(BOUND);
    const grants = (await run(standbyAddress, 'select id from scopegate.grants')) as { id: string }[];
    expect(grants.map(({ id }) => id)).toEqual(expect.arrayContaining([...writing.acknowledged]));

    await revoker.open(database);
    await make(revoker, ['grants.delete', { ...otherAt, grantId: other.value.id }, context]);
    await untilStatus(otherGate, REVOKED); // it follows the new primary
    // PostgreSQL may show a change that waits for the standby to others, as the server ends (syncrep.c, SyncRepWaitForLSN):
    // a gate that has read it begins anew. A change that the standby has is no reason to.
    const kept = (await run(standbyAddress, "select number || '.' || mark as position from scopegate.changes")) as {
      position: string;
    }[];
    const positions = kept.map(({ position }) => position);
    expect(positions.length).toBeGreaterThan(20);
    expect([...gate.gaps, ...otherGate.gaps].filter(({ position }) => positions.includes(position))).toEqual([]);
  });
});
