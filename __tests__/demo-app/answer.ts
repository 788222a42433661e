import type { Step } from '../../demo-app/walkthrough.js';

/** What came back for a step. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly header: (name: string) => string | null | undefined;
  readonly body: string;
}

/** Checks that an answer is the one that the arrow of the step foretells, and a complete one of its kind. */
export function expectForetold({ status, header, body: text }: Answer, step: Step): void {
  const body = JSON.parse(text);
  const challenge = header('www-authenticate') ?? undefined;
  expect({ status, body }).toMatchObject({ status: step.status });
  if (step.status === 200) {
    expect(body).toEqual(JSON.parse(step.expected));
    expect(challenge).toBeUndefined();
    return;
  }
  const error = step.expected === '' ? undefined : step.expected;
  expect(challenge).toMatch(/^Bearer realm="/);
  expect(parameter(challenge, 'error')).toBe(error);
  expect(parameter(challenge, 'scope')).toBe(body.required_scope);
  expect(typeof body.required_scope).toBe(step.status === 403 ? 'string' : 'undefined');
  expect(body).toMatchObject({ status: step.status, ...(error !== undefined && { error }) });
  expect(header('content-type')).toBe('application/problem+json');
  expect(header('cache-control')).toBe('no-store');
}

function parameter(challenge: string | undefined, name: string): string | undefined {
  return new RegExp(`[ ,]${name}="([^"]*)"`).exec(challenge ?? '')?.[1];
}
