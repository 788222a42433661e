import { runCli } from '../../lib/cli/run-cli.js';
import type { Terminal } from '../../lib/cli/terminal.js';

interface Given extends Partial<Pick<Terminal, 'importModule' | 'fetch' | 'now' | 'isTerminal' | 'signal' | 'out'>> {
  /** The standard input. */
  readonly input?: string;
  readonly files?: Readonly<Record<string, string>>;
}

/** Runs a command line in this process. */
export async function runCommand(args: readonly string[], given: Given = {}) {
  const written = { out: '', err: '' };
  const code = await runCli(args, {
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    readInput: async () => given.input ?? '',
    readFile: async (path) => {
      const text = given.files?.[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    },
    importModule: (specifier) => Promise.reject(new Error(`There is no ${specifier}.`)),
    isTerminal: false,
    fetch: globalThis.fetch,
    now: () => Date.now(),
    signal: new AbortController().signal,
    ...given,
  });
  return { code, ...written };
}
