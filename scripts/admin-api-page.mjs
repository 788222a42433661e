// Writes docs/admin-api.md from the OpenAPI description of the admin API. The page is not committed: it travels in the
// package, and `npm run docs:admin-api` makes it in a clone.
//
//   node scripts/admin-api-page.mjs       asks the built package, and writes the page
//   node scripts/admin-api-page.mjs -     reads the description from the standard input, and prints the page
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = new URL('../docs/admin-api.md', import.meta.url);

if (process.argv[2] === '-') process.stdout.write(renderPage(JSON.parse(readFileSync(0, 'utf8'))));
else writeFileSync(PAGE, renderPage(await fetchDescription()));

/** The description that the router of the built package serves. */
async function fetchDescription() {
  const [{ default: express }, { createGate }, { grantsRouter }, { openSqliteStore }] = await Promise.all([
    import('express'),
    import('scopegate'),
    import('scopegate/admin'),
    import('scopegate/sqlite'),
  ]);
  const store = await openSqliteStore({ file: ':memory:' });
  const gate = createGate({ verifier: { verify: () => ({ ok: false, reason: 'token_rejected' }) } });
  const server = express().use(grantsRouter({ store, gate, environmentOf: () => undefined }));
  const listening = server.listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => listening.once('listening', resolve));
    const response = await fetch(`http://127.0.0.1:${listening.address().port}/openapi.json`);
    return await response.json();
  } finally {
    listening.close();
    await store.close();
  }
}

function renderPage({ paths, components: { schemas } }) {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
  return [
    '# Operations and bodies of the admin API',
    'Look up an operation of the admin API, its parameters, and its bodies. [admin.md](admin.md) shows how to begin.',
    'This page is made from the OpenAPI description, which a running server has at `/openapi.json`.',
    renderCommonRules(),
    `## All operations\n\n${operations.map(renderEntry).join('\n')}`,
    ...operations.map(renderOperation),
    '## Bodies',
    'Every response of one object or of a page has `_links` as well. Unknown members of a request are ignored.',
    ...Object.entries(schemas).map(([name, schema]) => `### ${name}\n\n${renderMembers(schema, 'always there')}`),
    '',
  ].join('\n\n');
}

function renderCommonRules() {
  return [
    '## Rules for all operations',
    '',
    '- Send `Authorization: Bearer` with a token, and `Content-Type: application/json` with a body.',
    '- An error has the body [Problem](#problem). 400: the request is wrong. 401 and 403: the token does not permit it. 404: there is no such object in your environment. 405: the API is read-only. 412: `If-Match` does not hold. 413 and 415: the body is too large, or no JSON. 422: the `Idempotency-Key` was used for another request. 503: retry after the seconds of `Retry-After`.',
    '- A change with `dryRun=true` responds with 200 and the body [DryRun](#dryrun), and changes nothing.',
    '- `PATCH` takes a merge patch (RFC 7396) as `application/merge-patch+json` or `application/json`.',
    '- `PUT`, `PATCH` and `DELETE` take `If-Match` with the `ETag` of the object. `POST` takes an `Idempotency-Key` of 1 to 255 visible characters.',
    '- Every change takes `X-Ping-External-Transaction-ID`, an id of your own for the history.',
  ].join('\n');
}

function renderEntry({ method, path, summary, operationId }) {
  return `- [\`${method} ${path}\`](#${operationId.toLowerCase()}): ${summary}`;
}

function renderOperation({ method, path, summary, description, operationId, parameters = [], ...bodies }) {
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.name !== 'dryRun');
  const body = bodies.requestBody?.content['application/json'].schema;
  return [
    `### ${operationId}`,
    `\`${method} ${path}\``,
    `${summary}. ${description}`,
    ...(query.length > 0 ? [renderParameters(query)] : []),
    ...(body
      ? [`Body${bodies.requestBody.required ? '' : ', which may be left out'}:\n\n${renderMembers(body, 'required')}`]
      : []),
    `Response: ${renderResponse(bodies.responses)}`,
  ].join('\n\n');
}

function renderParameters(parameters) {
  const rows = parameters.map(({ name, schema }) => `| \`${name}\` | ${renderType(schema)} | ${renderNote(schema)} |`);
  return ['| query parameter | type | |', '|---|---|---|', ...rows].join('\n');
}

/** The members of an object, `_links` left out. */
function renderMembers({ properties = {}, required = [], ...other }, heading) {
  if (Object.keys(properties).length === 0) return renderType(other);
  const rows = Object.entries(properties)
    .filter(([name]) => name !== '_links')
    .map(([name, schema]) => {
      const isRequired = required.includes(name) && schema.default === undefined;
      return `| \`${name}\` | ${renderType(schema)} | ${isRequired ? 'yes' : ''} | ${renderNote(schema)} |`;
    });
  return [`| member | type | ${heading} | |`, '|---|---|---|---|', ...rows].join('\n');
}

function renderResponse(responses) {
  const [status, { content }] = Object.entries(responses).find(
    ([code]) => /^2/.test(code) && !isDryRun(responses, code),
  );
  const schema = content?.['application/json'].schema;
  return schema === undefined ? `${status}, without a body` : `${status}, ${renderBody(schema)}`;
}

/** A change that responds with 201 or 204 has its dry run at 200. */
function isDryRun(responses, code) {
  return code === '200' && Object.keys(responses).some((other) => other === '201' || other === '204');
}

function renderBody(schema) {
  const shown = schema.anyOf?.find(({ $ref = '' }) => !$ref.endsWith('/DryRun')) ?? schema;
  const [list] = Object.entries(shown.properties?._embedded?.properties ?? {});
  if (list === undefined)
    return shown.$ref ? renderType(shown) : `an object with\n\n${renderMembers(shown, 'always there')}`;
  return `a page: \`_embedded.${list[0]}\` is ${renderType(list[1])}`;
}

function renderType(schema) {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1);
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(renderType))].join(' or ');
  if (schema.type === 'array') return `list of ${renderType(schema.items)}`;
  if (schema.type === 'object') return renderObject(schema);
  return schema.format === undefined ? `${schema.type ?? 'anything'}` : `${schema.type} (${schema.format})`;
}

function renderObject({ properties = {}, required = [] }) {
  const names = Object.entries(properties)
    .filter(([name, { not }]) => name !== '_links' && not === undefined)
    .map(([name]) => `${name}${required.includes(name) ? '' : '?'}`);
  return names.length === 0 ? 'object' : `object \`{ ${names.join(', ')} }\``;
}

/** The limits of a member that may be `null` are those of its other type. */
function renderNote({ anyOf = [], ...schema }) {
  const [other, ...more] = anyOf.filter(({ type }) => type !== 'null');
  return renderLimits(anyOf.length > 0 && more.length === 0 ? { ...other, ...schema } : schema);
}

function renderLimits({
  description,
  items,
  default: preset,
  minimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
}) {
  const range = (unit, from, to) => (to === undefined ? '' : `${from ?? 0} to ${to}${unit}`);
  const notes = [
    range('', minimum, maximum),
    range(' characters', minLength, maxLength),
    range(' items', minItems, maxItems),
    preset === undefined ? '' : `default \`${JSON.stringify(preset)}\``,
  ];
  const text = [description ?? items?.description, notes.filter(Boolean).join('; ')];
  return text.filter(Boolean).join(' ').replaceAll('|', '\\|');
}
