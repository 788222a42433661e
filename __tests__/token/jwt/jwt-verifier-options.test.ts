import { ACCOUNT_AUDIENCE } from '../../../lib/scope/grammar.js';
import { jwtVerifier } from '../../../lib/token/jwt/jwt-verifier.js';
import type { JwtVerifierOptions } from '../../../lib/token/jwt/jwt-verifier-options.js';
import {
  AUDIENCE,
  claims,
  clockAt,
  forge,
  ISSUER,
  NOW,
  reasonOf,
  signingKey,
  verdictOf,
} from '../../support/tokens.js';

const key = signingKey('EdDSA', 'k1');
const good: JwtVerifierOptions = { issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.jwk] }, clock: clockAt(NOW) };
const { jwks: _, ...remote } = { ...good, jwksUri: 'https://issuer.example/jwks' };

function judge(options: Partial<JwtVerifierOptions>, over: object = {}, header: object = {}): string {
  const token = forge({ alg: 'EdDSA', kid: 'k1', ...header }, claims({ ...over }), key);
  return reasonOf(verdictOf(jwtVerifier({ ...good, ...options }), token));
}

test('scopes are requested with the prefix of the option', () => {
  const verifier = jwtVerifier({ ...good, scopePrefix: 'api://orders/' });
  expect(verifier.toRequestedScope?.('read', undefined)).toBe('api://orders/read');
});

