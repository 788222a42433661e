import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type DpopClient, dpopClient } from '../express/oauth2-jwt-bearer/fixtures/proofs.js';
import type { VerifierKind } from './gate-process.js';
import type { GateProcess } from './gate-processes.js';
import { AUDIENCE, claims, forge, ISSUER, type SigningKey, signingKey } from './tokens.js';

/** What came back for one token. */
export interface Answered {
  readonly token: keyof typeof DUE;
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
  readonly milliseconds: number;
}

/** A gate in a process of its own, whose keys come from an endpoint that is up to something. */
export interface Trial {
  /** Sends a good token that this key has signed, another one each time; the status. */
  send(key: SigningKey): Promise<number>;
  /** Sends a token that bears this `kid`, signed by nobody's key; the status. */
  sendForged(kid: string): Promise<number>;
  /** Sends a token of a key that was published once, which may be known still or not; the status. */
  sendWithdrawn(key: SigningKey): Promise<number>;
  /** Sends such a token, and hangs up after `then` without an answer. */
  hangUp(key: SigningKey, then: Promise<unknown>): Promise<void>;
  /** As time passes: both clocks of the process. */
  pass(milliseconds: number): Promise<void>;
  /** As an operator sets the time of day. */
  setTime(milliseconds: number): Promise<void>;
  /**
   * What holds whatever the endpoint did: a good token was let through or told to come back, a forged one never let
   * through, nobody waited for more than 8 s or was told about the endpoint, and the process runs, is silent and has not
   * grown by 100 MB.
   */
  expectSound(): Promise<void>;
}

/** The answers that each kind of token may get, beside 503. */
const DUE = { good: [200], forged: [401], withdrawn: [200, 401] };
const LONGEST_WAIT = 8000;
const ABORTED_AFTER = 10_000;
const GREATEST_GROWTH = 100_000_000;
const YEARS = 2 * 365 * 24 * 3600;

const stranger = signingKey('ES256', 'of nobody');
let client: Promise<DpopClient> | undefined;
let tokens = 0;

export async function startTrial(gates: GateProcess, kind: VerifierKind, url: string): Promise<Trial> {
  const jwksUri = `${url}/jwks`;
  const path = await gates.do({ do: 'mount', kind, keysFrom: { issuer: ISSUER, audience: AUDIENCE, jwksUri } });
  const target = `${gates.origin}${path}`;
  const answers: Answered[] = [];

  async function send(is: Answered['token'], kid: string, key: SigningKey): Promise<number> {
    const answer = { token: is, ...(await ask(target, await headersFor(kind, kid, key, target))) };
    answers.push(answer);
    return answer.status;
  }

  return {
    send: (key) => send('good', key.kid, key),
    sendForged: (kid) => send('forged', kid, stranger),
    sendWithdrawn: (key) => send('withdrawn', key.kid, key),
    async hangUp(key, then) {
      const asking = request(target, { headers: await headersFor(kind, key.kid, key, target), agent: false }).end();
      asking.on('error', () => undefined); // its own end
      await once(asking, 'finish');
      await then;
      asking.destroy();
    },
    pass: async (milliseconds) => void (await gates.do({ do: 'shift', wall: milliseconds, monotonic: milliseconds })),
    setTime: async (milliseconds) => void (await gates.do({ do: 'shift', wall: milliseconds, monotonic: 0 })),
    async expectSound() {
      const growth = await gates.do({ do: 'measure' });
      expect(answers.filter(isUnsound)).toEqual([]);
      expect(answers.filter(({ body }) => body.includes(url) || body.includes('ECONN'))).toEqual([]);
      expect(growth).toBeLessThan(GREATEST_GROWTH);
      expect({ isRunning: gates.isRunning, stderr: gates.stderr }).toEqual({ isRunning: true, stderr: '' });
    },
  };
}

/** Four who send again and again until they are told to stop; gives what they got, each answer once. */
export function startLoad(send: () => Promise<number>): () => Promise<number[]> {
  let goesOn = true;
  const statuses = new Set<number>();
  const lanes = times(4, async () => {
    while (goesOn) statuses.add(await send());
  });
  return async () => {
    goesOn = false;
    await Promise.all(lanes);
    return [...statuses];
  };
}

export function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** So many times the same status. */
export function allOf(count: number, status: number): number[] {
  return times(count, () => status);
}

function isUnsound({ token, status, retryAfter, milliseconds }: Answered): boolean {
  const isOutage = status === 503 && /^(?:[1-9]|[12]\d|30)$/.test(retryAfter ?? '');
  return !(isOutage || DUE[token].includes(status)) || milliseconds > LONGEST_WAIT;
}

/** As a client sends such tokens: bound to a key of its own where the verifier is one for that. */
async function headersFor(kind: VerifierKind, kid: string, key: SigningKey, url: string) {
  const now = Math.floor(Date.now() / 1000);
  const isBound = kind === 'senderConstrainedVerifier';
  client ??= dpopClient();
  const { jkt, proof } = await client;
  const over = { jti: `${++tokens}`, iat: now - YEARS, exp: now + YEARS, ...(isBound && { cnf: { jkt } }) };
  const token = forge({ alg: key.alg, kid }, claims(over), key);
  return isBound
    ? { authorization: `DPoP ${token}`, dpop: await proof({ token, url }) }
    : { authorization: `Bearer ${token}` };
}

async function ask(url: string, headers: Record<string, string>): Promise<Omit<Answered, 'token'>> {
  const since = performance.now();
  const asking = request(url, { headers, agent: false, signal: AbortSignal.timeout(ABORTED_AFTER) }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += chunk;
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'],
    body,
    milliseconds: performance.now() - since,
  };
}
