import {
  FILLED_BY_SENDER,
  fillResponses,
  findResponseReferences,
  type HttpRequest,
  SENDER,
  type Step,
  type Walkthrough,
} from './walkthrough.js';

const GRANT = 'grant_type=client_credentials&';
const KIND = 'kind=';
const BASIC = 'Basic ';

/** The people and the link of a sign-in; a script without it leaves the sign-in out. */
export interface SignIn {
  readonly walkthrough: Walkthrough;
  readonly user: string;
  readonly password: string;
}

/**
 * Both walk-throughs as one script for `bash`, `zsh` or any POSIX shell with curl and node: functions first, then for each
 * step a line that prints its title and its expected response, and a command. It can be pasted or run as a file, and run
 * again after an interruption.
 */
export function toShellScript(walkthrough: Walkthrough, signIn?: SignIn): string {
  const isLocal = signIn !== undefined;
  const steps = walkthrough.steps.filter((step) => isLocal || !isLocalOnly(step, walkthrough));
  const lines = [
    ...shellFunctions(walkthrough, isLocal),
    'run=$(date +%s)',
    ...steps.flatMap((step) => [titleCommand(step), curlCommand(step, walkthrough)]),
  ];
  if (signIn === undefined) return lines.join('\n');
  const { link } = Object.fromEntries(signIn.walkthrough.variables);
  return [
    ...lines,
    signInFunction(signIn),
    ...signIn.walkthrough.steps.flatMap((step) => [
      titleCommand(step),
      ...(step.body.includes(FILLED_BY_SENDER.code) ? [`code=$(sign_in ${quoted(String(link))})`] : []),
      curlCommand(step, signIn.walkthrough),
    ]),
  ].join('\n');
}

/** Two request a token, `member` reads a member of a response. */
function shellFunctions({ tokenRequests }: Walkthrough, isLocal: boolean): string[] {
  const requests = [...tokenRequests.values()];
  const usual = requests.find((request) => !isBadToken(request));
  const bad = requests.find(isBadToken);
  const read = (path: string) => `node -p "JSON.parse(require('fs').readFileSync(0)).${path}"`;
  const credentials = usual?.headers.Authorization?.slice(BASIC.length) ?? '';
  return [
    `token() { curl -s -u "${credentials}" -d "${GRANT}$1" "${usual?.url}" | ${read('access_token')}; }`,
    ...(isLocal ? [`bad_token() { curl -s -d "${KIND}$1" "${bad?.url}" | ${read('access_token')}; }`] : []),
    `member() { printf '%s' "$2" | tail -n 1 | ${read('$1')}; }`,
  ];
}

/** Signs in as a browser does: follows redirects with cookies, sends both forms, and reads the code at the end. */
function signInFunction({ user, password }: SignIn): string {
  const follow = `curl -s -L -c "$jar" -b "$jar" -o /dev/null -w '%{url_effective}'`;
  return [
    'sign_in() { jar=$(mktemp)',
    `  page=$(${follow} "$1")`,
    `  page=$(${follow} -d ${quoted(`name=${user}&password=${password}`)} "$page/login")`,
    `  ${follow} -d '' "$page/consent" | sed 's/.*[?&]code=\\([^&]*\\).*/\\1/'`,
    '  rm "$jar"; }',
  ].join('\n');
}

function titleCommand({ title, status, expected }: Step): string {
  const text = fillResponses(`${title} → ${status} ${expected}`.trimEnd(), (_, path) => `$${path}`);
  return `printf '\\n%s\\n' '${text.replaceAll("'", "'\\''")}'`;
}

/** A named step keeps its response in a variable of that name. */
function curlCommand(step: Step, { tokenRequests }: Walkthrough): string {
  const readResponse = (name: string, path: string): string => {
    if (name === SENDER) return `$${path}`;
    const request = tokenRequests.get(name);
    if (request === undefined) return `$(member '${path}' "$${name}")`;
    if (isBadToken(request)) return `$(bad_token ${request.body.replace(KIND, '')})`;
    return `$(token "${request.body.replace(GRANT, '')}")`;
  };
  const method = step.method === 'GET' ? [] : ['-X', step.method];
  const { Authorization: authorization = '', ...others } = step.headers;
  const client = authorization.startsWith(BASIC) ? ['-u', quoted(authorization.slice(BASIC.length))] : [];
  const headers = Object.entries(client.length > 0 ? others : step.headers);
  const fields = headers.flatMap(([name, value]) => ['-H', quoted(`${name}: ${value}`)]);
  const body = step.body === '' ? [] : ['-d', quoted(step.body)];
  const parts = ['curl -si', ...method, ...client, ...fields, ...body, quoted(step.url)];
  const command = fillResponses(parts.join(' '), readResponse);
  return step.name === undefined ? command : `${step.name}=$(${command}); printf '%s\\n' "$${step.name}"`;
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
