import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ReplayStore } from '../../grants/replay-store.js';
import type { Checks } from './prepared.js';

const HOUR_MS = 3_600_000;

/** More than a store that deletes expired keys now and then lets pass between two deletions. */
const MANY = 150;

/** What may be used once only. */
export const replayChecks: Checks = {
  'remembers a key for one of several calls at once': async ({ store: { replays } }) => {
    for (let round = 0; round < 5; round++) {
      const key = newKey();
      const calls = Array.from({ length: 20 }, () => replays.remember(key, later()));
      const isNew = await Promise.all(calls);
      const [used, refused] = [true, false].map((value) => isNew.filter((each) => each === value).length);
      assert.ok(used === 1 && refused === 19, `${used} of 20 calls got true, and ${refused} got false`);
      assert.equal(await replays.remember(key, later()), false, 'a key that was used is new again');
    }
  },

  'does not take one key for another, which differs by letter case only': async ({ store: { replays } }) => {
    const key = `${newKey().slice(1)}k`;
    for (const each of [key, newKey(), key.replace(/k$/, 'K'), key.replace(/k$/, 'j')]) {
      assert.equal(await replays.remember(each, later()), true, 'a key that was never used is not new');
    }
  },

  'remembers a key to its end, whatever expires before it': async ({ store: { replays } }) => {
    const key = newKey();
    assert.equal(await replays.remember(key, later()), true);
    for (let i = 0; i < MANY; i++) await rememberExpired(replays);
    assert.equal(await replays.remember(key, later()), false, 'a key was forgotten before it expired');
  },
};

function newKey(): string {
  return randomBytes(32).toString('base64url');
}

function later(): number {
  return Date.now() + HOUR_MS;
}

/** A key that the store may forget at once. */
async function rememberExpired(replays: ReplayStore): Promise<void> {
  const isNew = await replays.remember(newKey(), Date.now() - HOUR_MS);
  assert.equal(typeof isNew, 'boolean');
}
