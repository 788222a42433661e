import { existsSync, readdirSync } from 'node:fs';
import { OPERATIONS } from '../../lib/admin/operations.js';
import * as admin from '../../lib/admin.js';
import * as webConsole from '../../lib/console.js';
import { REFUSALS } from '../../lib/enforcement/refusal.js';
import * as explaining from '../../lib/explain.js';
import * as oauth2JwtBearer from '../../lib/express-oauth2-jwt-bearer.js';
import * as entry from '../../lib/index.js';
import { TOKEN_REQUEST_ERRORS } from '../../lib/issuance/errors.js';
import * as mcp from '../../lib/mcp.js';
import * as otel from '../../lib/otel.js';
import * as postgres from '../../lib/postgres.js';
import * as routes from '../../lib/routes.js';
import * as sqlite from '../../lib/sqlite.js';
import * as testing from '../../lib/testing.js';
import { ACCOUNT, GREEN_AUDIENCE, ISSUANCE_CASES, type IssuanceCase, RESOURCES } from '../issuance/fixtures/cases.js';
import { AUDIENCE_CASES } from '../live/fixtures/audience-cases.js';
import { COVERAGE_CASES } from '../scope/fixtures/cases.js';
import { readSources, readText } from '../support/sources.js';
import { anchorsOf, readPage } from './fixtures/pages.js';
import { pagesText, tableRows, tablesOf } from './fixtures/tables.js';

const CONSUMER = 'urn:opc:resource:consumer';

function abbreviated(scope: string): string {
  return scope.startsWith(`${CONSUMER}:`) ? `…${scope.slice(CONSUMER.length)}` : scope;
}

test('the scope table shows exactly the cases marked for it', () => {
  const expected = COVERAGE_CASES.filter((each) => each.readme).map(({ held, required, covers, why }) => [
    `\`${abbreviated(held)}\``,
    `\`${abbreviated(required)}\``,
    covers ? 'yes' : 'no',
    why,
  ]);

  expect(tableRows('table: coverage')).toEqual(expected);
});

test('the table of scope models has a row for every model and for functions', () => {
  const models = Object.keys(entry).filter((name) => name.endsWith('ScopeModel'));
  const rows = tableRows('table: models').map(([model = '']) => /^`(\w*)/.exec(model)?.[1] ?? model);

  expect([...new Set(rows)].toSorted()).toEqual(['', ...models].toSorted());
});

/** One case as a row: what is granted, in which mode, what is asked for, what the answer is. */
function issuanceRow({
  grants,
  mode,
  application,
  by = 'client_credentials',
  scope,
  resource,
  refreshed,
  consentedAudience,
  answer,
  why,
}: IssuanceCase) {
  const granted = Object.entries(grants).map(([name, scopes]) => {
    const { type, audience } = RESOURCES[name as keyof typeof RESOURCES];
    return name === 'domain' || type !== 'CUSTOM' ? `\`${scopes}\`` : `\`${scopes}\` of \`${audience}\``;
  });
  const state = application?.enabled === false ? ', disabled' : '';
  const types = application?.grantTypes ? `, only ${application.grantTypes.join()}` : '';
  const target =
    resource === undefined
      ? ''
      : `, resource ${[resource]
          .flat()
          .map((each) => `\`${each}\``)
          .join(' and ')}`;
  const asked = `${scope === undefined ? 'no scope' : `\`${scope}\``}${target}`;
  const consented = consentedAudience === undefined ? '' : ` for \`${consentedAudience}\``;
  const before = refreshed ? ` after \`${refreshed.scope}\`${consented}` : '';
  return [
    `${mode ?? 'Account'}: ${granted.join(', ') || 'nothing'}${state}${types}`,
    `${by}: ${asked}${before}`,
    typeof answer === 'string' ? `\`${TOKEN_REQUEST_ERRORS[answer][0]}\`` : issuedCell(answer),
    why,
  ];
}

