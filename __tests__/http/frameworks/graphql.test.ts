import type { IncomingMessage } from 'node:http';
import { GraphQLError, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { type Auth, createGate, type RefusalError } from 'scopegate';
import { ANALYTICS, bearer, issuer, PAAS, STACK, warmVerifier } from '../fixtures/domain.js';
import { type Listening, listening, sendRaw } from '../fixtures/raw-http.js';
import { send } from './fixtures/send.js';

const gate = createGate({ verifier: warmVerifier() });

type Context = Record<PropertyKey, unknown> & { readonly auth: Auth };

function requireScope({ auth }: Context, scope: string): void {
  if (auth.scopes.covers(scope)) return;
  throw new GraphQLError('A scope is missing.', { extensions: { code: 'FORBIDDEN', required_scope: scope } });
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, Context>({
    name: 'Query',
    fields: {
      me: { type: new GraphQLNonNull(GraphQLString), resolve: (_source, _args, { auth }) => auth.payload.client_id },
      report: {
        type: GraphQLString,
        resolve(_source, _args, context) {
          requireScope(context, ANALYTICS);
          return 'a report';
        },
      },
    },
  }),
});

/** What graphql-http responds with in place of a result. */
const toResponse = ({ status, body, headers, message }: RefusalError) =>
  [
    JSON.stringify({ errors: [{ message, extensions: body }] }),
    { status, statusText: body.title, headers: { ...headers, 'content-type': 'application/graphql-response+json' } },
  ] as const;

let server: Listening;
beforeAll(async () => {
  const handler = createHandler<Context>({
    schema,
    async context(req) {
      const result = await gate.check(req.raw as IncomingMessage);
      return result.ok ? { auth: result.auth } : toResponse(result.refusal);
    },
  });
  server = await listening(handler);
});
afterAll(() => server.close());

const query = (text: string, scope?: string) =>
  send(`${server.origin}/graphql`, scope, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: text }),
  });

test('GraphQL resolvers get the caller that gate.check() returned', async () => {
  expect(await query('{ me report }', PAAS)).toMatchObject({
    status: 200,
    body: { data: { me: 'test-client', report: 'a report' } },
  });
});

test('a GraphQL request without a token gets the status and the challenge', async () => {
  expect(await query('{ me }')).toMatchObject({
    status: 401,
    challenge: 'Bearer realm="api"',
    body: { errors: [{ extensions: { reason: 'no_credentials' } }] },
  });
});

test('a GraphQL field whose scope is missing is an error of that field, and the others have values', async () => {
  expect((await query('{ me report }', STACK)).body).toMatchObject({
    data: { me: 'test-client', report: null },
    errors: [{ path: ['report'], extensions: { code: 'FORBIDDEN', required_scope: ANALYTICS } }],
  });
});

test('a GraphQL request with two Authorization headers is refused', async () => {
  const own = `Authorization: ${bearer(issuer.token({ scope: PAAS }))}`;
  const { status } = await sendRaw(server.port, [own, own], 'GET /graphql?query=%7Bme%7D HTTP/1.1');

  expect(status).toBe(400);
});
