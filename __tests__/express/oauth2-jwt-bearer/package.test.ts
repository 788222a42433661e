import { testIssuer } from 'scopegate/testing';

type Module = typeof import('scopegate/express-oauth2-jwt-bearer');

const issuer = testIssuer();
const options = { issuer: issuer.issuer, audience: 'a', jwks: issuer.jwks(), ignoreKeyOps: true };

/** `senderConstrainedVerifier` with another package in the place of `express-oauth2-jwt-bearer`. */
function withPackage(load: () => unknown): Module['senderConstrainedVerifier'] {
  jest.resetModules(); // it is loaded later, when a verifier is made
  jest.doMock('express-oauth2-jwt-bearer', load);
  const loaded: Module = require('scopegate/express-oauth2-jwt-bearer');
  return loaded.senderConstrainedVerifier;
}

/** A warning may come a moment later; it goes to the console of the tests otherwise. */
function catchWarnings() {
  return jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
}

afterEach(() => {
  jest.dontMock('express-oauth2-jwt-bearer');
  jest.restoreAllMocks();
});

const getCertificate = () => undefined;
const missing = (name: string) => () => {
  throw Object.assign(new Error(`Cannot find module '${name}' from 'proofs.js'`), { code: 'MODULE_NOT_FOUND' });
};

test('ready() names the command that installs a missing package', async () => {
  const emitWarning = catchWarnings();
  const verifier = withPackage(missing('express-oauth2-jwt-bearer'))(options);
  const sentence =
    "senderConstrainedVerifier() needs the package express-oauth2-jwt-bearer: npm install 'express-oauth2-jwt-bearer@^1.10'";

  await expect(verifier.ready()).rejects.toMatchObject({ message: sentence });
  expect(emitWarning).toHaveBeenCalledWith(sentence, {
    type: 'ScopegateWarning',
    code: 'SCOPEGATE_PACKAGE_MISSING',
  });
});

test('ready() leaves the error as it is where a package of that package is missing', async () => {
  catchWarnings();
  const verifier = withPackage(missing('jose'))(options);

  await expect(verifier.ready()).rejects.toThrow(/^Cannot find module 'jose'/);
});

test.each([
  ['express-oauth2-jwt-bearer-1.9', {}, undefined],
  ['express-oauth2-jwt-bearer-1.9', { getCertificate }, 'mtls'],
  ['express-oauth2-jwt-bearer', { getCertificate }, undefined],
])('ready() of a verifier with %s and %p refuses a version that ignores %p', async (name, more, ignored) => {
  const verifier = withPackage(() => jest.requireActual(name))({ ...options, ...more });

  if (ignored === undefined) await expect(verifier.ready()).resolves.toBeUndefined();
  else {
    await expect(verifier.ready()).rejects.toThrow(
      `senderConstrainedVerifier() needs a later express-oauth2-jwt-bearer for ${ignored}: npm install 'express-oauth2-jwt-bearer@^1.10'`,
    );
  }
});

test.each([
  ['dpop', { jkt: 'k' }, () => ({ auth: () => (_req: object, _res: object, next: () => void) => next() })],
  ['mtls', { 'x5t#S256': 'c' }, () => jest.requireActual('express-oauth2-jwt-bearer-1.9')],
])('a token that needs %s is not let pass unproven by a version that ignores it', async (kind, cnf, load) => {
  const verifier = withPackage(load)({ ...options, getCertificate });
  const scheme = kind === 'dpop' ? 'dpop' : 'bearer';
  const token = issuer.token({ aud: 'a', cnf });
  const request = { headers: {}, method: 'GET', originalUrl: '/' };

  await expect(Promise.resolve(verifier.verify({ scheme, token }, request))).rejects.toThrow(
    `senderConstrainedVerifier() needs a later express-oauth2-jwt-bearer for ${kind}`,
  );
});
