import {
  FILLED_BY_SENDER,
  fillResponses,
  findResponseReferences,
  type HttpRequest,
  SENDER,
  type Step,
  type Walkthrough,
} from './walkthrough.js';

/** A response, with its body as text. */
export interface StepResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends the steps of a walk-through, and keeps the responses that later steps refer to. */
export class StepSender {
  readonly #walkthrough: Walkthrough;
  readonly #signIn: (() => Promise<string>) | undefined;
  readonly #responses = new Map<string, unknown>();

  /**
   * @param run distinguishes the names of this walk
   * @param signIn signs a person in and resolves with the code; called once, for the first step that needs it
   */
  constructor(walkthrough: Walkthrough, run: string, signIn?: () => Promise<string>) {
    this.#walkthrough = walkthrough;
    this.#signIn = signIn;
    this.#responses.set(SENDER, { run });
  }

  /** Requests the tokens that the step still needs, then sends it. */
  async send(step: Step): Promise<StepResponse> {
    await this.#prepare(step);
    const response = await this.#fetch(step);
    const body = await response.text();
    if (step.name !== undefined && response.ok) this.#responses.set(step.name, JSON.parse(body));
    return { status: response.status, headers: response.headers, body };
  }

  /** Replaces references to earlier responses. */
  fill(text: string): string {
    return fillResponses(text, (name, path) => String(readMember(this.#responses.get(name), path)));
  }

  async #prepare(step: Step): Promise<void> {
    if (step.body.includes(FILLED_BY_SENDER.code)) {
      const sender = this.#responses.get(SENDER) as object;
      this.#responses.set(SENDER, { ...sender, code: await this.#signIn?.() });
    }
    for (const name of findResponseReferences(step)) {
      const request = this.#walkthrough.tokenRequests.get(name);
      if (request === undefined || this.#responses.has(name)) continue;
      this.#responses.set(name, await (await this.#fetch(request)).json());
    }
  }

  /** The REST Client writes `Basic user:password` in base64. */
  #fetch({ method, url, headers, body }: HttpRequest): Promise<Response> {
    const sent = Object.entries(headers).map(([name, value]): [string, string] => [
      name,
      this.fill(value).replace(/(?<=^Basic ).*:.*/, (client) => Buffer.from(client).toString('base64')),
    ]);
    return fetch(this.fill(url), { method, headers: sent, ...(body !== '' && { body: this.fill(body) }) });
  }
}

/** `_embedded.environments[0].id` of a response. */
function readMember(response: unknown, path: string): unknown {
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '');
  return parts.reduce((value, part) => (value as Readonly<Record<string, unknown>> | undefined)?.[part], response);
}

/**
 * Sends every step, and prints each request with its response.
 *
 * @returns the titles of the steps whose status or error code differs from the arrow
 */
export async function runWalk(
  sender: StepSender,
  steps: readonly Step[],
  print: (text: string) => void,
): Promise<string[]> {
  const unexpected: string[] = [];
  for (const step of steps) {
    const response = await sender.send(step);
    const isExpected = response.status === step.status && hasExpectedCode(response, step);
    if (!isExpected) unexpected.push(step.title);
    print(describeStep(sender, step, response, isExpected));
  }
  return unexpected;
}

/** Where the arrow names an error code, the challenge or the body has it. */
function hasExpectedCode({ headers, body }: StepResponse, { status, expected }: Step): boolean {
  return status < 400 || `${headers.get('www-authenticate')} ${body}`.includes(expected);
}

function describeStep(sender: StepSender, step: Step, response: StepResponse, isExpected: boolean): string {
  const { status, headers, body } = response;
  const challenge = headers.get('www-authenticate');
  const lines = [
    `${isExpected ? '✓' : '✗'} ${step.title}`,
    `  ${step.method} ${hideSecrets(sender.fill(step.url))}`,
    ...(step.body === '' ? [] : [`  ${hideSecrets(sender.fill(step.body))}`]),
    `  → ${status}${isExpected ? '' : ` (expected: ${`${step.status} ${step.expected}`.trimEnd()})`}`,
    ...(challenge === null ? [] : [`    WWW-Authenticate: ${challenge}`]),
    ...(body === '' ? [] : [`    ${hideSecrets(body)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Only the first characters of tokens and secrets are shown, since a terminal keeps its output. */
function hideSecrets(text: string): string {
  const inJson = /("(?:access_token|refresh_token|secret)"\s*:\s*"[^"]{8})[^"]*/g;
  const inForm = /((?:^|[?&])(?:access_token|refresh_token|code)=[^&]{8})[^&]*/g;
  return text.replace(inJson, '$1…').replace(inForm, '$1…');
}
