import { parse, parseAllDocuments } from 'yaml';
import { readText } from '../../support/sources.js';
import { usePage } from '../fixtures/running-page.js';

const { page, running } = usePage('docs/deployment.md');

// biome-ignore lint/suspicious/noExplicitAny: what YAML says
type Parsed = any;

const SERVER = page.blocks[0]?.code as string;
const read = (name: string) => readText(`docs/operations/${name}`);
const compose: Parsed = parse(read('compose.yaml'), { merge: true });
const manifests: Parsed[] = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
  expect(document.errors).toEqual([]);
  return document.toJS();
});
const manifest = (kind: string, name: string): Parsed => {
  return manifests.find((each) => each.kind === kind && each.metadata.name === name);
};

/** The variables that the server reads. */
const VARIABLES = [...SERVER.matchAll(/const \{(.*)\} = process\.env/g)].flatMap(([, names]) =>
  [...(names as string).matchAll(/\b([A-Z][A-Z_]+)\b/g)].map(([, name]) => name),
);
/** The paths that the server answers without a token. */
const OPEN_PATHS = [...SERVER.matchAll(/app\.get\('([^']+)', (?:async )?\(/g)].map(([, path]) => path);
/** An image with a version, of which `latest` is none. */
const IMAGE = /^[\w.-]+(?:\/[\w.-]+)*:v?\d[\w.-]*$/;

const api = manifest('Deployment', 'api').spec.template.spec.containers[0];
const database = manifest('StatefulSet', 'database').spec.template.spec.containers[0];

test('the server of the page is alive at once, and ready when keys and store are there', async () => {
  await running().setKeysAvailable(false);
  await running().importModule(page, 'server.ts');
  const address = await running().address(3000);
  const get = async (path: string) => (await fetch(`${address}${path}`)).status;

  expect([await get('/live'), await get('/ready'), await get('/orders')]).toEqual([200, 503, 401]);
  await running().setKeysAvailable(true);
  while ((await get('/ready')) !== 200);
  expect([OPEN_PATHS, VARIABLES.length]).toEqual([['/live', '/ready'], 6]);
});

test('a person with grants:read sees the environment in the console, and needs grants:write to change it', async () => {
  const address = await running().address(3000);
  const { api, signIn } = await (await fetch(`${address}/console/config.json`)).json();
  expect(signIn).toEqual({
    issuer: 'https://issuer.example',
    clientId: 'console',
    scope: 'grants:read grants:write',
    resource: 'https://orders.example/',
  });
  const send = async (scope: string, body?: object) => {
    const token = await running().token(signIn.issuer, { iss: signIn.issuer, sub: 'ada', aud: signIn.resource, scope });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const options = body && { method: 'POST', body: JSON.stringify(body) };
    return fetch(`${address}${api}/environments`, { headers, ...options });
  };

  const { _embedded } = await (await send('grants:read')).json();
  expect(_embedded.environments.map(({ name }: Parsed) => name)).toEqual(['Production']);
  const other = { name: 'Other', type: 'SANDBOX' };
  const statuses = [await send('orders:read'), await send('grants:read', other), await send('grants:write', other)];
  expect(statuses.map(({ status }) => status)).toEqual([403, 403, 201]);
});

test('metrics are on a port of their own, and say whether the server is ready', async () => {
  const response = await fetch(`${await running().address(9464)}/metrics`);
  const text = await response.text();
  expect(text).toMatch(/^server_ready\{.*\} 1$/m);
  expect(text).toMatch(/^scopegate_decisions_total\{scopegate_outcome="deny",scopegate_reason="insufficient_scope"/m);
  expect((await fetch(`${await running().address(3000)}/metrics`)).status).toBe(404);
});

test('the manifests set the variables that the server reads, and no others', () => {
  for (const name of ['api-1', 'api-2']) {
    expect(Object.keys(compose.services[name].environment).sort()).toEqual([...VARIABLES].sort());
  }
  expect(api.env.map(({ name }: Parsed) => name).sort()).toEqual([...VARIABLES].sort());
});

test('the probes of the manifests ask paths of the server, and liveness asks nobody else', () => {
  const { livenessProbe, readinessProbe, startupProbe } = api;
  expect([livenessProbe, startupProbe, readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual([
    '/live',
    '/live',
    '/ready',
  ]);
  expect(compose.services['api-1'].healthcheck.test.join(' ')).toContain(':3000/live');
  expect(read('Caddyfile')).toMatch(/health_uri \/ready$/m);
  for (const { httpGet } of [livenessProbe, readinessProbe, startupProbe]) {
    expect(api.ports.map(({ name }: Parsed) => name)).toContain(httpGet.port);
  }
});

test('the parts of the compose file know each other: two instances, a proxy, a database', () => {
  const { services, volumes } = compose;
  const upstreams = /reverse_proxy (.*) \{/.exec(read('Caddyfile'))?.[1]?.split(' ');
  const instances = Object.keys(services).filter((name) => services[name].build !== undefined);
  expect(upstreams).toEqual(instances.map((name) => `${name}:${services[name].environment.PORT}`));
  expect(instances).toHaveLength(2);
  expect(services.proxy.depends_on).toEqual(instances);
  for (const name of instances) {
    const url = new URL(services[name].environment.DATABASE_URL.replace(/\$\{\w+:\?\}/, 'x'));
    expect(services).toHaveProperty(url.hostname);
    expect([url.username, url.pathname]).toEqual([
      services.database.environment.POSTGRES_USER,
      `/${services.database.environment.POSTGRES_DB}`,
    ]);
    expect(Object.keys(services[name].depends_on)).toEqual([url.hostname]);
  }
  const mounted = Object.values<Parsed>(services).flatMap((service) => service.volumes ?? []);
  const named = mounted.map((mount: string) => mount.split(':')[0]).filter((name) => !name?.startsWith('.'));
  expect(named.sort()).toEqual(Object.keys(volumes).sort());
});

test('Prometheus asks the port of metrics of each instance, and has the rules', () => {
  const { rule_files, scrape_configs }: Parsed = parse(read('prometheus.yaml'));
  const [{ job_name, static_configs }] = scrape_configs;
  const { api, ...others } = compose.services;
  expect(api).toBeUndefined();
  const instances = Object.keys(others).filter((name) => others[name].build !== undefined);
  const ports = instances.map((name) => `${name}:${others[name].environment.METRICS_PORT}`);
  expect(static_configs[0].targets).toEqual(ports);
  expect(rule_files).toEqual(['alerts.yaml']);
  for (const name of ['prometheus.yaml', ...rule_files]) {
    expect(others.prometheus.volumes).toContain(`./${name}:/etc/prometheus/${name}:ro`);
  }
  expect([...read('alerts.yaml').matchAll(/job="([^"]*)"/g)].map(([, job]) => job)).toEqual([job_name, job_name]);
  expect(manifest('Deployment', 'api').spec.template.metadata.annotations['prometheus.io/port']).toBe('9464');
});

test('the packages of the server are those that this repository tests with', () => {
  const { dependencies } = JSON.parse(read('package.json'));
  const { devDependencies, name, version } = JSON.parse(readText('package.json'));
  const imported = [...SERVER.matchAll(/ from '([^':]+)';/g)].map(([, path]) =>
    path?.replace(/^(@[^/]+\/[^/]+|[^@/]+).*/, '$1'),
  );
  const needed = new Set([...imported, 'pg', '@opentelemetry/api']); // those of scopegate/postgres and scopegate/otel
  expect(Object.keys(dependencies)).toEqual([...needed].sort());
  for (const [each, range] of Object.entries(dependencies)) {
    expect([each, range]).toEqual([each, each === name ? `^${version}` : devDependencies[each]]);
  }
});

test('the parts of the Kubernetes manifest know each other', () => {
  expect(manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Deployment api',
    'PodDisruptionBudget api',
    'Service api',
    'Ingress api',
    'StatefulSet database',
    'Service database',
  ]);
  const { spec } = manifest('Deployment', 'api');
  expect(spec.replicas).toBe(2);
  for (const name of ['api', 'database']) {
    const owner = name === 'api' ? 'Deployment' : 'StatefulSet';
    const { labels } = manifest(owner, name).spec.template.metadata;
    expect(manifest(owner, name).spec.selector.matchLabels).toEqual(labels);
    const service = manifest('Service', name).spec;
    expect(service.selector).toEqual(labels);
    const ports = manifest(owner, name).spec.template.spec.containers[0].ports.map((port: Parsed) => port.name);
    for (const { targetPort } of service.ports) expect(ports).toContain(targetPort);
  }
  expect(manifest('PodDisruptionBudget', 'api').spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
  const [rule] = manifest('Ingress', 'api').spec.rules;
  const { service } = rule.http.paths[0].backend;
  expect(manifest('Service', service.name).spec.ports.map(({ name }: Parsed) => name)).toContain(service.port.name);
  expect(manifest('Ingress', 'api').spec.tls[0].hosts).toEqual([rule.host]);
  expect(read('Caddyfile').split(' ')[0]).toBe(rule.host);
});

test('images have versions, secrets stand in no file, and processes have time to end', () => {
  const from = /^FROM (.*)$/m.exec(read('Dockerfile'))?.[1];
  const images = [
    from,
    compose.services.proxy.image,
    compose.services.prometheus.image,
    compose.services.database.image,
    api.image,
    database.image,
  ];
  for (const image of images) expect(image).toMatch(IMAGE);
  expect(compose.services.database.image).toBe(database.image);
  const secrets = [...api.env, ...database.env].filter(({ name }: Parsed) => /PASSWORD|DATABASE_URL/.test(name));
  expect(secrets.map(({ valueFrom }: Parsed) => valueFrom.secretKeyRef.key)).toEqual(['database-url', 'password']);
  expect(secrets.every((each: Parsed) => each.value === undefined)).toBe(true);
  expect(compose.services.database.environment.POSTGRES_PASSWORD).toMatch(/^\$\{\w+:\?\}$/);
  expect(JSON.stringify(api.command)).toBe(
    JSON.stringify(JSON.parse(/^CMD (.*)$/m.exec(read('Dockerfile'))?.[1] ?? '')),
  );
  expect(read('Dockerfile')).toMatch(/^USER node$/m);
  expect([api.ports[0].containerPort, Number(/^EXPOSE (\d+)$/m.exec(read('Dockerfile'))?.[1])]).toEqual([3000, 3000]);
});

test('the table of drills has every drill, and each has its file', () => {
  const rows = [...page.text.matchAll(/^\| `([\w-]+)` \| .*(?:while|between|full|silent|order|writ).* \|$/gm)];
  const drills = [...readText('scripts/drills.mjs').matchAll(/^ {2}'?([\w-]+)'?: \{ project.* file: '(.*)' \},$/gm)];
  expect(rows.map(([, name]) => name)).toEqual(drills.map(([, name]) => name));
  for (const [, , file] of drills) expect(readText(file as string)).toContain('test');
});

test('the health that the page shows has the members of the code', () => {
  const shown = JSON.parse(page.blocks.find(({ language }) => language === 'json')?.code as string);
  expect(shown).toEqual({
    ok: true,
    keys: { ok: true, ageMs: expect.any(Number) },
    grants: { ok: true, ageMs: expect.any(Number) },
  });
});
