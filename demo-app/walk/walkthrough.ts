/** A request of a `.http` file. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request with its expected response. */
export interface Step extends HttpRequest {
  readonly title: string;
  /** The name by which later steps refer to the response. */
  readonly name?: string;
  readonly status: number;
  /**
   * The error code of the challenge or of the admin API, or the JSON body, or the members of it that matter; empty where
   * the status says all.
   */
  readonly expected: string;
}

export interface Walkthrough {
  /** The `@variables` of the file. */
  readonly variables: ReadonlyMap<string, string>;
  /** The requests with a `# @name` and no arrow: each requests a token. */
  readonly tokenRequests: ReadonlyMap<string, HttpRequest>;
  readonly steps: readonly Step[];
}

/**
 * Reads a `.http` file of the demo: the part of the REST Client's format that it uses, and the arrows.
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
    if (status !== undefined) {
      steps.push({ title, ...(name !== undefined && { name }), status: Number(status), expected, ...request });
    } else if (name !== undefined) tokenRequests.set(name, request);
    else throw new Error(`"${title}" has neither a name nor an arrow.`);
  }
  return { variables: values, tokenRequests, steps };
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

/** Values that the sender provides, such as the code of a sign-in: `{{sender.response.body.code}}`. */
export const SENDER = 'sender';

/** The variables that the sender fills in: `run` makes names unique, `code` comes from the sign-in. */
export const FILLED_BY_SENDER = {
  run: `{{${SENDER}.response.body.run}}`,
  code: `{{${SENDER}.response.body.code}}`,
} as const;

const REFERENCE = /\{\{(\w+)\.response\.body\.([\w.[\]]+)\}\}/g;

/** Replaces each reference to the response of an earlier request; `path` is the path of a member of its body. */
export function fillResponses(text: string, readResponse: (name: string, path: string) => string): string {
  return text.replace(REFERENCE, (_, name, path) => readResponse(name, path));
}

/** The names of the requests whose responses a step refers to. */
export function findResponseReferences(step: HttpRequest): string[] {
  const names = new Set<string>();
  for (const text of [step.url, step.body, ...Object.values(step.headers)]) {
    for (const [, name] of text.matchAll(REFERENCE)) names.add(name as string);
  }
  return [...names];
}
