import type { Block, Page } from './pages.js';
import type { RunningPage } from './running-page.js';

/** What a page shows of a response, or what a command printed. */
interface Response {
  readonly status: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function parseResponse(text: string): Response {
  const lines = text.replaceAll('\r\n', '\n').trim().split('\n');
  if (!/^HTTP\/\d/.test(lines[0] ?? '')) return { status: undefined, headers: new Map(), body: text.trim() };
  const end = lines.includes('') ? lines.indexOf('') : lines.length;
  const fields = lines.slice(1, end).map((line) => /^([^:]+): *(.*)$/.exec(line) ?? [line, line, '']);
  return {
    status: lines[0],
    headers: new Map(fields.map(([, name, value]) => [(name as string).toLowerCase(), value as string])),
    body: lines
      .slice(end + 1)
      .join('\n')
      .trim(),
  };
}

/** JSON in one form, whatever its white space; any other text as it is. */
function canonical(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Whether a text is what a page shows: `…` stands for anything. */
function fits(shown: string, found: string): boolean {
  const pattern = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('[\\s\\S]*')}$`).test(found);
}

/**
 * What differs between the response that a page shows and what a command printed. A page may leave out headers, and the
 * whole body; it shows nothing that is not there.
 */
export function differences(shown: string, printed: string): string[] {
  const expected = parseResponse(shown);
  const found = parseResponse(printed);
  const differing: string[] = [];
  if (expected.status !== undefined && expected.status !== found.status) {
    differing.push(`the page shows ${expected.status}; the response is ${found.status ?? printed}`);
  }
  for (const [name, value] of expected.headers) {
    const real = found.headers.get(name);
    if (real === undefined || !fits(value, real)) differing.push(`the page shows ${name}: ${value}; it is ${real}`);
  }
  if (expected.body !== '' && !fits(canonical(expected.body), canonical(found.body))) {
    differing.push(`the page shows the body\n${expected.body}\nit is\n${found.body}`);
  }
  return differing;
}

const SHOWS_RESPONSE = new Set(['http', 'json', 'text']);

/** The commands of a page that send requests, each with the response that the page shows right after it. */
export function commandsOf({ blocks }: Page): { command: Block; shown: Block | undefined }[] {
  return blocks.flatMap((command, i) => {
    if (command.language !== 'sh' || !/\bcurl\b/.test(command.code)) return [];
    const next = blocks[i + 1];
    return [{ command, shown: next && SHOWS_RESPONSE.has(next.language) ? next : undefined }];
  });
}

/** Runs the commands of a page, in their order and in one shell; what differs from the page. */
export async function walk(
  page: Page,
  running: RunningPage,
  env?: Readonly<Record<string, string>>,
): Promise<string[]> {
  const commands = commandsOf(page);
  const outputs = await running.runShell(
    commands.map(({ command }) => command),
    env,
  );
  return commands.flatMap(({ command, shown }, i) =>
    shown === undefined
      ? []
      : differences(shown.code, outputs[i] as string).map((each) => `${page.path}:${command.line}: ${each}`),
  );
}
