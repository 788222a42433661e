// What a gate takes and gives: compiled by `npm run types`, never run.
import { createServer } from 'node:http';
import express from 'express';
import {
  allOf,
  anyOf,
  createGate,
  type DecisionRecord,
  type Gate,
  jwtVerifier,
  type RefusalReason,
  type Requirement,
  type TokenVerifier,
  type Verdict,
} from 'scopegate';

const verifier: TokenVerifier = jwtVerifier({
  issuer: 'https://issuer.example',
  audience: 'reports',
  jwks: { keys: [] },
});
const gate: Gate = createGate({ verifier, realm: 'reports', onDecision: (record, req) => [record.reason, req.url] });
createGate({ verifier, onDecision: (record, req: express.Request) => [record.reason, req.path] });

const app = express();
app.use(gate.authenticate);
app.get('/', gate.optional, gate.require('a'), gate.require('a', 'b'), gate.require(anyOf('a', allOf('b', 'c')), 'd'));
const [first, ...others]: [Requirement, ...Requirement[]] = ['a', anyOf('b', 'c')];
app.get('/listed', gate.require(first, ...others));
app.delete('/reports/:id', gate.require('a'), gate.optional, (req, res) => {
  const id: string = req.params.id; // the parameters of the path keep their types behind a gate
  res.json({ id });
});

app.get('/users/:id', gate.require('p1:read:self:user', { owner: (req: express.Request) => req.params.id }));
app.get('/me', (req, res) => {
  const client: string | undefined = gate.auth(req).payload.client_id;
  const may: boolean | undefined = gate.optionalAuth(req)?.scopes.covers('a');
  res.json({ client, may });
  const { signal, reason }: { signal: AbortSignal; reason: RefusalReason | undefined } = gate.watch(gate.auth(req));
  res.on('close', () => [signal.aborted, reason]);
});
createServer((req, res) => gate.authenticate(req, res, () => res.end(gate.auth(req).payload.sub)));

createGate({ verifier, preflight: 'pass', onRefusal: 'next' });
createGate({
  verifier,
  onRefusal({ status, reason, requiredScope }, req: express.Request, res: express.Response, next) {
    if (req.path === '/') next();
    else res.status(status).json({ reason, requiredScope });
  },
});

export async function checks(req: express.Request, request: Request): Promise<Response | string | undefined> {
  await gate.check(req, first, ...others);
  await gate.check(request, 'a', { maxAge: 60 });
  await gate.check({ raw: request });
  const result = await gate.check(request, 'a', anyOf('b', 'c'));
  // @ts-expect-error a refused request has no caller
  result.auth.payload.sub;
  if (!result.ok) return result.refusal.toResponse();
  // @ts-expect-error a caller is not refused
  result.refusal?.status;
  return result.auth.payload.sub;
}

export function wrongChecks(request: Request, scopes: string[]): void {
  // @ts-expect-error a list that may be empty asks for nothing
  void gate.check(request, ...scopes);
  // @ts-expect-error options alone ask for nothing
  void gate.check(request, { maxAge: 60 });
  // @ts-expect-error neither a request nor something with its members
  void gate.check({ url: '/' });
  // @ts-expect-error a preflight passes or is refused
  createGate({ verifier, preflight: 'allow' });
  // @ts-expect-error a refusal goes to next, or to a function
  createGate({ verifier, onRefusal: 'throw' });
}

export function wrongRequests(req: Request): void {
  // @ts-expect-error a Fetch request is not one of node:http
  gate.auth(req);
}

export function wrongRequirements(scopes: string[], scope?: string): void {
  // @ts-expect-error a route that asks for nothing says gate.authenticate
  gate.require();
  // @ts-expect-error a scope is a string
  gate.require(7);
  // @ts-expect-error a list does not say whether all or any are needed
  gate.require(['a', 'b']);
  // @ts-expect-error a list that may be empty asks for nothing
  gate.require(...scopes);
  // @ts-expect-error a scope that may be missing asks for nothing
  gate.require(scope);
  // @ts-expect-error neither does null
  gate.require(null);
  // @ts-expect-error a condition is no scope
  gate.require(() => true);
  // @ts-expect-error a group has scopes
  gate.require({ oneOf: ['a', 'b'] });
  // @ts-expect-error a group has its scopes one by one
  anyOf(['a', 'b']);
  // @ts-expect-error nor numbers in it
  allOf('a', 7);
}

export function wrongUse(): void {
  // @ts-expect-error authenticate is a middleware, not a maker of one
  app.use(gate.authenticate());
  // @ts-expect-error require makes a middleware, it is none
  app.get('/', gate.require);
}

export function changes(record: DecisionRecord, requirement: ReturnType<typeof anyOf>): void {
  // @ts-expect-error a gate stays as it was made
  gate.authenticate = gate.optional;
  // @ts-expect-error a record is what happened
  record.outcome = 'permit';
  // @ts-expect-error and so is what it lists
  record.held?.push('a');
  // @ts-expect-error also whom it was about
  if (record.unverified) record.unverified.sub = 'somebody';
  // @ts-expect-error a requirement stays as it was declared
  requirement.anyOf = ['b'];
  // @ts-expect-error to the last scope
  requirement.anyOf.push('b');
}

/** A verifier of one's own: at once or behind a promise, a token or a rejection. */
export const verdicts: TokenVerifier[] = [
  { verify: (): Verdict => ({ ok: false, reason: 'token_rejected' }) },
  { verify: async () => ({ ok: false, reason: 'token_expired', detail: () => 'An hour ago.' }) },
  { verify: verifier.verify, schemes: ['bearer', 'dpop'], ready: async () => undefined },
  // @ts-expect-error a verdict is a token or a rejection
  { verify: () => true },
  // @ts-expect-error a token has its scopes compiled
  { verify: () => ({ payload: {}, header: {}, token: 'a' }) },
  // @ts-expect-error reasons are those of the list
  { verify: () => ({ ok: false, reason: 'no_credentials' }) },
  // @ts-expect-error schemes are written in lower case
  { verify: verifier.verify, schemes: ['Bearer'] },
];
