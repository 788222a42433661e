import type { Step } from '../../demo-app/walk/walkthrough.js';

/** A response to a step. */
export interface ReceivedResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly header: (name: string) => string | null | undefined;
  readonly body: string;
}

/** Checks that a response is the one that the arrow of the step names, and a complete one of its kind. */
export function expectResponse(response: ReceivedResponse, step: Step): void {
  const { status, header, body: text } = response;
  expect({ status, text }).toMatchObject({ status: step.status });
  if (status === 204) {
    expect(text).toBe('');
    return;
  }
  const body = JSON.parse(text);
  const isOfAdminApi = header('correlation-id') != null;
  const challenge = header('www-authenticate') ?? undefined;
  if (step.url.endsWith('/token')) {
    expectTokenResponse(response, body, step);
    return;
  }
  if (status < 300) {
    if (isOfAdminApi) expect(body).toMatchObject(JSON.parse(step.expected || '{}'));
    else expect(body).toEqual(JSON.parse(step.expected));
    expect(challenge).toBeUndefined();
    return;
  }
  expect(header('cache-control')).toBe('no-store');
  if (isOfAdminApi) expectAdminError(response, body, challenge, step);
  else expectChallenge(response, body, challenge, step);
}

/** RFC 6749 §5.1 and §5.2 */
function expectTokenResponse({ status, header }: ReceivedResponse, body: object, step: Step): void {
  expect(header('cache-control')).toBe('no-store');
  expect(header('content-type')).toMatch(/^application\/json/);
  if (status < 300) expect(body).toMatchObject({ ...JSON.parse(step.expected), access_token: expect.any(String) });
  else expect(body).toEqual({ error: step.expected, error_description: expect.any(String) });
}

function expectChallenge(
  { status, header }: ReceivedResponse,
  body: ProblemBody,
  challenge: string | undefined,
  step: Step,
) {
  const error = step.expected === '' ? undefined : step.expected;
  expect(challenge).toMatch(/^Bearer realm="/);
  expect(parameter(challenge, 'error')).toBe(error);
  expect(parameter(challenge, 'scope')).toBe(body.required_scope);
  expect(typeof body.required_scope).toBe(status === 403 ? 'string' : 'undefined');
  expect(body).toMatchObject({ status, ...(error !== undefined && { error }) });
  expect(header('content-type')).toBe('application/problem+json');
}

function expectAdminError(
  { header }: ReceivedResponse,
  body: ProblemBody,
  challenge: string | undefined,
  step: Step,
): void {
  expect(challenge === undefined ? body.code : parameter(challenge, 'error')).toBe(step.expected);
  expect(body.id).toBe(header('correlation-id'));
  expect(header('content-type')).toBe('application/json');
}

interface ProblemBody {
  readonly id?: string;
  readonly code?: string;
  readonly required_scope?: string;
}

function parameter(challenge: string | undefined, name: string): string | undefined {
  return new RegExp(`[ ,]${name}="([^"]*)"`).exec(challenge ?? '')?.[1];
}
