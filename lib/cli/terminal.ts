/** What a command gets of its surroundings, so that tests and programs can stand in for a terminal. */
export interface Terminal {
  /** Writes to the standard output: results only. */
  readonly out: (text: string) => void;
  /** Writes to the standard error: problems and progress. */
  readonly err: (text: string) => void;
  /** Reads the whole standard input. */
  readonly readInput: () => Promise<string>;
  readonly readFile: (path: string) => Promise<string>;
  /** Imports a file, by its path, or a module of this package, by its name. */
  readonly importModule: (specifier: string) => Promise<object>;
  /** Whether results are read by a person: only then there are colours. */
  readonly isTerminal: boolean;
  readonly fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends a command that follows. */
  readonly signal: AbortSignal;
}

/** The exit codes of all commands. */
export const EXIT = { permit: 0, deny: 1, usage: 2, unknown: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a terminal interprets or does not show: control and format characters, line separators, lone surrogates. */
const NON_PRINTABLE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Writes such characters of tokens, servers and databases as JSON does, so that JSON stays the same JSON. */
export function toPrintable(text: string): string {
  const toEscape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(NON_PRINTABLE, (character) => character.split('').map(toEscape).join(''));
}

/** What a command comes to: as JSON, or as lines for a person. */
export interface Outcome {
  readonly code: ExitCode;
  readonly json: object;
  readonly lines: readonly string[];
}

export interface Command {
  /** What follows the name of the command, and one sentence. */
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>>;
  /** How many arguments it takes: at least and at most. */
  readonly arguments: readonly [least: number, most: number];
  run(call: Call): Promise<Outcome | undefined>;
}

export interface Call {
  readonly terminal: Terminal;
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
}

/** The value of an option that is a text. */
export function textOf({ values }: Call, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** A token is never an argument: the list of processes, and the history of a shell, would show it. */
export async function readToken(call: Call): Promise<string | undefined> {
  const source = textOf(call, 'token');
  if (source === undefined) return undefined;
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(source)) {
    throw new UsageError(
      'A token is not an argument: others could read it. Use --token - and the standard input, or a file.',
    );
  }
  const text = source === '-' ? await call.terminal.readInput() : await readTextFile(call, source);
  const token = text.trim().replace(/^Bearer +/i, '');
  if (token === '') throw new UsageError('There is no token on the standard input, or in the file.');
  return token;
}

export async function readTextFile({ terminal }: Call, path: string): Promise<string> {
  try {
    return await terminal.readFile(path);
  } catch {
    throw new UsageError(`The file ${path} cannot be read.`);
  }
}
