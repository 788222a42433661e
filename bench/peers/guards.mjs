import { createPublicKey } from 'node:crypto';

/**
 * The peers as their documentation wires them, with the same three demands: issuer, audience, one scope. Where a peer can
 * take the key itself in several forms, it has the fastest. Those that know nothing of scopes get an exact match by hand.
 * A process loads the one that it measures.
 */
export const GUARDS = {
  async 'express-oauth2-jwt-bearer'({ issuer, audience, jwksUri, algorithm, required }) {
    const { auth, requiredScopes } = await import('express-oauth2-jwt-bearer');
    return [auth({ issuer, audience, jwksUri, tokenSigningAlg: algorithm }), requiredScopes(required)];
  },

  async 'express-jwt + jwks-rsa'({ issuer, audience, jwksUri, algorithm, required }) {
    const { expressjwt } = await import('express-jwt');
    const { expressJwtSecret } = await import('jwks-rsa');
    const secret = expressJwtSecret({ cache: true, rateLimit: true, jwksUri });
    return [expressjwt({ secret, issuer, audience, algorithms: [algorithm] }), scopeCheck(required, (req) => req.auth)];
  },

  async 'passport-jwt'({ issuer, audience, publicKey, algorithm, required }) {
    const { Passport } = await import('passport');
    const { ExtractJwt, Strategy } = await import('passport-jwt');
    const passport = new Passport();
    const options = {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: createPublicKey(publicKey),
      issuer,
      audience,
      algorithms: [algorithm],
    };
    passport.use(new Strategy(options, (payload, done) => done(null, payload)));
    return [passport.authenticate('jwt', { session: false }), scopeCheck(required, (req) => req.user)];
  },

  async 'aws-jwt-verify'({ required, ...trust }) {
    const verifier = await awsVerifier(trust);
    return [byHand((token) => verifier.verifySync(token)), scopeCheck(required, (req) => req.auth)];
  },

  async 'fast-jwt'({ required, ...trust }) {
    return [byHand(await fastVerifier(trust, false)), scopeCheck(required, (req) => req.auth)];
  },

  async 'fast-jwt, cache on'({ required, ...trust }) {
    return [byHand(await fastVerifier(trust, 10_000)), scopeCheck(required, (req) => req.auth)];
  },
};

export async function awsVerifier({ issuer, audience, jwks }) {
  const { JwtVerifier } = await import('aws-jwt-verify');
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri: 'https://keys.example/jwks' });
  verifier.cacheJwks(jwks);
  return verifier;
}

export async function fastVerifier({ issuer, audience, publicKey, algorithm }, cache) {
  const { createVerifier } = await import('fast-jwt');
  return createVerifier({ key: publicKey, algorithms: [algorithm], allowedIss: issuer, allowedAud: audience, cache });
}

const BEARER = /^Bearer ([^ ]+)$/i;

function byHand(verify) {
  return (req, res, next) => {
    const [, token] = BEARER.exec(req.headers.authorization ?? '') ?? [];
    try {
      if (token === undefined) throw new Error('no token');
      req.auth = verify(token);
    } catch {
      res.set('WWW-Authenticate', 'Bearer').sendStatus(401);
      return;
    }
    next();
  };
}

function scopeCheck(required, payloadOf) {
  return (req, res, next) => {
    if (payloadOf(req).scope?.split(' ').includes(required)) next();
    else res.sendStatus(403);
  };
}