function issuedCell({ scope, audience, refreshToken, lifetime }: Exclude<IssuanceCase['answer'], string>): string {
  const audiences: Record<string, string> = { [ACCOUNT]: '*account*', [GREEN_AUDIENCE]: '*tags*' };
  const forWhom = audience === undefined ? '' : ` for ${audiences[`${audience}`] ?? `\`${audience}\``}`;
  const short = audience === undefined && lifetime !== undefined ? `, ${lifetime} s` : '';
  return `\`${scope}\`${forWhom}${short}${refreshToken ? ', refresh token' : ''}`;
}

test('the issuance table shows exactly the cases marked for it', () => {
  expect(tableRows('table: issuance')).toEqual(ISSUANCE_CASES.filter(({ readme }) => readme).map(issuanceRow));
});

test('the table of live grants shows every case of audience, trust scope and grants', () => {
  const outcomes = { passes: 'passes', 401: '401 `application_revoked`', 403: '403 `insufficient_scope`' };
  const expected = AUDIENCE_CASES.map(({ audience, mode, grants, scope, outcome, why }) => {
    const granted = Object.entries(grants).map(([name, scopes]) => `\`${scopes}\` of ${name}`);
    return [audience, mode, granted.join(', ') || 'nothing', `\`${scope}\``, outcomes[outcome], why];
  });

  expect(tableRows('table: audiences')).toEqual(expected);
});

test('the refusal table shows every refusal with its status, error and description', () => {
  const expected = Object.entries(REFUSALS).map(([reason, { status, error, description }]) => [
    `[\`${reason}\`](#${reason})`,
    String(status),
    error === undefined ? '' : `\`${error}\``,
    description,
  ]);

  expect(tableRows('table: refusals')).toEqual(expected);
});

test('every reason of a refusal has a section on its page', () => {
  const sections = anchorsOf(readPage('docs/refusals.md'));

  expect(Object.keys(REFUSALS).filter((reason) => !sections.includes(reason))).toEqual([]);
});

test('the admin API table shows every operation with its permissions', () => {
  const expected = OPERATIONS.map(({ method, path, permissions, summary }) => [
    `\`${method} ${path.replaceAll('{environmentId}', '{env}').replace(/\{(\w+)Id\}/g, '{$1}')}\``,
    summary,
    permissions.map((permission) => `\`${permission}\``).join(', '),
  ]);

  expect(tableRows('table: operations')).toEqual(expected);
});

const SOURCES: Record<string, string> = {
  AssertCoveredOptions: 'lib/routes/assert-covered.ts',
  OpenApiSecurityOptions: 'lib/routes/openapi.ts',
  ProbeRoutesOptions: 'lib/testing/probe-routes.ts',
  ApplyDocumentOptions: 'lib/admin/document/apply-document.ts',
  AuditOptions: 'lib/stores/audit-options.ts',
  Auth0TenantOptions: 'lib/token/presets/auth0-tenant.ts',
  BearerAuthVerifierOptions: 'lib/express/oauth2-jwt-bearer/bearer-auth-verifier.ts',
  CognitoUserPoolOptions: 'lib/token/presets/cognito-user-pool.ts',
  ConsoleOptions: 'lib/console/options.ts',
  ConsoleSignIn: 'lib/console/options.ts',
  EntraTenantOptions: 'lib/token/presets/entra-tenant.ts',
  DecisionStreamOptions: 'lib/admin/decisions/decision-stream.ts',
  DpopOptions: 'lib/express/oauth2-jwt-bearer/proof-options.ts',
  ExplainOptions: 'lib/explain/explain-options.ts',
  ExportDocumentOptions: 'lib/admin/document/export-document.ts',
  GateOptions: 'lib/http/gate-options.ts',
  GrantsRouterOptions: 'lib/express/admin/grants-router.ts',
  IntrospectionVerifierOptions: 'lib/token/introspection/introspection-verifier-options.ts',
  JwtVerifierOptions: 'lib/token/jwt/jwt-verifier-options.ts',
  KeycloakRealmOptions: 'lib/token/presets/keycloak-realm.ts',
  LiveGrantsOptions: 'lib/live/live-grants-options.ts',
  McpAuthInfoOptions: 'lib/mcp/auth-info.ts',
  OciDomainOptions: 'lib/token/presets/oci-domain.ts',
  OktaAuthorizationServerOptions: 'lib/token/presets/okta-authorization-server.ts',
  OtelObserverOptions: 'lib/otel/otel-observer-options.ts',
  PingOneEnvironmentOptions: 'lib/token/presets/pingone-environment.ts',
  PostgresStoreOptions: 'lib/postgres.ts',
  ProtectedResourceMetadataOptions: 'lib/http/protected-resource-metadata.ts',
  RouteOptions: 'lib/enforcement/route-policy.ts',
  ScopeChallengeOptions: 'lib/mcp/scope-challenge.ts',
  SenderConstrainedVerifierOptions: 'lib/express/oauth2-jwt-bearer/sender-constrained-verifier.ts',
  SqliteStoreOptions: 'lib/sqlite.ts',
  TestIssuerOptions: 'lib/testing/test-issuer.ts',
  TokenFormVerifierOptions: 'lib/token/token-form-verifier.ts',
  UsageRecorderOptions: 'lib/usage/usage-recorder-options.ts',
};

