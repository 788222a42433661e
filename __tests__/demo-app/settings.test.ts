import { readSettings } from '../../demo-app/settings.js';

const domain = { OCI_DOMAIN_URL: 'https://idcs-0a1b.identity.oraclecloud.com', OCI_TENANT: 'idcs-0a1b' };
const credentials = { OCI_CLIENT_ID: 'reports', OCI_CLIENT_SECRET: 'hush-hush' };

test('uses the local authorization server at port 3000 by default', () => {
  expect(readSettings({})).toEqual({ port: 3000, database: 'scopegate-demo.db' });
});

test('treats an empty variable as unset', () => {
  expect(readSettings({ PORT: '', OCI_DOMAIN_URL: '', OCI_TENANT: '', ADMIN_SCOPE: '' })).toEqual({
    port: 3000,
    database: 'scopegate-demo.db',
  });
});

test('reads every setting', () => {
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
])('reports that %s is missing with %j', (missing, env) => {
  expect(() => readSettings(env)).toThrow(`${missing} is missing`);
});

test.each(['80a', '-1', '65536', '3.5', ' '])('rejects the port %j', (PORT) => {
  expect(() => readSettings({ PORT })).toThrow(`PORT must be a number from 0 to 65535, not "${PORT}".`);
});

test('rejects an address that is not absolute', () => {
  expect(() => readSettings({ ...domain, OCI_DOMAIN_URL: 'idcs-0a1b' })).toThrow('OCI_DOMAIN_URL must be an absolute');
});
