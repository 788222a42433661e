import { createGate, jwtVerifier, ociDomain } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { createApp } from '../../demo-app/app.js';

const issuer = testIssuer();
const verifier = jwtVerifier({ ...ociDomain({ url: issuer.url, tenant: issuer.tenant }), fetch: issuer.fetch });
const app = createApp({ gate: createGate({ verifier }), adminScope: 'urn:opc:idm:g.all_r' });

test('accepts the admin scope that is configured, since real domains expand the reserved scope', async () => {
  const expanded = issuer.token({ scope: 'urn:opc:idm:t.user.me urn:opc:idm:g.all_r' });

  await request(app)
    .get('/admin/settings')
    .auth(expanded, { type: 'bearer' })
    .expect(200, { openedBy: 'urn:opc:idm:g.all_r' });
});

test.each([
  ['an unknown path', '/unknown', 404],
  ['an address that cannot be decoded', '/stacks/%zz', 400],
])('responds with problem details instead of a page: %s', async (_, path, status) => {
  const { body } = await request(app)
    .delete(path)
    .expect(status)
    .expect('Content-Type', /^application\/problem\+json/);

  expect(body).toEqual({ type: 'about:blank', title: expect.any(String), status });
});
