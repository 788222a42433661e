import { answersNeededBy, type HttpRequest, type Step, type Walkthrough, withAnswers } from './walkthrough.js';

const GRANT = 'grant_type=client_credentials&';

/** Shell functions for the commands of {@link curlCommand}: `token` asks for one, `member` reads an answer. */
export function curlFunctions({ tokenRequests }: Walkthrough): string[] {
  const [request] = tokenRequests.values();
  const { url = '', headers = {} } = request ?? {};
  const client = headers.Authorization?.replace('Basic ', '');
  const read = (path: string) => `node -p "JSON.parse(require('fs').readFileSync(0)).${path}"`;
  return [
    `token() { curl -s -u "${client}" -d "${GRANT}$1" "${url}" | ${read('access_token')}; }`,
    `member() { printf '%s' "$2" | tail -n 1 | ${read('$1')}; }`,
  ];
}

/** The step for a shell that knows {@link curlFunctions}. A named step keeps its answer in a variable of that name. */
export function curlCommand(step: Step, { tokenRequests }: Walkthrough): string {
  const answerOf = (name: string, path: string) => {
    const tokenRequest = tokenRequests.get(name);
    return tokenRequest === undefined
      ? `$(member ${path} "$${name}")`
      : `$(token "${tokenRequest.body.replace(GRANT, '')}")`;
  };
  const method = step.method === 'GET' ? [] : ['-X', step.method];
  const headers = Object.entries(step.headers).flatMap(([name, value]) => ['-H', quoted(`${name}: ${value}`)]);
  const body = step.body === '' ? [] : ['-d', quoted(step.body)];
  const command = withAnswers(['curl -i', ...method, ...headers, ...body, `"${step.url}"`].join(' '), answerOf);
  return step.name === undefined
    ? command
    : `${step.name}=$(${command.replace('-i', '-si')}); printf '%s\\n' "$${step.name}"`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\$`]/g, '\\$&')}"`;
}

/** Whether a step needs a token that only the local issuer makes. */
export function isLocalOnly(step: Step, { tokenRequests }: Walkthrough): boolean {
  return answersNeededBy(step).some((name) => isBadToken(tokenRequests.get(name)));
}

function isBadToken(request: HttpRequest | undefined): boolean {
  return new URLSearchParams(request?.body).has('demo');
}
