import express from 'express';
import { createGate, ociDomain } from 'scopegate';
import { senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import { testIssuer } from 'scopegate/testing';
import { certificate, type DpopClient, dpopClient } from '../../express/oauth2-jwt-bearer/fixtures/proofs.js';
import { type Listening, listening } from '../../http/fixtures/raw-http.js';
import { walk } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const { page, running } = usePage('docs/sender-constrained.md');

const ORDERS = 'http://localhost:3000/orders';
let client: DpopClient;

beforeAll(async () => {
  client = await dpopClient();
});

describe('the requests of the page', () => {
  let token: string;

  beforeAll(async () => {
    await running().importModule(page, 'app.ts');
    const claims = { aud: 'https://orders.example/', scope: 'orders:read', client_id: 'dashboard' };
    const bound = { ...claims, cnf: { jkt: client.jkt } };
    token = await running().token('https://idcs-0a1b.identity.oraclecloud.com', bound);
  });

  test('a bound token opens the route with its proof only', async () => {
    const variables = { TOKEN: token, PROOF: await client.proof({ token, url: ORDERS }) };

    expect(await walk(page, running(), variables)).toEqual([]);
  });

  test('a proof for another method or another address is refused', async () => {
    for (const changed of [{ method: 'POST' }, { url: `${ORDERS}/1` }]) {
      const PROOF = await client.proof({ token, url: ORDERS, ...changed });

      expect((await walk(page, running(), { TOKEN: token, PROOF })).join()).toMatch(/401[\s\S]*dpop_proof_invalid/);
    }
  });
});

const CERTIFICATE = certificate('the certificate of the client');
const COLUMNS = [{}, { dpop: { required: true } }, { mtls: { required: true } }];

/** The rows of the table: the token, and a cell for each of the columns. */
const ROWS = [...page.text.matchAll(/^\| (bound to .+?|not bound) \| (.+?) \| (.+?) \| (.+?) \|$/gm)];

describe('the table of tokens that pass', () => {
  const issuer = testIssuer({ audience: 'https://orders.example/' });
  const domain = ociDomain({ url: issuer.url, tenant: issuer.tenant, audience: 'https://orders.example/' });
  const servers: Listening[] = [];

  beforeAll(async () => {
    for (const options of COLUMNS) {
      const verifier = senderConstrainedVerifier({
        ...domain,
        ...options,
        fetch: issuer.fetch,
        getCertificate: (req) => (req.headers['x-client-cert'] === 'own' ? CERTIFICATE.der : undefined),
      });
      const gate = createGate({ verifier });
      const app = express().get('/', gate.authenticate, (_req, res) => {
        res.json({});
      });
      servers.push(await listening(app));
    }
  });
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  function tokenOf(row: string): string {
    const jkt = row.includes('key') || row.includes('both') ? { jkt: client.jkt } : undefined;
    const x5t =
      row.includes('certificate') || row.includes('both') ? { 'x5t#S256': CERTIFICATE.thumbprint } : undefined;
    return issuer.token(jkt || x5t ? { cnf: { ...jkt, ...x5t } } : {});
  }

  async function passes(column: number, token: string, presented: { proof?: boolean; own?: boolean }) {
    const url = `${servers[column]?.origin}/`;
    const dpop = presented.proof ? { DPoP: await client.proof({ token, url }) } : undefined;
    const headers = {
      Authorization: `${dpop ? 'DPoP' : 'Bearer'} ${token}`,
      ...dpop,
      ...(presented.own && { 'X-Client-Cert': 'own' }),
    };
    return (await fetch(url, { headers })).status === 200;
  }

  /** What has to be presented for each cell, and what is not enough. */
  const CELLS: Record<string, { enough?: object; lacking: object[] }> = {
    passes: { enough: {}, lacking: [] },
    refused: { lacking: [{}, { proof: true }, { own: true }, { proof: true, own: true }] },
    'with a DPoP proof': { enough: { proof: true }, lacking: [{}, { own: true }] },
    'with that certificate': { enough: { own: true }, lacking: [{}] },
    'with both': { enough: { proof: true, own: true }, lacking: [{}, { proof: true }, { own: true }] },
  };

  test('the table has a row for each kind of token', () => {
    expect(ROWS.length).toBe(4);
  });

  test.each(ROWS.map(([, token, ...cells]) => ({ token: token as string, cells })))(
    'a token that is $token passes as the page says',
    async ({ token: row, cells }) => {
      for (const [column, cell] of cells.entries()) {
        const { enough, lacking } = CELLS[cell] as (typeof CELLS)[string];
        const token = tokenOf(row);
        if (enough)
          expect({ row, column, cell, passes: await passes(column, token, enough) }).toMatchObject({ passes: true });
        for (const presented of lacking) {
          const seen = { row, column, cell, presented, passes: await passes(column, token, presented) };
          expect(seen).toMatchObject({ passes: false });
        }
      }
    },
  );
});
