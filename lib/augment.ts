// Types only, for an application that wants `req.auth` typed: `import 'scopegate/augment'`, once. `gate.auth(req)` is
// typed without it. Other packages declare `req.auth` for Express as well (express-oauth2-jwt-bearer, the MCP SDK), and a
// program can have one of the declarations only.
import type { Auth } from './http/req-auth.js';

declare global {
  namespace Express {
    interface Request {
      /** The caller, after a gate has let the request pass with a token. */
      auth?: Auth | undefined;
    }
  }
}
