import type { Request } from 'express';
import express from 'express';
import { createGate, type DecisionRecord, jwtVerifier, ociDomain } from 'scopegate';
import { testIssuer } from 'scopegate/testing';
import request from 'supertest';
import { REFUSALS } from '../../../lib/enforcement/refusal.js';
import { commandsOf } from '../fixtures/responses.js';
import { usePage } from '../fixtures/running-page.js';

const { page, running } = usePage('docs/operations.md');

/** The line of the page for a denied request. */
const SHOWN = JSON.parse(page.blocks.find(({ language }) => language === 'json')?.code as string);

test('the server starts while the key endpoint is away, and is ready once the keys arrive', async () => {
  await running().setKeysAvailable(false);
  await running().importModule(page, 'server.ts');
  const address = await running().address(3000);
  const getReady = async () => (await fetch(`${address}/ready`)).status;

  expect(await getReady()).toBe(503);
  await running().setKeysAvailable(true);
  while ((await getReady()) !== 200);

  expect((await fetch(`${address}/orders`)).status).toBe(401);
  expect(commandsOf(page)).toEqual([]);
});

test('the record of a denied request is the one that the page shows', async () => {
  const audience = 'https://orders.example/';
  const issuer = testIssuer({ audience });
  const domain = ociDomain({ url: issuer.url, tenant: issuer.tenant, audience });
  const lines: object[] = [];
  const gate = createGate({
    verifier: jwtVerifier({ ...domain, fetch: issuer.fetch }),
    onDecision({ error, ...record }: DecisionRecord, req: Request) {
      lines.push({ ...record, method: req.method, route: req.route?.path });
    },
  });
  const app = express().get('/orders', gate.require('orders:read'), (_req, res) => {
    res.json([]);
  });
  const { client, subject, jti } = SHOWN;
  const token = issuer.token({ scope: 'orders:write', client_id: client, sub: subject, jti });

  await request(app).get('/orders').set('Authorization', `Bearer ${token}`).expect(403);
  expect(lines).toEqual([{ ...SHOWN, durationMs: expect.any(Number) }]);
});

test('every reason in the table of alerts is one of the code', () => {
  const [, section = ''] = page.text.split('## What to alert on');
  const [table = ''] = section.split('\n## ');
  const reasons = [...table.matchAll(/`([a-z]+_[a-z_]+)`/g)].map(([, reason]) => reason as string);

  expect(reasons.length).toBeGreaterThan(6);
  for (const reason of reasons) expect(Object.keys(REFUSALS)).toContain(reason);
});

test('every option in the tables of outages and timeouts is one of the code', () => {
  const names = 'outageToleranceMs maxStalenessMs grantsUnavailable timeoutMs busyTimeout connectionTimeout';
  for (const name of [...names.split(' '), 'statementTimeout', 'lockTimeout', 'cacheMaxAgeMs']) {
    expect(page.text).toContain(`\`${name}\``);
  }
});
