import { explain } from '../explain/explain.js';
import type { Explanation } from '../explain/explanation.js';
import { readUnverifiedToken, type UnverifiedToken } from '../explain/unverified-token.js';
import { covers } from '../scope/covers.js';
import { parseScope } from '../scope/grammar.js';
import { allOf } from '../scope/requirement.js';
import { type Call, type Command, EXIT, type Outcome, readToken, textOf, UsageError } from './terminal.js';

export const coversCommand: Command = {
  usage: '<held> <required>',
  summary: 'Whether a held scope covers a required one.',
  example: 'npx scopegate covers urn:opc:resource:consumer:paas::read urn:opc:resource:consumer:paas:analytics::read',
  options: {},
  arguments: [2, 2],
  run: async ({ positionals: [held = '', required = ''] }) => {
    for (const scope of [held, required]) parseScope(scope);
    const covered = covers(held, required);
    return {
      code: covered ? EXIT.permit : EXIT.deny,
      json: { held, required, covers: covered },
      lines: [covered ? `✓ ${held} covers ${required}` : `✗ ${held} does not cover ${required}`],
    };
  },
};

export const inspectCommand: Command = {
  usage: '--token <- | file>',
  summary: 'Shows a token. Nothing of it is verified.',
  example: 'pbpaste | npx scopegate inspect --token -',
  options: { token: { type: 'string' } },
  arguments: [0, 0],
  run: async (call) => {
    const { header, payload, scopes } = await readUnverified(call);
    const dates = (['iat', 'nbf', 'exp'] as const).map((name) => describeDate(name, payload[name], call));
    return {
      code: EXIT.permit,
      json: { verified: false, header, payload, scopes },
      lines: [
        '! Unverified: anybody can write such a token. The signature was not checked.',
        `header   ${JSON.stringify(header)}`,
        `payload  ${JSON.stringify(payload)}`,
        `scopes   ${[...scopes].join(' ') || 'none'}`,
        ...dates.filter((line) => line !== undefined),
      ],
    };
  },
};

function describeDate(name: string, value: unknown, { terminal }: Call): string | undefined {
  if (typeof value !== 'number' || Math.abs(value) > 1e11) return undefined;
  const seconds = Math.round(value - terminal.now() / 1000);
  const date = new Date(value * 1000).toISOString();
  return `${name.padEnd(8)} ${date} (${Math.abs(seconds)} s ${seconds < 0 ? 'ago' : 'from now'})`;
}

export const explainCommand: Command = {
  usage: '--token <- | file> | --held <scopes>  --require <scope> …',
  summary: 'Whether the scopes of a token, or those given, suffice; and what would help. The token is not verified.',
  example: "npx scopegate explain --held 'orders:read' --require orders:read --require orders:write",
  options: {
    token: { type: 'string' },
    held: { type: 'string' },
    require: { type: 'string', multiple: true },
  },
  arguments: [0, 0],
  run: async (call) => {
    const required = call.values.require as readonly string[] | undefined;
    if (required === undefined) throw new UsageError('Name what the route requires: --require <scope>.');
    const held = textOf(call, 'held');
    if ((held === undefined) === (call.values.token === undefined)) throw new UsageError('Give --token or --held.');
    const token = held === undefined ? await readUnverified(call) : undefined;
    const explanation = await explain({
      held: token?.scopes ?? held ?? '',
      payload: token?.payload ?? {},
      required: required.length === 1 ? (required[0] as string) : allOf(...required),
    });
    return describeExplanation(explanation);
  },
};

function describeExplanation(explanation: Explanation): Outcome {
  const { outcome, steps, missing = [], remedy, coverage = [] } = explanation;
  const permits = outcome === 'permit';
  return {
    code: permits ? EXIT.permit : EXIT.deny,
    json: { verified: false, ...explanation },
    lines: [
      permits ? '✓ permit (nothing of a token was verified)' : `✗ deny: ${explanation.reason}`,
      ...coverage.map(({ required, by }) => `  ${required} is covered by ${by}`),
      ...missing.map((scope) => `  ${scope} is missing`),
      ...steps.filter((step) => step.outcome === 'refused').map(({ detail }) => `  ${detail}`),
      ...(remedy === undefined ? [] : [`  What to do: ${remedy.sentence}`]),
    ],
  };
}

async function readUnverified(call: Call): Promise<UnverifiedToken> {
  const token = await readToken(call);
  if (token === undefined) throw new UsageError('Give the token by --token - and the standard input, or by a file.');
  const read = readUnverifiedToken(token);
  if (typeof read === 'string') throw new UsageError(read);
  return read;
}
