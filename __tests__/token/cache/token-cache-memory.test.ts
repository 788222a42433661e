import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MAX_CACHED_LENGTH } from '../../../lib/token/cache/token-cache.js';
import { buildProgram } from '../../support/processes.js';

const MAX_TOKENS = 1000;

/**
 * Each token may cost two bytes for each character of the longest that is cached, and the admission filter 256 KiB. The
 * tokens here are shorter than that: an object whose shape no other has costs about ten bytes for a character.
 */
const BOUND = 2 * MAX_TOKENS * MAX_CACHED_LENGTH + 2 ** 18;

/** 256 claims of 400 characters: a scope of two characters costs some 64 bytes in a set. */
const BOUND_OF_SCOPE_SETS = 256 * 400 * 32;

/** What a cache costs in a process of its own, when so many tokens of each kind have been seen twice. */
async function costs(tokens: number, maxTokens: number): Promise<Record<string, number>> {
  const program = buildProgram('memory-process');
  try {
    const args = ['--expose-gc', program.path, ...[tokens, maxTokens].map(String)];
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
  } finally {
    program.remove();
  }
}

test('caches of tokens and scope claims never use more memory than their entries and lengths allow', async () => {
  const { 'scope sets': scopeSets, ...found } = await costs(100_000, MAX_TOKENS);
  for (const cost of Object.values(found)) expect(cost).toBeLessThanOrEqual(BOUND);
  expect(scopeSets).toBeLessThanOrEqual(BOUND_OF_SCOPE_SETS);
  expect(found.usual).toBeGreaterThan(MAX_TOKENS * 400); // tokens were cached at all
}, 120_000);
