import { fillResponses, findResponseReferences, type HttpRequest, type Step, type Walkthrough } from './walkthrough.js';

const GRANT = 'grant_type=client_credentials&';
const KIND = 'kind=';

/** Shell functions for the commands of {@link curlCommand}: two request a token, `member` reads a member of a response. */
export function curlFunctions({ tokenRequests }: Walkthrough): string[] {
  const requests = [...tokenRequests.values()];
  const usual = requests.find((request) => !isBadToken(request));
  const bad = requests.find(isBadToken);
  const read = (path: string) => `node -p "JSON.parse(require('fs').readFileSync(0)).${path}"`;
  return [
    `token() { curl -s -u "${toCredentials(usual)}" -d "${GRANT}$1" "${usual?.url}" | ${read('access_token')}; }`,
    `bad_token() { curl -s -d "${KIND}$1" "${bad?.url}" | ${read('access_token')}; }`,
    `member() { printf '%s' "$2" | tail -n 1 | ${read('$1')}; }`,
  ];
}

/** The step for a shell that knows {@link curlFunctions}. A named step keeps its response in a variable of that name. */
export function curlCommand(step: Step, { tokenRequests }: Walkthrough): string {
  const readResponse = (name: string, path: string): string => {
    const request = tokenRequests.get(name);
    if (request === undefined) return `$(member ${path} "$${name}")`;
    if (isBadToken(request)) return `$(bad_token ${request.body.replace(KIND, '')})`;
    return `$(token "${request.body.replace(GRANT, '')}")`;
  };
  const method = step.method === 'GET' ? [] : ['-X', step.method];
  const { Authorization: authorization = '', ...others } = step.headers;
  const client = authorization.startsWith(BASIC) ? ['-u', quoted(authorization.slice(BASIC.length))] : [];
  const headers = Object.entries(client.length > 0 ? others : step.headers);
  const fields = headers.flatMap(([name, value]) => ['-H', quoted(`${name}: ${value}`)]);
  const body = step.body === '' ? [] : ['-d', quoted(step.body)];
  const parts = ['curl -i', ...method, ...client, ...fields, ...body, `"${step.url}"`];
  const command = fillResponses(parts.join(' '), readResponse);
  return step.name === undefined
    ? command
    : `${step.name}=$(${command.replace('-i', '-si')}); printf '%s\\n' "$${step.name}"`;
}

const BASIC = 'Basic ';

/** `id:secret` of HTTP Basic, as the REST Client and curl take it. */
function toCredentials(request: HttpRequest | undefined): string {
  return request?.headers.Authorization?.slice(BASIC.length) ?? '';
}

function quoted(text: string): string {
  return `"${text.replace(/["\\$`]/g, '\\$&')}"`;
}

/** Whether a step needs the local authorization server: for a bad token, or for one of an application made here. */
export function isLocalOnly(step: Step, walkthrough: Walkthrough): boolean {
  if (step.headers.Authorization?.startsWith(BASIC)) return true;
  return findResponseReferences(step).some((name) => {
    const request = walkthrough.tokenRequests.get(name);
    if (request !== undefined) return isBadToken(request);
    const earlier = walkthrough.steps.find((each) => each.name === name);
    return earlier !== undefined && isLocalOnly(earlier, walkthrough);
  });
}

function isBadToken({ body }: HttpRequest): boolean {
  return body.startsWith(KIND);
}
