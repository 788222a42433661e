import { readFileSync } from 'node:fs';

// Preloaded into a child process, so that its clocks are those of a machine that is suspended: `suspensions.ts` writes
// what the monotonic clocks have lost, and what the wall clock has gained, in milliseconds.

const file = process.env.SCOPEGATE_TEST_SUSPENSION as string;
const read = (): { lost: number; gained: number } => JSON.parse(readFileSync(file, 'utf8'));

const { now } = performance;
const wallNow = Date.now;
const { hrtime } = process;
const { bigint } = hrtime;

performance.now = () => now.call(performance) - read().lost;
Date.now = () => wallNow() + read().gained;
const suspendedBigint = () => bigint.call(hrtime) - BigInt(Math.round(read().lost * 1e6));
process.hrtime = Object.assign(
  (since: [number, number] = [0, 0]): [number, number] => {
    const passed = suspendedBigint() - (BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]));
    return [Number(passed / 1_000_000_000n), Number(passed % 1_000_000_000n)];
  },
  { bigint: suspendedBigint },
);
