import { createHash } from 'node:crypto';
import { type Demo, startDemo } from '../../demo-app/start.js';
import { StepSender } from '../../demo-app/walk/run.js';
import { signIn } from '../../demo-app/walk/sign-in.js';
import {
  FILLED_BY_SENDER,
  fillResponses,
  findResponseReferences,
  parseWalkthrough,
  SENDER,
  type Walkthrough,
} from '../../demo-app/walk/walkthrough.js';
import { readText } from '../support/sources.js';
import { describeEachEngine } from '../support/stores.js';
import { expectResponse } from './fixtures/expected-response.js';

jest.setTimeout(60_000);

const files = ['walkthrough.http', 'sign-in.http'] as const;
const written = Object.fromEntries(
  files.map((file) => [file, parseWalkthrough(readText(`demo-app/${file}`), FILLED_BY_SENDER)]),
) as Readonly<Record<(typeof files)[number], Walkthrough>>;

describeEachEngine((engine) => {
  const lines: string[] = [];
  let demo: Demo;

  beforeAll(async () => {
    const { address: database } = await engine.database();
    demo = await startDemo({ port: 0, database }, (line) => lines.push(line));
  });

  afterAll(() => {
    demo?.server.close();
    demo?.server.closeAllConnections();
  });

  describe.each(files)('%s', (file) => {
    const titles = written[file].steps.map(({ title, status, expected }) => `${title} → ${status} ${expected}`.trim());
    let walkthrough: Walkthrough;
    let sender: StepSender;

    beforeAll(() => {
      const { shown } = demo.local ?? {};
      const person = { name: shown?.users[0] ?? '', password: shown?.password ?? '' };
      const variables = { host: demo.url, ...shown?.operator, ...FILLED_BY_SENDER };
      walkthrough = parseWalkthrough(readText(`demo-app/${file}`), variables);
      sender = new StepSender(walkthrough, '1', () => signIn(String(walkthrough.variables.get('link')), person));
    });

    test.each(titles.map((title, index) => ({ title, index })))('responds as written: $title', async ({ index }) => {
      const step = walkthrough.steps[index];
      if (step === undefined) throw new Error('The steps depend on the host.');
      const { status, headers, body } = await sender.send(step);
      const expected = { ...step, expected: sender.fill(step.expected) };
      expectResponse({ status, header: (name) => headers.get(name), body }, expected);
    });
  });

  test('prints each decision as one line and never prints a token', () => {
    const steps = files.flatMap((file) => written[file].steps);
    const decided = steps.filter(({ url }) => !url.endsWith('/') && !url.endsWith('/token'));

    expect(lines).toHaveLength(decided.length);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    expect(lines.join('\n')).not.toContain('eyJ');
  });
});

describe('the files', () => {
  test('shows every kind of client error response', () => {
    const kinds = new Set(
      written['walkthrough.http'].steps.map(({ status, expected }) =>
        status < 300 ? String(status) : `${status} ${expected}`,
      ),
    );
    const ofToken = ['400 invalid_scope', '400 unauthorized_client'];
    const ofGate = ['200', '400 invalid_request', '401 ', '401 invalid_token', '403 insufficient_scope'];
    const ofAdministration = ['201', '204', '400 INVALID_DATA', '404 NOT_FOUND', '412 REQUEST_FAILED'];

    expect([...kinds].sort()).toEqual([...ofGate, ...ofAdministration, ...ofToken].sort());
  });

  test.each(files)('%s uses every named response and names every response that it uses', (file) => {
    const { steps, tokenRequests } = written[file];
    const used = new Set([...steps, ...tokenRequests.values()].flatMap(findResponseReferences));
    const named = [SENDER, ...tokenRequests.keys(), ...steps.flatMap(({ name }) => name ?? [])];

    expect([...used].sort()).toEqual(named.sort());
  });

  test('requests all good tokens in one way and all bad tokens in another', () => {
    const ways = [...written['walkthrough.http'].tokenRequests.values()].map(({ body: _, ...way }) =>
      JSON.stringify(way),
    );

    expect([...new Set(ways)]).toEqual([expect.stringContaining('/bad-tokens'), expect.stringContaining('/v1/token')]);
  });

  test.each(files)('%s gives every variable a value and every step its own title', (file) => {
    const { steps } = written[file];
    const titles = steps.map(({ title }) => title);
    const texts = steps.map((step) => fillResponses(JSON.stringify(step), () => ''));

    expect(texts.filter((text) => text.includes('{{'))).toEqual([]);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('sign-in.http uses the challenge of its own verifier', () => {
    const { verifier = '', challenge } = Object.fromEntries(written['sign-in.http'].variables);

    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(challenge);
  });

  test('rejects a step without an expected response', () => {
    expect(() => parseWalkthrough('### A step\nGET http://127.0.0.1/\n')).toThrow('"A step" has neither');
  });
});