describe('invalid options', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ issuers: ISSUER }, 'jwtVerifier() has no option "issuers". Did you mean "issuer"?'],
    [{ audiance: AUDIENCE }, 'Did you mean "audience"?'],
    [{ jwks_uri: 'https://issuer.example/jwks' }, 'Did you mean "jwksUri"?'],
    [{ tokenSigningAlg: 'RS256' }, 'Did you mean "algorithms"?'],
    [{ leeway: 5 }, 'Did you mean "clockTolerance"?'],
    [{ clockSkew: 5 }, 'Did you mean "clockTolerance"?'],
    [{ secret: 'sssh' }, 'It knows: issuer, issuerBaseURL, audience,'],
    [{ issuer: undefined }, '"issuer" must be a string or a list of strings, not undefined'],
    [{ issuer: '' }, '"issuer" must be a string or a list of strings, not an empty string'],
    [{ issuer: [] }, '"issuer" must be'],
    [{ issuer: [ISSUER, undefined] }, '"issuer" must be'],
    [{ issuer: /issuer/ }, '"issuer" must be'],
    [{ audience: undefined }, '"audience" must be'],
    [{ audience: [] }, '"audience" must be at least one audience'],
    [{ audience: [AUDIENCE, ''] }, '"audience" must be'],
    [{ audience: ACCOUNT_AUDIENCE }, 'Say accountAudience({ tenant }).'],
    [{ audience: [AUDIENCE, ` ${ACCOUNT_AUDIENCE.toUpperCase()}`] }, 'Say accountAudience({ tenant }).'],
    [{ algorithms: [] }, '"algorithms" must be a list of RS256, RS384'],
    [{ algorithms: 'RS256' }, '"algorithms" must be a list of'],
    [{ algorithms: ['RS256', 'HS256'] }, '"algorithms" must be a list of'],
    [{ algorithms: ['none'] }, '"algorithms" must be a list of'],
    [{ algorithms: ['rs256'] }, '"algorithms" must be a list of'],
    [{ typ: [] }, `"typ" must be the "typ" of access tokens, such as 'at+jwt', or a list, not an empty list`],
    [{ typ: '' }, '"typ" must be the "typ" of access tokens'],
    [{ typ: ['at+jwt', ''] }, '"typ" must be the "typ" of access tokens'],
    [{ typ: [null] }, '"typ" must be the "typ" of access tokens'],
    [{ typ: 'at+jwt, JWT' }, '"typ" must be the "typ" of access tokens'],
    [{ typ: 'a/b/c' }, '"typ" must be the "typ" of access tokens'],
    [{ typ: ['at+jwt', 'JWT'], strict: true }, `"typ" must be 'at+jwt' where "strict" is true`],
    [{ ignoreIdTokenClaims: 'yes' }, '"ignoreIdTokenClaims" must be true or false'],
    [{ strict: 'yes' }, '"strict" must be true or false'],
    [{ clockTolerance: '5s' }, '"clockTolerance" must be a number of seconds, 0 or more'],
    [{ clockTolerance: -1 }, '"clockTolerance" must be'],
    [{ clockTolerance: Number.POSITIVE_INFINITY }, '"clockTolerance" must be'],
    [{ clockTolerance: Number.NaN }, '"clockTolerance" must be'],
    [{ futureTolerance: '60s' }, '"futureTolerance" must be a number of seconds, 0 or more'],
    [{ futureTolerance: -1 }, '"futureTolerance" must be'],
    [{ futureTolerence: 5 }, 'Did you mean "futureTolerance"?'],
    [{ scopesFrom: [] }, '"scopesFrom" must be the name of a claim, a list of names, or a function, not an empty list'],
    [{ scopesFrom: '' }, '"scopesFrom" must be the name of a claim'],
    [{ scopesFrom: ['scope', ''] }, '"scopesFrom" must be the name of a claim'],
    [{ scopesFrom: ['scope', null] }, '"scopesFrom" must be the name of a claim'],
    [{ scopesFrom: { name: 'scope' } }, '"scopesFrom" must be the name of a claim'],
    [{ scopesFrom: null }, '"scopesFrom" must be the name of a claim'],
    [{ scopeFrom: 'scope' }, 'Did you mean "scopesFrom"?'],
    [{ requiredClaims: ['azp'] }, '"requiredClaims" must be an object of claims with their values'],
    [{ requiredClaims: 'azp' }, '"requiredClaims" must be an object of claims with their values'],
    [{ requiredClaims: null }, '"requiredClaims" must be an object of claims with their values'],
    [{ requiredClaims: { azp: [] } }, '"requiredClaims.azp" must be a string or a list of strings, not an empty list'],
    [{ requiredClaims: { azp: ['a', ''] } }, '"requiredClaims.azp" must be a string or a list of strings'],
    [{ requiredClaims: { azp: 5 } }, '"requiredClaims.azp" must be a string or a list of strings, not 5'],
    [{ requiredClaims: { azp: undefined } }, '"requiredClaims.azp" must be a string or a list of strings'],
    [
      { audience: { expected: 'any', accepts: () => true, acceptsMissing: true } },
      'an audience that may be missing needs "requiredClaims"',
    ],
    [{ cache: true }, 'in "cache", takes an object of options, not true'],
    [{ cache: null }, 'in "cache", takes an object of options, not null'],
    [{ cache: { max: 5 } }, 'in "cache", has no option "max". Did you mean "maxTokens"?'],
    [{ cache: { size: 5 } }, 'in "cache", has no option "size". Did you mean "maxTokens"?'],
    [{ cache: { maxTokens: 1 } }, '"cache.maxTokens" must be a number of tokens, 2 or more, not 1'],
    [{ cache: { maxBytes: 1_048_576 } }, 'in "cache", has no option "maxBytes"'],
    [{ ignoreKeyOps: 'no' }, `"ignoreKeyOps" must be true or false`],
    [{ jwks: undefined }, 'needs either "jwksUri", where the issuer publishes its keys, or "jwks"'],
    [{ jwksUri: 'https://issuer.example/jwks' }, 'takes "jwksUri" or "jwks", not both'],
  ])('jwtVerifier() throws for %j and names the right option', (over, sentence) => {
    expect(() => jwtVerifier({ ...good, ...over } as JwtVerifierOptions)).toThrow(TypeError);
    expect(() => jwtVerifier({ ...good, ...over } as JwtVerifierOptions)).toThrow(sentence);
  });

  test('jwtVerifier() throws without options', () => {
    expect(() => jwtVerifier(undefined as never)).toThrow('takes an object of options, not undefined');
    expect(() => jwtVerifier([] as never)).toThrow('takes an object of options, not an empty list');
  });

  test('an error does not show the value of an option', () => {
    expect(() => jwtVerifier({ ...remote, keyAuthorization: 'Bearer sesame' as never })).toThrow(/^(?!.*sesame)/);
  });

  test.each([
    ['/jwks', 'absolute URL'],
    ['issuer.example/jwks', 'absolute URL'],
    ['http://issuer.example/jwks', 'must be an https address'],
    ['ftp://issuer.example/jwks', 'must be an https address'],
    ['file:///etc/jwks.json', 'must be an https address'],
    ['http://127.0.0.1.evil.example/jwks', 'must be an https address'],
    ['http://localhost.evil.example/jwks', 'must be an https address'],
    ['https://me:secret@issuer.example/jwks', 'must not hold credentials; use "keyAuthorization"'],
  ])('jwksUri rejects %s', (jwksUri, sentence) => {
    expect(() => jwtVerifier({ ...remote, jwksUri })).toThrow(sentence);
  });

  test.each([
    'https://issuer.example/jwks',
    'http://localhost:3000/jwks',
    'http://127.0.0.1/jwks',
    'http://[::1]/jwks',
  ])('jwksUri accepts %s', (jwksUri) => {
    expect(typeof jwtVerifier({ ...remote, jwksUri }).verify).toBe('function');
  });
});

