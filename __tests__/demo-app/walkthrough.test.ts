import { type Demo, startDemo } from '../../demo-app/start.js';
import {
  type HttpRequest,
  parseWalkthrough,
  tokensOf,
  type Walkthrough,
  withTokens,
} from '../../demo-app/walkthrough.js';
import { readText } from '../support/sources.js';
import { expectForetold } from './answer.js';

const file = readText('demo-app/walkthrough.http');
const written = parseWalkthrough(file);
const titles = written.steps.map(({ title, status, expected }) => `${title} → ${status} ${expected}`.trim());

describe('each step answers as written', () => {
  const lines: string[] = [];
  const tokens = new Map<string, string>();
  let demo: Demo;
  let walkthrough: Walkthrough;

  beforeAll(async () => {
    demo = await startDemo({ port: 0 }, (line) => lines.push(line));
    walkthrough = parseWalkthrough(file, { host: demo.url });
    for (const [name, request] of walkthrough.tokenRequests) {
      const response = await send(request);
      const { access_token: token } = (await response.json()) as { access_token: string };
      tokens.set(name, token);
    }
  });

  afterAll(() => {
    demo.server.close();
    demo.server.closeAllConnections();
  });

  test.each(titles.map((title, index) => ({ title, index })))('$title', async ({ index }) => {
    const step = walkthrough.steps[index];
    if (step === undefined) throw new Error('The steps depend on the host.');
    const response = await send(step, (name) => tokens.get(name) ?? '');
    const { status, headers } = response;
    expectForetold({ status, header: (name) => headers.get(name), body: await response.text() }, step);
  });

  test('each decision was printed as one line, and no token ever', () => {
    const undecided = written.steps.filter(({ url }) => new URL(url).pathname === '/');

    expect(lines).toHaveLength(written.steps.length - undecided.length);
    expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
    for (const token of tokens.values()) expect(lines.join('\n')).not.toContain(token.split('.')[2]);
  });
});

describe('the file', () => {
  test('shows every kind of answer that is the fault of a client', () => {
    const kinds = new Set(
      written.steps.map(({ status, expected }) => (status === 200 ? '200' : `${status} ${expected}`)),
    );

    expect([...kinds].sort()).toEqual(
      ['200', '400 invalid_request', '401 ', '401 invalid_token', '403 insufficient_scope'].sort(),
    );
  });

  test('uses every token that it asks for, and asks for every one that it uses', () => {
    const used = new Set(written.steps.flatMap(tokensOf));

    expect([...used].sort()).toEqual([...written.tokenRequests.keys()].sort());
  });

  test('asks for all tokens in the same way', () => {
    const ways = [...written.tokenRequests.values()].map(({ body: _, ...way }) => JSON.stringify(way));

    expect(new Set(ways).size).toBe(1);
  });

  test('has no variable without a value, and each step under its own title', () => {
    const texts = written.steps.map((step) => withTokens(JSON.stringify(step), () => ''));

    expect(texts.filter((text) => text.includes('{{'))).toEqual([]);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('cannot hold a step that foretells nothing', () => {
    expect(() => parseWalkthrough('### A step\nGET http://127.0.0.1/\n')).toThrow('"A step" has neither');
  });
});

/** Sends a request as the REST Client does, which writes `Basic user:password` in base64. */
function send({ method, url, headers, body }: HttpRequest, tokenOf = (name: string) => name): Promise<Response> {
  const sent = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    withTokens(value, tokenOf).replace(/(?<=^Basic ).*:.*/, (client) => Buffer.from(client).toString('base64')),
  ]);
  return fetch(withTokens(url, tokenOf), { method, headers: sent, ...(body !== '' && { body }) });
}
