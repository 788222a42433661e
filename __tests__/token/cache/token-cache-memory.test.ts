import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildProgram } from '../../support/processes.js';

const BOUND = 8 * 2 ** 20;

/** What a cache costs in a process of its own, when so many tokens of each kind have been seen twice. */
async function costs(tokens: number, maxTokens: number, maxBytes: number): Promise<Record<string, number>> {
  const program = buildProgram('memory-process');
  try {
    const args = ['--expose-gc', program.path, ...[tokens, maxTokens, maxBytes].map(String)];
    return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout);
  } finally {
    program.remove();
  }
}

test('however many tokens are seen, and whatever they hold, they cost no more than the bound says', async () => {
  const found = await costs(100_000, 1_000_000, BOUND);
  for (const cost of Object.values(found)) expect(cost).toBeLessThanOrEqual(BOUND);
  // An estimate that is far too high would leave most of the room unused.
  expect(found.usual).toBeGreaterThan(BOUND / 5);
}, 120_000);
