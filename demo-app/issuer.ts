import express, { type ErrorRequestHandler, type RequestHandler, type Response, type Router } from 'express';
import { CONSUMER_ALL, parseScope } from 'scopegate';
import { type TestClaims, type TestIssuer, testIssuer } from 'scopegate/testing';

export const LOCAL_TENANT = 'idcs-demo';

/** The tokens that a resource server has to refuse; `demo=…` asks for them. No real issuer has such a parameter. */
const BAD_TOKENS: ReadonlyMap<string, (issuer: TestIssuer, claims: TestClaims) => string> = new Map([
  ['expired', (issuer, claims) => issuer.expiredToken(claims)],
  ['wrong-audience', (issuer, claims) => issuer.token({ ...claims, aud: 'https://another-api.example' })],
  ['wrong-tenant', (issuer, claims) => issuer.token({ ...claims, tenant: 'idcs-another' })],
  ['id-token', (issuer, claims) => issuer.token({ ...claims, tok_type: 'IT' })],
]);

/**
 * An OCI IAM identity domain for use offline: its key endpoint, and a token endpoint for client credentials.
 * It gives a token with any scope to ANYBODY who asks, whatever the password. Never let it be reached from outside.
 */
export function localIssuer(url: string): Router {
  const issuer = testIssuer({ url, tenant: LOCAL_TENANT });
  const router = express.Router();
  router.get('/admin/v1/SigningCert/jwk', issuer.keyEndpoint);
  router.post('/oauth2/v1/token', notStored, express.urlencoded({ extended: false }), (req, res) => {
    const form: TokenForm = req.body ?? {};
    const refusal = refusalOf(form);
    if (refusal !== undefined) return refuse(res, refusal);
    const client = basicUser(req.headers.authorization) ?? 'anybody';
    const claims = { scope: form.scope, sub: client, client_id: client, client_name: client };
    const badToken = BAD_TOKENS.get(form.demo ?? '');
    res.json({
      access_token: badToken?.(issuer, claims) ?? issuer.token(claims),
      token_type: 'Bearer',
      expires_in: 3600,
    });
  });
  router.use('/oauth2/v1/token', unreadable);
  return router;
}

interface TokenForm {
  readonly grant_type?: string;
  readonly scope?: string;
  readonly demo?: string;
}

/** RFC 6749 §5.2 */
interface TokenRefusal {
  readonly error: 'invalid_request' | 'unsupported_grant_type' | 'invalid_scope';
  readonly error_description: string;
}

function refusalOf(form: TokenForm): TokenRefusal | undefined {
  const { grant_type: grantType, scope, demo } = form;
  if (Object.values(form).some((value) => typeof value !== 'string')) {
    return { error: 'invalid_request', error_description: 'A parameter is repeated.' };
  }
  if (grantType === undefined) return { error: 'invalid_request', error_description: 'grant_type is missing.' };
  if (grantType !== 'client_credentials') {
    return { error: 'unsupported_grant_type', error_description: 'Only client_credentials is supported.' };
  }
  if (scope === undefined || !scope.split(' ').every(isScopeToken)) {
    return { error: 'invalid_scope', error_description: 'The scope is missing or malformed.' };
  }
  const others = scope.split(' ').filter((token) => token !== CONSUMER_ALL && token !== 'offline_access');
  if (scope.split(' ').includes(CONSUMER_ALL) && others.length > 0) {
    return { error: 'invalid_scope', error_description: `${CONSUMER_ALL} must be asked for alone.` };
  }
  if (demo !== undefined && !BAD_TOKENS.has(demo)) {
    return { error: 'invalid_request', error_description: `demo is one of ${[...BAD_TOKENS.keys()].join(', ')}.` };
  }
  return undefined;
}

function refuse(res: Response, refusal: TokenRefusal): void {
  res.status(400).json(refusal);
}

const notStored: RequestHandler = (_req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
  next();
};

const unreadable: ErrorRequestHandler = (_error, _req, res, _next) => {
  refuse(res, { error: 'invalid_request', error_description: 'The form cannot be read.' });
};

function isScopeToken(text: string): boolean {
  try {
    parseScope(text);
    return true;
  } catch {
    return false;
  }
}

/** The user of HTTP Basic, form-encoded as RFC 6749 §2.3.1 has it. */
function basicUser(authorization = ''): string | undefined {
  const [, credentials] = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization) ?? [];
  if (credentials === undefined) return undefined;
  const [user] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  return new URLSearchParams(`user=${user}`).get('user') || undefined;
}
