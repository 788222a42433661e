/** A request of a `.http` file. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request whose answer is foretold. */
export interface Step extends HttpRequest {
  readonly title: string;
  readonly status: number;
  /** The error code of the challenge, or the JSON body; empty where the status says all. */
  readonly expected: string;
}

export interface Walkthrough {
  /** The requests with a `# @name`: each asks for a token. */
  readonly tokenRequests: ReadonlyMap<string, HttpRequest>;
  readonly steps: readonly Step[];
}

/**
 * Reads `walkthrough.http`: the part of the REST Client's format that it uses, and the arrows.
 *
 * @param variables take the place of the `@variables` of the file
 */
export function parseWalkthrough(text: string, variables: Readonly<Record<string, string>> = {}): Walkthrough {
  const values = new Map<string, string>();
  const fill = (line: string) => line.replace(/\{\{(\w+)\}\}/g, (whole, name) => values.get(name) ?? whole);
  for (const [, name, value] of text.matchAll(/^@(\w+) = (.*)$/gm) as Iterable<[string, string, string]>) {
    values.set(name, variables[name] ?? fill(value));
  }

  const tokenRequests = new Map<string, HttpRequest>();
  const steps: Step[] = [];
  for (const block of text.split(/^### /m).slice(1).map(fill)) {
    const [, title = ''] = /^(.*)$/m.exec(block) ?? [];
    const [, name] = /^# @name (\w+)$/m.exec(block) ?? [];
    const [, status, expected = ''] = /^# → (\d{3})(?: (.+))?$/m.exec(block) ?? [];
    const request = parseRequest(block);
    if (name !== undefined) tokenRequests.set(name, request);
    else if (status !== undefined) steps.push({ title, status: Number(status), expected, ...request });
    else throw new Error(`walkthrough.http: "${title}" has neither a name nor an arrow.`);
  }
  return { tokenRequests, steps };
}

function parseRequest(block: string): HttpRequest {
  const [head = '', body = ''] = block.split(/\n\n/);
  const [requestLine = '', ...headerLines] = head
    .split('\n')
    .slice(1)
    .filter((line) => !line.startsWith('#'));
  const [method = '', url = ''] = requestLine.split(' ');
  const headers = headerLines.filter((line) => line !== '').map((line) => line.split(/: (.*)/).slice(0, 2));
  return { method, url, headers: Object.fromEntries(headers), body: body.trim() };
}

/** Puts tokens where a text refers to the answer of a named token request. */
export function withTokens(text: string, tokenOf: (name: string) => string): string {
  return text.replace(/\{\{(\w+)\.response\.body\.access_token\}\}/g, (_, name) => tokenOf(name));
}

/** The names of the token requests that a step refers to. */
export function tokensOf(step: HttpRequest): string[] {
  const names = new Set<string>();
  for (const text of [step.url, ...Object.values(step.headers)]) {
    withTokens(text, (name) => {
      names.add(name);
      return '';
    });
  }
  return [...names];
}
