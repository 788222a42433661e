import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import Fastify from 'fastify';
import { accountAudience, type CheckResult, type Gate, jwtVerifier, type RefusalError } from 'scopegate';
import type { RefusalReason } from '../../lib/enforcement/refusal.js';
import { AUDIENCE, ISSUER } from '../support/tokens.js';
import {
  echoIn,
  type Faults,
  faultsOfParser,
  faultsOfRecords,
  faultsOfRefusal,
  reasonIn,
  sent,
} from './fixtures/answers.js';
import type { Attack } from './fixtures/attack.js';
import { ATTACKS } from './fixtures/attacks.js';
import { service } from './fixtures/exchanges.js';
import { keySet, TENANT } from './fixtures/keys.js';
import { type Application, applicationOf, REQUIRED, type Routes } from './fixtures/targets.js';
import { GOOD, good } from './fixtures/valid-tokens.js';

// The same attacks as on the middleware, where the application asks and responds itself.

type Checked = Parameters<Gate['check']>[0];

/** What a route here requires. Those that the middleware knows as optional require a token. */
async function check(gate: Gate, request: Checked, url: string): Promise<CheckResult> {
  const scope = REQUIRED[new URL(url, 'http://api.example').pathname];
  return scope === undefined ? gate.check(request) : gate.check(request, scope);
}

const getNumber = (url: string) => JSON.stringify({ n: new URL(url, 'http://api.example').searchParams.get('n') });

function write(res: ServerResponse, { status, headers, body }: RefusalError): void {
  const text = JSON.stringify(body);
  const content = { 'Content-Type': 'application/problem+json', 'Content-Length': Buffer.byteLength(text) };
  res.writeHead(status, { ...headers, ...content }).end(text);
}

function respond(
  application: Application,
  { url = '' }: IncomingMessage,
  res: ServerResponse,
  result: CheckResult,
): void {
  if (!result.ok) {
    write(res, result.refusal);
    return;
  }
  application.handled++;
  const text = getNumber(url);
  res.writeHead(200, { 'Content-Length': Buffer.byteLength(text) }).end(text);
}

const nodeRoutes: Routes = (gate, application) => async (req, res) => {
  try {
    respond(application, req, res, await check(gate, req, req.url as string));
  } catch (error) {
    application.faults.push(error);
    res.writeHead(500, { 'Content-Length': 0 }).end();
  }
};

const fastifyRoutes: Routes = async (gate, application) => {
  const app = Fastify();
  app.addHttpMethod('TRACE');
  app.addHook('onRequest', async (request, reply) => {
    const result = await check(gate, request, request.url);
    reply.hijack();
    respond(application, request.raw, reply.raw, result);
  });
  app.setErrorHandler((error, _request, reply) => {
    application.faults.push(error);
    return reply.code(500).send();
  });
  app.all('/*', () => undefined);
  await app.ready();
  return (req, res) => app.routing(req, res);
};

const fetchRoutes: Routes = (gate, application) =>
  getRequestListener(
    async (request) => {
      const result = await check(gate, request, request.url);
      if (!result.ok) return result.refusal.toResponse();
      application.handled++;
      return new Response(getNumber(request.url));
    },
    {
      overrideGlobalObjects: false,
      errorHandler(error) {
        application.faults.push(error);
        return new Response('', { status: 500 });
      },
    },
  );

let applications: Application[];

beforeAll(async () => {
  const audience = [AUDIENCE, accountAudience({ tenant: TENANT })];
  const optionsOf = () => ({ verifier: jwtVerifier({ issuer: ISSUER, audience, jwks: keySet }) });
  applications = [
    await applicationOf('check of Node', optionsOf, nodeRoutes),
    await applicationOf('check of Fastify', optionsOf, fastifyRoutes),
    await applicationOf('check of Fetch', optionsOf, fetchRoutes),
  ];
  // Twice: a token is cached from its second sight on.
  expect([...(await serviceOfAll()), ...(await serviceOfAll())]).toEqual([]);
});

afterAll(async () => {
  await Promise.all(applications.flatMap(({ doors }) => Object.values(doors)).map((door) => door.close()));
});

async function serviceOfAll(): Promise<string[]> {
  const found: string[] = [];
  for (const application of applications) {
    for (const token of GOOD) found.push(...(await service(application, token)));
  }
  return found;
}

/** `Headers` shows several headers as one, which has another form: a refusal all the same. */
const JOINED: readonly RefusalReason[] = ['credentials_repeated', 'credentials_malformed', 'scheme_not_supported'];

async function faultsAt(application: Application, door: 'strict' | 'lenient', attack: Attack): Promise<Faults> {
  const { handled, place, schemes } = application;
  const head = [attack.start ?? 'GET / HTTP/1.1', 'Host: api.example', ...attack.lines].join('\r\n');
  const request = sent(`${head}\r\n\r\n${attack.body ?? ''}`);
  const answer = await (await application.doors[door].wire()).ask(request.request);
  const records = application.records.splice(0);
  const found = [...echoIn(answer, request), ...application.faults.splice(0).map(String)];
  if (application.handled !== handled) found.push('the request passed');
  if (door === 'strict' && attack.parser !== undefined) {
    found.push(...faultsOfParser(answer, attack.parser));
  } else {
    const reason = reasonIn(answer);
    const expected = place === 'check of Fetch' && attack.reason === 'credentials_repeated' ? JOINED : [attack.reason];
    if (reason === undefined || !expected.includes(reason)) found.push(`the reason ${reason}`);
    else found.push(...faultsOfRefusal(answer, reason, schemes), ...faultsOfRecords(records, reason, request));
  }
  found.push(...(await service(application, good.rs256, door)));
  return found.map((fault) => `${place}, ${door}: ${fault} of ${answer.text}`);
}

async function faultsAfter(attack: Attack): Promise<Faults> {
  const found: string[] = [];
  for (const application of applications) {
    const doors = attack.parser === undefined ? (['strict'] as const) : (['strict', 'lenient'] as const);
    for (const door of doors) {
      try {
        found.push(...(await faultsAt(application, door, attack)));
      } catch (error) {
        application.doors[door].hangUp();
        found.push(`${application.place}, ${door}: ${error}`);
      }
    }
  }
  return found;
}

/** Those for a gate with plain verifiers. A form is a body, which `gate.check` does not read. */
const general = ATTACKS.map(
  ([chapter, attacks]) =>
    [
      chapter,
      attacks.filter(
        ({ places, at, body, reason, lines }) =>
          places === undefined &&
          at?.remembering !== null &&
          !(body !== undefined && reason === 'credentials_repeated') &&
          lines.join().length < 60_000,
      ),
    ] as const,
).filter(([, attacks]) => attacks.length > 0);

describe.each(general)('%s', (_, attacks) => {
  test.each(attacks.map((attack) => [attack.name, attack] as const))(
    'gate.check() withstands: %s',
    async (__, attack) => {
      expect(await faultsAfter(attack)).toEqual([]);
    },
  );
});

test('the good tokens pass after all attacks', async () => {
  expect(await serviceOfAll()).toEqual([]);
});
