// Runs the drills of docs/deployment.md: `npm run drills`, or `npm run drills -- failover restore`. Exits with 1
// where one fails, and where one could not be run here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The file of each drill, and the project of `jest.config.mjs` that it belongs to. */
export const DRILLS = {
  failover: { project: 'integration', file: '__tests__/stores/failover.test.ts' },
  restore: { project: 'faults', file: '__tests__/faults/drill-restore.faults.ts' },
  'roll-out': { project: 'faults', file: '__tests__/faults/drill-roll-out.faults.ts' },
  upgrade: { project: 'faults', file: '__tests__/faults/drill-upgrade.faults.ts' },
  password: { project: 'faults', file: '__tests__/faults/drill-password.faults.ts' },
  pooler: { project: 'integration', file: '__tests__/stores/pooler.test.ts' },
  'full-wal': { project: 'faults', file: '__tests__/faults/drill-full-wal.faults.ts' },
  frozen: { project: 'integration', file: '__tests__/stores/silent-server.test.ts' },
};

function run(name) {
  const { project, file } = DRILLS[name];
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-drill-'));
  const outputFile = join(folder, 'result.json');
  const options = ['--selectProjects', project, '--testPathPatterns', file, '--json', '--outputFile', outputFile];
  const { stderr } = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', ...options], { encoding: 'utf8' });
  try {
    const { numPassedTests: passed, numTotalTests: total } = JSON.parse(readFileSync(outputFile, 'utf8'));
    const isPassed = total > 0 && passed === total;
    if (!isPassed) process.stderr.write(stderr);
    console.log(`${name}: ${isPassed ? 'passed' : 'FAILED'}, ${passed} of ${total} tests ran and passed`);
    return isPassed;
  } catch {
    process.stderr.write(stderr);
    console.log(`${name}: FAILED, it did not run`);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !Object.hasOwn(DRILLS, name));
  if (unknown.length > 0) {
    console.error(`There is no drill ${unknown.join(', ')}. There are: ${Object.keys(DRILLS).join(', ')}.`);
    process.exitCode = 1;
  } else {
    const results = (named.length > 0 ? named : Object.keys(DRILLS)).map(run);
    process.exitCode = results.every(Boolean) ? 0 : 1;
  }
}
