import type { ForkOptions } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A machine for one child process. SIGSTOP alone suspends nothing: the monotonic clock of a stopped process goes on. */
export interface Machine {
  /** The options of a fork, beside its own, for a program of `buildProgram`. */
  forkOptions(program: string): { execArgv: string[]; env: ForkOptions['env'] };
  /**
   * Stops the process during `meanwhile`, and continues it. Its wall clock says then that so much time has passed, its
   * monotonic clocks that none has.
   */
  suspend(pid: number, milliseconds: number, meanwhile: () => unknown): Promise<void>;
  remove(): void;
}

export function suspendableMachine(): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'scopegate-machine-'));
  const file = join(folder, 'suspension.json');
  const clocks = { lost: 0, gained: 0 };
  const save = () => {
    writeFileSync(`${file}.new`, JSON.stringify(clocks));
    renameSync(`${file}.new`, file);
  };
  save();
  return {
    forkOptions: (program) => ({
      execArgv: ['--import', pathToFileURL(join(dirname(program), 'suspended-clock.js')).href],
      env: { ...process.env, SCOPEGATE_TEST_SUSPENSION: file },
    }),
    async suspend(pid, milliseconds, meanwhile) {
      process.kill(pid, 'SIGSTOP');
      const since = performance.now();
      try {
        await meanwhile();
      } finally {
        const stopped = performance.now() - since;
        clocks.lost += stopped;
        clocks.gained += Math.max(0, milliseconds - stopped);
        save();
        process.kill(pid, 'SIGCONT');
      }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
