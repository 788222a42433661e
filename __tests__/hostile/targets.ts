import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { auth } from 'express-oauth2-jwt-bearer';
import {
  accountAudience,
  type Clock,
  createGate,
  type DecisionRecord,
  type Gate,
  type GateOptions,
  jwtVerifier,
  liveGrants,
  MY_SCOPES,
} from 'scopegate';
import { bearerAuthVerifier, senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { openSqliteStore } from 'scopegate/sqlite';
import { certificate } from '../express/oauth2-jwt-bearer/proofs.js';
import { type Listening, listening } from '../http/raw-http.js';
import { context, createSetting, newApplication } from '../support/stores.js';
import { AUDIENCE, ISSUER } from '../support/tokens.js';
import { ANALYTICS, type Place } from './attack.js';
import { CLIENT_WITHOUT_GRANTS, keySet, TENANT } from './keys.js';
import { Wire } from './wire.js';

/** A server, and the connection to it: one as long as it is open. */
class Door {
  readonly #server: Listening;
  #wire: Wire | undefined;

  constructor(server: Listening) {
    this.#server = server;
  }

  async wire(): Promise<Wire> {
    if (this.#wire?.isOpen !== true) this.#wire = await Wire.to(this.#server.port);
    return this.#wire;
  }

  /** What has not been read would be taken for the next answer. */
  hangUp(): void {
    this.#wire?.close();
    this.#wire = undefined;
  }

  async close(): Promise<void> {
    this.hangUp();
    await this.#server.close();
  }
}

/** An application with a gate, on a server that reads as Node does, and on one that lets more through. */
export interface Application {
  readonly place: Place;
  readonly doors: Readonly<Record<'strict' | 'lenient', Door>>;
  readonly clock: ReturnType<typeof makeClock>;
  readonly schemes: readonly string[];
  /** What the gate has told its observer, and the test has not looked at yet. */
  readonly records: DecisionRecord[];
  /** How many requests came to a protected handler. */
  handled: number;
  /** Errors that came to the application. */
  readonly faults: unknown[];
}

/** What the routes here declare, and so may be named by a refusal. */
export const DECLARED = [ANALYTICS, MY_SCOPES, 'reports:read'];

/** Milliseconds in which a key set may be asked once more for a key that it does not have. */
const REFILL = 2500;

/** Time of which more passes between two attacks than between two requests of a flood. */
function makeClock() {
  let skipped = 0;
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() + skipped,
    skip: () => {
      skipped += REFILL;
    },
  };
}

/** Makes what listens for requests: the routes of an application, behind a gate. */
export type Routes = (gate: Gate, application: Application) => RequestListener | Promise<RequestListener>;

/** The scopes that the routes require; `undefined` for any token. */
export const REQUIRED: Readonly<Record<string, string | undefined>> = {
  '/': ANALYTICS,
  '/admin': MY_SCOPES,
  '/flat': 'reports:read',
  '/any': undefined,
};

const expressRoutes: Routes = (gate, application) => {
  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    application.faults.push(error);
    res.sendStatus(500);
  };
  const handler: RequestHandler = (req, res) => {
    application.handled++;
    res.json({ n: req.query.n });
  };
  const app = express()
    .disable('x-powered-by')
    .use(express.urlencoded({ extended: false }), express.json());
  for (const [path, scope] of Object.entries(REQUIRED)) {
    app.all(path, scope === undefined ? gate.authenticate : gate.require(scope), handler);
  }
  return app.all('/optional', gate.optional, handler).use(onError);
};

export async function applicationOf(
  place: Place,
  optionsOf: (clock: Clock) => GateOptions,
  routes: Routes = expressRoutes,
): Promise<Application> {
  const clock = makeClock();
  const options = optionsOf(clock);
  const records: DecisionRecord[] = [];
  const gate = createGate({ ...options, onDecision: (record) => records.push(record) });
  const application = {
    place,
    clock,
    schemes: options.verifier.schemes?.map((scheme) => (scheme === 'dpop' ? 'DPoP' : 'Bearer')) ?? ['Bearer'],
    records,
    handled: 0,
    faults: [],
  };
  const listener = await routes(gate, application as unknown as Application);
  const doors = {
    strict: new Door(await listening(listener)),
    lenient: new Door(await listening(listener, { insecureHTTPParser: true, maxHeaderSize: 4 * 2 ** 20 })),
  };
  return Object.assign(application, { doors });
}

/** What all gates here believe: one issuer, its keys on a real server, an audience of our own and Oracle's common one. */
const audience = [AUDIENCE, accountAudience({ tenant: TENANT })];

export async function startPlaces() {
  const keyServer = await listening((_req, res) => res.end(JSON.stringify(keySet)));
  const deadKeyServer = await listening((_req, res) =>
    res.writeHead(500).end('stack at KeyServer.answer (keys.js:1:1)'),
  );
  const policy = { issuer: ISSUER, audience, jwksUri: `${keyServer.origin}/jwks` };
  const theirs = auth({
    issuer: ISSUER,
    audience: [AUDIENCE, 'urn:opc:resource:scope:account'],
    jwksUri: policy.jwksUri,
  });
  const [store, closedStore] = [
    await openSqliteStore({ file: ':memory:' }),
    await openSqliteStore({ file: ':memory:' }),
  ];
  const { at } = await createSetting(store, [ANALYTICS]);
  await store.applications.create(at, { ...newApplication('nothing'), id: CLIENT_WITHOUT_GRANTS }, context);
  const grants = [liveGrants({ source: store }), liveGrants({ source: closedStore })] as const;
  await closedStore.close();

  const applications = await Promise.all([
    applicationOf('remembering', (clock) => ({ verifier: jwtVerifier({ ...policy, clock }) })),
    applicationOf('forgetful', (clock) => ({ verifier: jwtVerifier({ ...policy, clock, cache: false }) })),
    applicationOf('senderConstrainedVerifier', (clock) => ({
      verifier: senderConstrainedVerifier({
        ...policy,
        clock,
        getCertificate: () => certificate('of this client').der,
      }),
    })),
    applicationOf('bearerAuthVerifier', (clock) => ({
      verifier: bearerAuthVerifier({ auth: theirs, audience, clock }),
    })),
    applicationOf('live', (clock) => ({ verifier: jwtVerifier({ ...policy, clock }), grants: grants[0] })),
    applicationOf('keyless', (clock) => ({
      verifier: jwtVerifier({ ...policy, clock, jwksUri: `${deadKeyServer.origin}/jwks` }),
    })),
    applicationOf('storeless', (clock) => ({ verifier: jwtVerifier({ ...policy, clock }), grants: grants[1] })),
  ]);
  return {
    applications,
    keyServers: [keyServer.origin, deadKeyServer.origin],
    async close() {
      const doors = applications.flatMap((application) => Object.values(application.doors));
      await Promise.all([...doors, keyServer, deadKeyServer].map((server) => server.close()));
      for (const live of grants) await live.close();
      await store.close();
    },
  };
}
