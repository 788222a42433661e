import { readSettings } from '../../demo-app/settings.js';

const domain = { OCI_DOMAIN_URL: 'https://idcs-0a1b.identity.oraclecloud.com', OCI_TENANT: 'idcs-0a1b' };
const credentials = { OCI_CLIENT_ID: 'reports', OCI_CLIENT_SECRET: 'hush-hush' };

test('nothing set means the local authorization server, at port 3000', () => {
  expect(readSettings({})).toEqual({ port: 3000, database: 'scopegate-demo.db' });
});

test('an empty variable is not set', () => {
  expect(readSettings({ PORT: '', OCI_DOMAIN_URL: '', OCI_TENANT: '', ADMIN_SCOPE: '' })).toEqual({
    port: 3000,
    database: 'scopegate-demo.db',
  });
});

test('everything set', () => {
  const others = { PORT: '8080', ADMIN_SCOPE: 'urn:opc:idm:g.all_r', DATABASE: 'postgres://db.example/grants' };

  expect(readSettings({ ...others, ...domain, ...credentials, OCI_ISSUER: 'https://login.example/' })).toEqual({
    port: 8080,
    adminScope: 'urn:opc:idm:g.all_r',
    database: 'postgres://db.example/grants',
    domain: {
      url: domain.OCI_DOMAIN_URL,
      tenant: 'idcs-0a1b',
      issuer: 'https://login.example/',
      keyCredentials: { clientId: 'reports', clientSecret: 'hush-hush' },
    },
  });
});

test.each([
  ['OCI_TENANT', { OCI_DOMAIN_URL: domain.OCI_DOMAIN_URL }],
  ['OCI_DOMAIN_URL', { OCI_TENANT: 'idcs-0a1b' }],
  ['OCI_DOMAIN_URL', { OCI_ISSUER: 'https://login.example/' }],
  ['OCI_DOMAIN_URL', credentials],
  ['OCI_CLIENT_ID', { ...domain, OCI_CLIENT_SECRET: 'hush-hush' }],
  ['OCI_CLIENT_SECRET', { ...domain, OCI_CLIENT_ID: 'reports' }],
])('%s is missed beside %j', (missing, env) => {
  expect(() => readSettings(env)).toThrow(`${missing} is missing`);
});

test.each(['80a', '-1', '65536', '3.5', ' '])('%j is no port', (PORT) => {
  expect(() => readSettings({ PORT })).toThrow(`PORT must be a number from 0 to 65535, not "${PORT}".`);
});

test('an address must be absolute', () => {
  expect(() => readSettings({ ...domain, OCI_DOMAIN_URL: 'idcs-0a1b' })).toThrow('OCI_DOMAIN_URL must be an absolute');
});
