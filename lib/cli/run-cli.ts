import { parseArgs } from 'node:util';
import { COMMANDS } from './commands.js';
import {
  type Call,
  type Command,
  EXIT,
  type ExitCode,
  type Outcome,
  type Terminal,
  toPrintable,
  UsageError,
} from './terminal.js';

/**
 * Runs one command line, without the name of the program.
 *
 * @returns the exit code: 0 permit or success, 1 deny or a problem found, 2 a wrong call, 3 cannot tell
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name = '', ...rest] = args;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const wantsHelp = args.some((each) => each === '--help' || each === '-h');
  if (command === undefined) {
    (wantsHelp || name === 'help' ? terminal.out : terminal.err)(helpText());
    return wantsHelp || name === 'help' ? EXIT.permit : EXIT.usage;
  }
  if (wantsHelp) {
    terminal.out(helpFor(name, command));
    return EXIT.permit;
  }
  return runCommand(name, command, rest, terminal);
}

async function runCommand(
  name: string,
  command: Command,
  rest: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const printable = {
    ...terminal,
    out: (text: string) => terminal.out(toPrintable(text)),
    err: (text: string) => terminal.err(toPrintable(text)),
  };
  try {
    const call = parseCall(command, rest, printable);
    const outcome = await command.run(call);
    if (outcome !== undefined) print(outcome, call, terminal);
    return outcome?.code ?? EXIT.permit;
  } catch (error) {
    const isUsage = error instanceof UsageError || error instanceof TypeError;
    const message = error instanceof Error ? error.message : String(error);
    printable.err(`scopegate ${name}: ${message}\n${isUsage ? `\n${helpFor(name, command)}` : ''}`);
    return isUsage ? EXIT.usage : EXIT.unknown;
  }
}

function parseCall(command: Command, rest: readonly string[], terminal: Terminal): Call {
  const { positionals, values } = parse(command, rest);
  const [least, most] = command.arguments;
  if (positionals.length < least || positionals.length > most) {
    throw new UsageError(
      `It takes ${least === most ? least : `${least} to ${most}`} arguments, not ${positionals.length}.`,
    );
  }
  return { terminal, positionals, values: values as Call['values'] };
}

function parse(command: Command, rest: readonly string[]) {
  const options = { ...command.options, json: { type: 'boolean' as const } };
  try {
    return parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node repeats the argument, which may be a token.
    const { code } = error as { code?: string };
    const isUnknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    throw new UsageError(isUnknown ? 'There is no such option.' : 'An option lacks its value, or has one too many.');
  }
}

function print({ json, lines }: Outcome, { values }: Call, terminal: Terminal): void {
  const text = toPrintable(values.json === true ? JSON.stringify(json, null, 2) : lines.join('\n'));
  const shown = values.json !== true && terminal.isTerminal ? text.split('\n').map(colour).join('\n') : text;
  terminal.out(`${shown}\n`);
}

const COLOURS = { '✓': 32, '!': 33, '✗': 31 };

/** Colours the mark at the beginning of a line. */
function colour(line: string): string {
  const code = COLOURS[line.charAt(0) as keyof typeof COLOURS];
  return code === undefined ? line : `\u001b[${code}m${line.charAt(0)}\u001b[0m${line.slice(1)}`;
}

function helpText(): string {
  const width = Math.max(...Object.keys(COMMANDS).map(({ length }) => length));
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: scopegate <command> [options]

${rows.join('\n')}

Each command takes --json, and --help shows an example.
Exit codes: 0 permit, or success; 1 deny, or a problem; 2 a wrong call; 3 cannot tell.
`;
}

function helpFor(name: string, { usage, summary, example }: Command): string {
  return `Usage: scopegate ${`${name} ${usage}`.trim()} [--json]\n\n${summary}\n\nExample:\n  ${example}\n`;
}
