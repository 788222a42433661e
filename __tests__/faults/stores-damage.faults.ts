import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  databaseAt,
  type Files,
  makeRemains,
  outcomesOf,
  overwritten,
  type Remains,
  unclear,
} from '../stores/fixtures/crash-images.js';
import type { Outcome } from '../support/call-results.js';
import { type StoreProcess, useProcesses } from '../support/processes.js';
import { faultsOf } from '../support/tables.js';

jest.setTimeout(300_000);
const processes = useProcesses(afterAll);

const PAGE = 4096;

/** Numbers that look random, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('damaged SQLite file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-damage-'));
  let files = 0;
  let child: StoreProcess;
  let plain: Remains;
  let logged: Remains;
  beforeAll(async () => {
    child = await processes.start();
    plain = await makeRemains(join(directory, 'plain.db'), await processes.start(), 'file');
    logged = await makeRemains(join(directory, 'logged.db'), await processes.start(), 'log');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const nextFile = () => join(directory, `${++files}.db`);

  function flipped(bytes: Buffer, count: number): { damage: string; bytes: Buffer }[] {
    const next = numbers(count);
    return Array.from({ length: count }, () => {
      const [at, bit] = [next(bytes.length), next(8)];
      const byte = (bytes[at] as number) ^ (1 << bit);
      return { damage: `bit ${bit} of byte ${at}`, bytes: overwritten(bytes, at, Buffer.from([byte])) };
    });
  }
  function pages(bytes: Buffer, filling: number): { damage: string; bytes: Buffer }[] {
    const all = Array.from({ length: Math.ceil(bytes.length / PAGE) }, (_, page) => page * PAGE);
    const by = Buffer.alloc(PAGE, filling);
    return all.map((at) => ({ damage: `${filling} from ${at} on`, bytes: overwritten(bytes, at, by) }));
  }
  const lengths = (bytes: Buffer, step: number) => {
    const all = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => i * step);
    return all.map((length) => ({ damage: `cut to ${length}`, bytes: bytes.subarray(0, length) }));
  };

  test.each([
    ['a bit flipped', (main: Buffer) => flipped(main, 300)],
    ['a page of zeros', (main: Buffer) => pages(main, 0)],
    ['a page of garbage', (main: Buffer) => pages(main, 0x5a)],
    [
      'a byte of the header overwritten',
      (main: Buffer) => {
        const bytes = Array.from({ length: 100 }, (_, at) => at);
        return bytes.map((at) => ({ damage: `byte ${at}`, bytes: overwritten(main, at, Buffer.from([0xff])) }));
      },
    ],
    ['cut off', (main: Buffer) => lengths(main, 3000)],
  ])('returns correct data or a clear error and keeps the process alive: %s', async (_, damages) => {
    const wrong: { damage: string; outcomes: Outcome[] }[] = [];
    for (const { damage, bytes } of damages(plain.files[''] as Buffer)) {
      const outcomes = unclear(await outcomesOf(child, nextFile(), { '': bytes }, plain.reads));
      if (outcomes.length > 0) wrong.push({ damage, outcomes });
    }
    expect(wrong).toEqual([]);
  });

  /** What the writer has answered at some moment: no change is half, and none is there without those before it. */
  async function expectPast(damage: string, its: Files): Promise<void> {
    const file = nextFile();
    const { opened, answers = [], changed } = await outcomesOf(child, file, its, logged.reads);
    expect([damage, opened.message]).toEqual([damage, undefined]);
    const events = answers.at(-1)?.value.events;
    expect([damage, events]).toEqual([damage, logged.answers.at(-1)?.value.events.slice(0, events.length)]);
    expect([damage, changed?.error]).toEqual([damage, undefined]);
    expect([damage, await faultsOf(databaseAt(file))]).toEqual([damage, []]);
  }

  test('recovers all complete changes before damage to the write-ahead log', async () => {
    const log = logged.files['-wal'] as Buffer;
    for (const { damage, bytes } of [
      ...flipped(log, 60),
      ...pages(log, 0x5a).filter((_, i) => i % 8 === 0),
      ...lengths(log, 25_000),
    ]) {
      await expectPast(damage, { ...logged.files, '-wal': bytes });
    }
  });

  test('recovers everything when the index of the write-ahead log is damaged or missing', async () => {
    const index = logged.files['-shm'] as Buffer;
    const { '-shm': _, ...without } = logged.files;
    const others = [
      Buffer.alloc(0),
      Buffer.alloc(index.length, 0x5a),
      index.subarray(0, 100),
      Buffer.alloc(index.length),
    ];
    for (const its of [without, ...others.map((bytes) => ({ ...logged.files, '-shm': bytes }))]) {
      const { answers } = await outcomesOf(child, nextFile(), its, logged.reads);
      expect(answers).toEqual(logged.answers);
    }
  });

  test('opens the file without its write-ahead log and finds only complete changes', async () => {
    await expectPast('no log', { '': logged.files[''] as Buffer });
  });
});
