import { type HttpRequest, type Step, tokensOf, type Walkthrough, withTokens } from './walkthrough.js';

const GRANT = 'grant_type=client_credentials&';

/** A shell function that asks for a token, for the commands of {@link curlCommand}. */
export function curlTokenFunction({ tokenRequests }: Walkthrough): string {
  const [request] = tokenRequests.values();
  const { url = '', headers = {} } = request ?? {};
  const client = headers.Authorization?.replace('Basic ', '');
  const readToken = `node -p "JSON.parse(require('fs').readFileSync(0)).access_token"`;
  return `token() { curl -s -u "${client}" -d "${GRANT}$1" "${url}" | ${readToken}; }`;
}

/** The step for a shell that knows {@link curlTokenFunction}. */
export function curlCommand(step: Step, { tokenRequests }: Walkthrough): string {
  const tokenOf = (name: string) => `$(token "${tokenRequests.get(name)?.body.replace(GRANT, '')}")`;
  const method = step.method === 'GET' ? [] : ['-X', step.method];
  const headers = Object.entries(step.headers).flatMap(([name, value]) => ['-H', `"${name}: ${value}"`]);
  return withTokens(['curl -i', ...method, ...headers, `"${step.url}"`].join(' '), tokenOf);
}

/** Whether a step needs a token that only the local issuer makes. */
export function isLocalOnly(step: Step, { tokenRequests }: Walkthrough): boolean {
  return tokensOf(step).some((name) => isBadToken(tokenRequests.get(name)));
}

function isBadToken(request: HttpRequest | undefined): boolean {
  return new URLSearchParams(request?.body).has('demo');
}
