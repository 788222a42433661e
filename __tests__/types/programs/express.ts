// Express 4 and Express 5: compiled with the types of either, with each TypeScript; never run.
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { anyOf, createGate, type Gate, type GateHandler, type RouteOptions, type TokenVerifier } from 'scopegate';

declare const verifier: TokenVerifier;
interface Claims {
  readonly tenant: string;
  readonly groups?: readonly string[];
}
const gate = createGate<Claims>({ verifier });
const app = express();
const router = express.Router();

app.use(gate.authenticate);
app.use('/api', gate.optional, router);
router.use(gate.require('orders:read'));

app.get('/orders/:id', gate.require('orders:read'), (req, res) => {
  const id: string = req.params.id; // inferred from the path, although a gate comes first
  const tenant: string = gate.auth(req).payload.tenant;
  const groups: readonly string[] | undefined = gate.optionalAuth(req)?.payload.groups;
  const subject: string | undefined = gate.auth(req).payload.sub;
  res.status(200).json({ id, tenant, groups, subject, may: gate.auth(req).scopes.covers('orders:write') });
});
app.post('/orders/:id/lines/:line', gate.authenticate, gate.require('a', 'b'), express.json(), (req, res, next) => {
  const { id, line } = req.params;
  const both: [string, string] = [id, line];
  res.send(both);
  next();
});
router
  .route('/users/:user')
  .all(gate.optional)
  .get(gate.require(anyOf('p1:read:user', 'p1:read:self:user'), { owner: (req: express.Request) => req.params.user }));

const owner: RouteOptions = { owner: (req: express.Request<{ user: string }>) => req.params.user };
const listed: RequestHandler[] = [gate.authenticate, gate.optional, gate.require('a', owner)];
app.use(listed);
const onError: ErrorRequestHandler = (_error, req, res, _next) => void res.json(gate.optionalAuth(req));
app.use(onError);

/** A gate for some claims serves where no claims are asked for. */
export const plain: Gate = gate;
export const handler: GateHandler = gate.require('a');

export function wrong(req: express.Request): unknown[] {
  return [
    // @ts-expect-error the path has no such parameter
    app.get('/orders/:id', gate.require('a'), (req) => req.params.order.length),
    // @ts-expect-error the claim is a string
    gate.auth(req).payload.tenant.toFixed(),
    // @ts-expect-error the claim may be missing
    gate.auth(req).payload.groups.length,
    // @ts-expect-error an anonymous request has none
    gate.optionalAuth(req).payload,
    // @ts-expect-error claims are the members of an object
    createGate<string>({ verifier }),
    // @ts-expect-error a gate without claims asserts none
    createGate({ verifier }).auth(req).payload.tenant.length,
    // @ts-expect-error it makes middleware, it is none
    app.get('/', gate.require),
    // @ts-expect-error it is middleware, it makes none
    app.get('/', gate.authenticate()),
    // @ts-expect-error it takes no scopes
    app.get('/', gate.optional('a')),
    // @ts-expect-error an owner is returned at once
    gate.require('a', { owner: async () => 'a' }),
    // @ts-expect-error an option of createGate()
    gate.require('a', { realm: 'a' }),
  ];
}