describe('options that change what a verifier accepts', () => {
  test('8725-1: algorithms restricts the algorithms of the keys', () => {
    expect(judge({})).toBe('accepted');
    expect(judge({ algorithms: ['EdDSA', 'ES256'] })).toBe('accepted');
    expect(judge({ algorithms: ['EdDSA'] }, {}, { alg: 'ES256' })).toBe('algorithm_not_allowed');
  });

  test('9068-1: typ requires the at+jwt type only', () => {
    expect(judge({ typ: 'at+jwt' })).toBe('type_not_allowed');
    expect(judge({ typ: 'at+jwt' }, { jti: undefined }, { typ: 'at+jwt' })).toBe('accepted');
  });

  test.each<[JwtVerifierOptions['typ'], readonly string[]]>([
    [undefined, ['at+jwt', 'JWT', 'none']],
    ['at+jwt', ['at+jwt']],
    ['application/AT+JWT', ['at+jwt']],
    [
      ['at+jwt', 'JWT'],
      ['at+jwt', 'JWT', 'none'],
    ],
    ['JWT', ['JWT', 'none']],
    ['application/okta-internal-at+jwt', ['application/okta-internal-at+jwt']],
    [
      ['JWT', 'okta-internal-at+jwt'],
      ['JWT', 'none', 'application/okta-internal-at+jwt'],
    ],
  ])('8725-11: the option typ %j accepts %j', (typ, accepted) => {
    const types = ['at+jwt', 'JWT', 'none', 'application/okta-internal-at+jwt', 'dpop+jwt', 'logout+jwt'];
    const found = types.filter(
      (each) => judge({ ...(typ && { typ }) }, {}, each === 'none' ? {} : { typ: each }) === 'accepted',
    );
    expect(found.sort()).toEqual([...accepted].sort());
  });

  test('8725-9: ignoreIdTokenClaims accepts tokens that have claims of ID tokens and say nothing', () => {
    const over = { scope: undefined, nonce: 'n', at_hash: 'a' };
    expect(judge({}, over)).toBe('not_an_access_token');
    expect(judge({ ignoreIdTokenClaims: true }, over)).toBe('accepted');
    expect(judge({ ignoreIdTokenClaims: true }, { ...over, token_use: 'id' })).toBe('not_an_access_token');
    expect(judge({}, over, { typ: 'at+jwt' })).toBe('accepted');
  });

  test('9068-6: strict requires the at+jwt type and all claims', () => {
    expect(judge({ strict: true })).toBe('type_not_allowed');
    for (const typ of [undefined, 'at+jwt', ['AT+JWT', 'application/at+jwt']]) {
      expect(judge({ strict: true, ...(typ && { typ }) }, {}, { typ: 'at+jwt' })).toBe('accepted');
    }
    for (const claim of ['sub', 'client_id', 'iat', 'jti']) {
      expect(judge({ strict: true }, { [claim]: undefined }, { typ: 'at+jwt' })).toBe('claim_missing');
    }
  });

  test('clockTolerance is 5 s by default and counts seconds', () => {
    expect(judge({}, { exp: NOW - 4 })).toBe('accepted');
    expect(judge({}, { exp: NOW - 5 })).toBe('token_expired');
    expect(judge({ clockTolerance: 0 }, { exp: NOW })).toBe('token_expired');
    expect(judge({ clockTolerance: 60 }, { exp: NOW - 59 })).toBe('accepted');
    expect(judge({ clockTolerance: 60 }, { exp: NOW - 60 })).toBe('token_expired');
  });

  test('futureTolerance is 60 s by default and applies to iat and nbf only', () => {
    expect(judge({}, { nbf: NOW + 60, iat: NOW + 60 })).toBe('accepted');
    expect(judge({}, { nbf: NOW + 61 })).toBe('token_not_yet_valid');
    expect(judge({}, { iat: NOW + 61 })).toBe('token_not_yet_valid');
    expect(judge({ futureTolerance: 0 }, { iat: NOW + 1 })).toBe('token_not_yet_valid');
    expect(judge({ futureTolerance: 600 }, { iat: NOW + 600, nbf: NOW + 600 })).toBe('accepted');
    expect(judge({ futureTolerance: 600 }, { exp: NOW - 5 })).toBe('token_expired');
  });

  test('later changes of the lists of issuers and audiences have no effect', () => {
    const issuer = [ISSUER];
    const audience = ['other'];
    const verifier = jwtVerifier({ ...good, issuer, audience });
    issuer.push('https://evil.example/');
    audience.push(AUDIENCE);
    const token = (over: object) => forge({ alg: 'EdDSA', kid: 'k1' }, claims({ ...over }), key);
    expect(reasonOf(verdictOf(verifier, token({ iss: 'https://evil.example/' })))).toBe('issuer_mismatch');
    expect(reasonOf(verdictOf(verifier, token({})))).toBe('audience_mismatch');
  });

  test.each<[unknown, string]>([
    ['dashboard', 'accepted'],
    ['cli', 'accepted'],
    ['Dashboard', 'claim_mismatch'],
    ['dashboard ', 'claim_mismatch'],
    [['dashboard'], 'claim_mismatch'],
    [null, 'claim_mismatch'],
    [5, 'claim_mismatch'],
    [undefined, 'claim_mismatch'],
  ])('requiredClaims compares the claim %j exactly', (azp, expected) => {
    expect(judge({ requiredClaims: { azp: ['dashboard', 'cli'] } }, { azp })).toBe(expected);
    expect(judge({ requiredClaims: { jti: 'one', azp: ['dashboard', 'cli'] } }, { azp })).toBe(expected);
  });

  test('requiredClaims finds no claim that every object has', () => {
    const constructorOf = { constructor: 'Object' };
    expect(judge({ requiredClaims: constructorOf as never })).toBe('claim_mismatch');
    expect(judge({ requiredClaims: constructorOf as never }, constructorOf)).toBe('accepted');
  });

  test('7519-5: an audience rule that accepts tokens without aud still checks one that is there', () => {
    const audience = { expected: 'own', accepts: (aud: string) => aud === 'own', acceptsMissing: true };
    const options = { audience, requiredClaims: { client_id: 'reports' } };
    expect(judge(options, { aud: undefined })).toBe('accepted');
    expect(judge(options, { aud: 'own' })).toBe('accepted');
    expect(judge(options, { aud: 'other' })).toBe('audience_mismatch');
    expect(judge(options, { aud: [] })).toBe('audience_mismatch');
    expect(judge(options, { aud: null })).toBe('claim_malformed');
    expect(judge(options, { aud: undefined, client_id: 'other' })).toBe('claim_mismatch');
    expect(judge(options, { aud: undefined, exp: undefined })).toBe('claim_missing');
    expect(judge({ audience: [AUDIENCE, audience], requiredClaims: options.requiredClaims }, {})).toBe('accepted');
    expect(judge({}, { aud: undefined })).toBe('claim_missing');
  });
});
