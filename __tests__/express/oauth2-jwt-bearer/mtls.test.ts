import express from 'express';
import { createGate } from 'scopegate';
import { type SenderConstrainedVerifierOptions, senderConstrainedVerifier } from 'scopegate/express-oauth2-jwt-bearer';
import request from 'supertest';
import { domainOptions, issuer, PAAS, recorder, showAuth } from '../../http/fixtures/domain.js';
import { type Listening, listening } from '../../http/fixtures/raw-http.js';
import { certificate, type DpopClient, dpopClient } from './fixtures/proofs.js';

const own = certificate('the certificate of the client, as bytes that nobody here takes apart');
const other = certificate('the certificate of another client');

type GetCertificate = SenderConstrainedVerifierOptions['getCertificate'];
const told = recorder();
const servers: Listening[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** A server whose TLS layer, or proxy, gives this certificate. */
async function serverWith(getCertificate?: GetCertificate, options: Partial<SenderConstrainedVerifierOptions> = {}) {
  const verifier = senderConstrainedVerifier({
    ...domainOptions,
    ...(getCertificate && { getCertificate }),
    ...options,
  });
  const gate = createGate({ verifier, onDecision: told.observe });
  const server = await listening(express().use('/', gate.require(PAAS), showAuth));
  servers.push(server);
  return server.origin;
}

const boundTo = (cnf: unknown) => issuer.token({ scope: PAAS, client_id: 'reader', cnf });
const certified = () => boundTo({ 'x5t#S256': own.thumbprint });

async function reasonFor(origin: string, token: string, headers: Record<string, string> = {}, path = '/') {
  const answer = await request(origin).get(path).set('Authorization', `Bearer ${token}`).set(headers);
  if (answer.status === 200) {
    expect(answer.body).toEqual({ client: 'reader', scopes: [PAAS] });
    return 'let through';
  }
  const { reason, error, status } = JSON.parse(answer.text);
  expect([answer.status, status]).toEqual([401, 401]);
  expect(answer.headers['www-authenticate']).toContain(`error="${error}"`);
  return reason;
}

describe('8705-2: certificate thumbprint in cnf', () => {
  test.each<[string, GetCertificate]>([
    ['as bytes', () => own.der],
    ['as other bytes', () => new Uint8Array(own.der)],
    ['as PEM', () => own.pem],
    ['as PEM with what a tool prints above it', () => `subject=CN = client\n${own.pem}`],
  ])('accepts the bound certificate %s', async (_, getCertificate) => {
    expect(await reasonFor(await serverWith(getCertificate), certified())).toBe('let through');
  });

  test.each<[string, GetCertificate]>([
    ["another client's", () => other.der],
    ["another client's, as PEM", () => other.pem],
    ['none (8705-3)', () => undefined],
    ['an empty one', () => Buffer.alloc(0)],
    ['an empty text', () => ''],
    ['text that is no PEM', () => own.thumbprint],
    [
      'what cannot be had',
      () => {
        throw new Error('no TLS here');
      },
    ],
    ['a promise of one', (() => Promise.resolve(own.der)) as unknown as GetCertificate],
  ])('refuses the token when the certificate is %s', async (_, getCertificate) => {
    expect(await reasonFor(await serverWith(getCertificate), certified())).toBe('certificate_mismatch');
    expect(told.records.at(-1)?.detail).toMatch(/\w/);
  });

  test.each([
    [own.thumbprint.toUpperCase()],
    [Buffer.from(own.thumbprint, 'base64url').toString('hex')],
    [''],
    [7],
    [null],
    [[own.thumbprint]],
  ])('refuses a token whose thumbprint is %j', async (thumbprint) => {
    const token = boundTo({ 'x5t#S256': thumbprint });
    expect(await reasonFor(await serverWith(() => own.der), token)).toBe('certificate_mismatch');
  });

  test('8705-1: calls getCertificate with the request that carries the token', async () => {
    const origin = await serverWith((req) => (req.headers['x-client-cert'] === 'own' ? own.der : undefined));
    expect(await reasonFor(origin, certified(), { 'X-Client-Cert': 'own' })).toBe('let through');
    expect(await reasonFor(origin, certified())).toBe('certificate_mismatch');
  });
});

test('8705-3: refuses a certificate-bound token without getCertificate, and informs operators of the option', async () => {
  expect(await reasonFor(await serverWith(), certified())).toBe('sender_constrained');
  expect(told.records.at(-1)?.detail).toMatch(/getCertificate/);
});

describe('8705-4: members of cnf', () => {
  let client: DpopClient;
  beforeAll(async () => {
    client = await dpopClient();
  });

  async function proven(getCertificate: GetCertificate, by: DpopClient | undefined, cnf: Record<string, unknown>) {
    const origin = await serverWith(getCertificate);
    const token = boundTo(cnf);
    if (by === undefined) return reasonFor(origin, token);
    const proof = await by.proof({ token, url: `${origin}/` });
    return reasonFor(origin, token, { Authorization: `DPoP ${token}`, DPoP: proof });
  }

  const both = () => ({ jkt: client.jkt, 'x5t#S256': own.thumbprint });

  test('requires both proofs for a token that is bound in both ways', async () => {
    expect(await proven(() => own.der, client, both())).toBe('let through');
    expect(await proven(() => own.pem, client, both())).toBe('let through');
    expect(await proven(() => other.der, client, both())).toBe('certificate_mismatch');
    expect(await proven(() => other.pem, client, both())).toBe('certificate_mismatch');
    expect(await proven(() => undefined, client, both())).toBe('certificate_mismatch');
    expect(await proven(() => '', client, both())).toBe('certificate_mismatch');
    expect(await proven(() => own.thumbprint, client, { ...both(), 'x5t#S256': '' })).toBe('certificate_mismatch');
    expect(
      await proven(
        () => {
          throw new Error('no TLS here');
        },
        client,
        both(),
      ),
    ).toBe('certificate_mismatch');
    expect(await proven(() => own.der, await dpopClient(), both())).toBe('dpop_proof_invalid');
    expect(await proven(() => own.der, undefined, both())).toBe('sender_constrained');
    expect(await proven(undefined, client, both())).toBe('sender_constrained');
  });

  test('ignores an unknown member next to a known one', async () => {
    const extra = { kid: 'k', 'x5t#S384': 'x' };
    expect(await proven(() => own.der, undefined, { 'x5t#S256': own.thumbprint, ...extra })).toBe('let through');
    expect(await proven(() => other.der, undefined, { 'x5t#S256': own.thumbprint, ...extra })).toBe(
      'certificate_mismatch',
    );
    expect(await proven(undefined, client, { jkt: client.jkt, ...extra })).toBe('let through');
    expect(await proven(undefined, await dpopClient(), { jkt: client.jkt, ...extra })).toBe('dpop_proof_invalid');
  });

  test.each([
    [{}],
    [{ jwk: { kty: 'oct' } }],
    [{ kid: 'k' }],
    [{ 'x5t#S384': own.thumbprint }],
    [[]],
    [['jkt']],
    [null],
    ['jkt'],
    [7],
    [false],
  ])('refuses a cnf without a known member: %j', async (cnf) => {
    const origin = await serverWith(() => own.der);
    expect(await reasonFor(origin, boundTo(cnf))).toBe('sender_constrained');
  });
});

describe('required binding', () => {
  test('accepts only tokens bound to the certificate when mtls is required', async () => {
    const origin = await serverWith(() => own.der, { mtls: { required: true } });
    expect(await reasonFor(origin, certified())).toBe('let through');
    expect(await reasonFor(origin, issuer.token({ scope: PAAS }))).toBe('certificate_mismatch');
  });

  test('accepts only tokens bound in both ways when mtls and dpop are required', async () => {
    const client = await dpopClient();
    const origin = await serverWith(() => own.der, { mtls: { required: true }, dpop: { required: true } });
    for (const [cnf, reason] of [
      [{ jkt: client.jkt, 'x5t#S256': own.thumbprint }, 'let through'],
      [{ jkt: client.jkt }, 'certificate_mismatch'],
      [{ 'x5t#S256': own.thumbprint }, 'dpop_proof_invalid'],
    ] as const) {
      const token = boundTo(cnf);
      const proof = await client.proof({ token, url: `${origin}/` });
      expect(await reasonFor(origin, token, { Authorization: `DPoP ${token}`, DPoP: proof })).toBe(reason);
    }
    expect(await reasonFor(origin, certified())).toBe('sender_constrained');
  });
});
