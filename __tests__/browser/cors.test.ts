import cors from 'cors';
import express from 'express';
import type { Browser } from 'playwright-core';
import { createGate } from 'scopegate';
import { ANALYTICS, issuer, PAAS, recorder, STACK, warmVerifier } from '../http/fixtures/domain.js';
import { type Listening, listening } from '../http/fixtures/raw-http.js';
import { chromiumPath, launchChromium } from './fixtures/chromium.js';

const whenThereIsChromium = chromiumPath === undefined ? describe.skip : describe;

whenThereIsChromium('a page of another origin', () => {
  const told = recorder();
  const servers: Listening[] = [];
  let browser: Browser;
  let shop: Listening;
  let api: string;

  beforeAll(async () => {
    browser = await launchChromium();
    shop = await listening((_req, res) => res.setHeader('Content-Type', 'text/html').end('<title>shop</title>'));
    const verifier = warmVerifier();
    const gate = createGate({ verifier, onDecision: told.observe });
    const passing = createGate({ verifier, onDecision: told.observe, preflight: 'pass' });
    const exposed = cors({ origin: shop.origin, exposedHeaders: ['WWW-Authenticate'] });
    const app = express()
      // As the recipe has it: CORS, then the gate.
      .use('/recipe', exposed, gate.require(ANALYTICS), (_req, res) => res.json({ orders: 3 }))
      .use('/hidden', cors({ origin: shop.origin }), gate.require(ANALYTICS))
      // The gate, then CORS.
      .use('/pass', passing.require(ANALYTICS), exposed, (_req, res) => res.json({ orders: 3 }))
      .use('/refuse', gate.require(ANALYTICS), exposed, (_req, res) => res.json({ orders: 3 }));
    const server = await listening(app);
    servers.push(shop, server);
    api = server.origin;
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) await server.close();
  });

  /** What a script of the shop sees of the API. */
  async function load(path: string, scope?: string) {
    told.records.length = 0;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(shop.origin);
    const headers = scope === undefined ? {} : { Authorization: `Bearer ${issuer.token({ scope })}` };
    const script = `fetch(${JSON.stringify(api + path)}, { headers: ${JSON.stringify(headers)} })
      .then(async (response) => ({
        status: response.status,
        lacks: /scope="([^"]*)"/.exec(response.headers.get('WWW-Authenticate') ?? '')?.[1],
        body: await response.json(),
      }), () => 'network error')`;
    try {
      return await page.evaluate(script);
    } finally {
      await context.close();
    }
  }

  test('reads which scope it lacks, gets a token with it, and reads the response', async () => {
    const first = (await load('/recipe', STACK)) as { status: number; lacks: string };

    expect(first).toMatchObject({ status: 403, lacks: ANALYTICS, body: { required_scope: ANALYTICS } });
    expect(await load('/recipe', first.lacks)).toMatchObject({ status: 200, body: { orders: 3 } });
    expect(told.records.map(({ reason }) => reason)).toEqual(['covered']); // the gate does not see the preflight request
  });

  test('reads the refusal of a request without a token', async () => {
    expect(await load('/recipe')).toMatchObject({ status: 401, body: { reason: 'no_credentials' } });
  });

  test('a script sees the body, and no challenge that is not exposed', async () => {
    const seen = await load('/hidden', STACK);

    expect(seen).toMatchObject({ status: 403, body: { required_scope: ANALYTICS } });
    expect((seen as { lacks?: string }).lacks).toBeUndefined();
  });

  test("calls an API whose gate runs before CORS with preflight: 'pass', and cannot by default", async () => {
    expect(await load('/pass', PAAS)).toMatchObject({ status: 200, body: { orders: 3 } });
    expect(told.records.map(({ reason }) => reason)).toEqual(['preflight', 'covered']);
    expect(await load('/refuse', PAAS)).toBe('network error');
    expect(told.records.map(({ reason }) => reason)).toEqual(['no_credentials']);
  });
});