/** The members of an interface with their docstrings, read from its source. */
function membersOf(name: string): { option: string; optional: boolean; docstring: string }[] {
  const source = readText(SOURCES[name] as string);
  const body = new RegExp(`export interface ${name} [^{]*\\{\n([\\s\\S]*?)\n\\}\n`).exec(source)?.[1] ?? '';
  return [...body.matchAll(/\/\*\*([\s\S]*?)\*\/\s+readonly (\w+)(\??):/g)].map(([, docstring, option, optional]) => ({
    option: option as string,
    optional: optional === '?',
    docstring: docstring as string,
  }));
}

test('every options interface has a table in the pages', () => {
  expect(tablesOf('options').sort()).toEqual(Object.keys(SOURCES).sort());
});

describe.each(Object.keys(SOURCES))('the options table of %s', (name) => {
  const rows = tableRows(`options: ${name}`);
  const members = membersOf(name);

  test('the options table names every option in the order of the code', () => {
    expect(rows.map(([option]) => option)).toEqual(members.map(({ option }) => `\`${option}\``));
  });

  test.each(members.map((member, i) => ({ ...member, shown: rows[i]?.[1] as string })))(
    'the options table shows the default of $option that its docstring gives',
    ({ optional, docstring, shown }) => {
      const literal = /^`(.+)`$/.exec(shown)?.[1];
      expect(optional || shown === 'required' || shown.startsWith('this or')).toBe(true);
      if (literal !== undefined && literal !== '{}') expect(docstring).toContain(literal.replace(/ .*/, ''));
    },
  );
});

test('the pages name every exported value', () => {
  const exported = Object.keys({
    ...entry,
    ...admin,
    ...oauth2JwtBearer,
    ...mcp,
    ...routes,
    ...explaining,
    ...otel,
    ...webConsole,
    ...sqlite,
    ...postgres,
    ...testing,
  });

  expect(exported.filter((name) => !new RegExp(`\\b${name}\\b`).test(pagesText))).toEqual([]);
});

test('the advice table quotes messages as the code writes them', () => {
  const code = readSources('lib')
    .map(({ source }) => source)
    .join('');
  const rows = tableRows('table: advice');

  for (const [sentence = ''] of rows) {
    const constants = sentence
      .split(/`|"[^"]*"|…|\([^)]*\)|[.;:] /)
      .map((part) => part.replace(/^[.;: ]+|[.;: ]+$/g, ''))
      .filter((part) => part.length > 12);
    for (const part of constants) expect(code).toContain(part);
  }
  expect(rows.length).toBeGreaterThan(3);
});

test('the map names every folder of lib', () => {
  const folders = readdirSync('lib', { withFileTypes: true }).filter((item) => item.isDirectory());
  const mapped = tableRows('map').map(([folder]) => folder);

  for (const { name } of folders) expect(mapped).toContain(`\`lib/${name}\``);
  for (const place of mapped) expect(existsSync((place as string).replaceAll('`', ''))).toBe(true);
});
