import { type Demo, startDemo } from '../../demo-app/start.js';
import {
  fillResponses,
  findResponseReferences,
  type HttpRequest,
  parseWalkthrough,
  type Walkthrough,
} from '../../demo-app/walkthrough.js';
import { readText } from '../support/sources.js';
import { describeEachEngine } from '../support/stores.js';
import { expectForetold } from './answer.js';

jest.setTimeout(60_000);

const file = readText('demo-app/walkthrough.http');
const written = parseWalkthrough(file);
const titles = written.steps.map(({ title, status, expected }) => `${title} → ${status} ${expected}`.trim());

describeEachEngine((engine) => {
  const lines: string[] = [];
  const answers = new Map<string, unknown>();
  const readResponse = (name: string, path: string) => String(memberAt(answers.get(name), path));
  let demo: Demo;
  let walkthrough: Walkthrough;

  beforeAll(async () => {
    const { address: database } = await engine.database();
    demo = await startDemo({ port: 0, database }, (line) => lines.push(line));
    walkthrough = parseWalkthrough(file, { host: demo.url, ...demo.local?.shown.operator });
  });

  async function getTokensFor(step: HttpRequest): Promise<void> {
    for (const name of findResponseReferences(step)) {
      const request = walkthrough.tokenRequests.get(name);
      if (request !== undefined && !answers.has(name))
        answers.set(name, await (await send(request, readResponse)).json());
    }
  }

  afterAll(() => {
    demo?.server.close();
    demo?.server.closeAllConnections();
  });

  test.each(titles.map((title, index) => ({ title, index })))('responds as written: $title', async ({ index }) => {
    const step = walkthrough.steps[index];
    if (step === undefined) throw new Error('The steps depend on the host.');
    await getTokensFor(step);
    const response = await send(step, readResponse);
    const { status, headers } = response;
    const body = await response.text();
    expectForetold({ status, header: (name) => headers.get(name), body }, step);
    if (step.name !== undefined) answers.set(step.name, JSON.parse(body));
  });

  test('prints each decision as one line and never prints a token', () => {
    const undecided = written.steps.filter(({ url }) => url.endsWith('/') || url.endsWith('/token'));

    expect(lines).toHaveLength(written.steps.length - undecided.length);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    for (const name of walkthrough.tokenRequests.keys()) {
      expect(lines.join('\n')).not.toContain(readResponse(name, 'access_token').split('.')[2]);
    }
  });
});

describe('walkthrough.http', () => {
  test('shows every kind of client error response', () => {
    const kinds = new Set(
      written.steps.map(({ status, expected }) => (status < 300 ? String(status) : `${status} ${expected}`)),
    );
    const ofToken = ['400 invalid_scope', '400 unauthorized_client'];
    const ofGate = ['200', '400 invalid_request', '401 ', '401 invalid_token', '403 insufficient_scope'];
    const ofAdministration = ['201', '204', '400 INVALID_DATA', '404 NOT_FOUND', '412 REQUEST_FAILED'];

    expect([...kinds].sort()).toEqual([...ofGate, ...ofAdministration, ...ofToken].sort());
  });

  test('uses every named response and names every response that it uses', () => {
    const used = new Set([...written.steps, ...written.tokenRequests.values()].flatMap(findResponseReferences));
    const named = [...written.tokenRequests.keys(), ...written.steps.flatMap(({ name }) => name ?? [])];

    expect([...used].sort()).toEqual(named.sort());
  });

  test('requests all good tokens in one way and all bad tokens in another', () => {
    const ways = [...written.tokenRequests.values()].map(({ body: _, ...way }) => JSON.stringify(way));

    expect([...new Set(ways)]).toEqual([expect.stringContaining('/bad-tokens'), expect.stringContaining('/v1/token')]);
  });

  test('gives every variable a value and every step its own title', () => {
    const texts = written.steps.map((step) => fillResponses(JSON.stringify(step), () => ''));

    expect(texts.filter((text) => text.includes('{{'))).toEqual([]);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('rejects a step without an expected response', () => {
    expect(() => parseWalkthrough('### A step\nGET http://127.0.0.1/\n')).toThrow('"A step" has neither');
  });
});

/** Sends a request as the REST Client does, which writes `Basic user:password` in base64. */
function send({ method, url, headers, body }: HttpRequest, readResponse = (name: string, _path: string) => name) {
  const sent = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    fillResponses(value, readResponse).replace(/(?<=^Basic ).*:.*/, (client) => Buffer.from(client).toString('base64')),
  ]);
  return fetch(fillResponses(url, readResponse), {
    method,
    headers: sent,
    ...(body !== '' && { body: fillResponses(body, readResponse) }),
  });
}

/** `_embedded.environments[0].id` of an answer. */
function memberAt(answer: unknown, path: string): unknown {
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '');
  return parts.reduce((value, part) => (value as Readonly<Record<string, unknown>>)[part], answer);
}
