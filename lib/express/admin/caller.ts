import type { Request } from 'express';
import { isStorableText } from '../../grants/commands.js';
import { forbidden } from '../../grants/errors.js';
import { parseUuid } from '../../grants/ids.js';
import type { Auth } from '../../http/req-auth.js';
import { isText } from '../../options.js';

/** The caller, according to the token that the gate accepted. */
export interface Caller {
  /** The only environment that the caller may administer; `'*'` for all. */
  readonly environment: string;
  readonly client: string | undefined;
  readonly subject: string | undefined;
}

interface Origins {
  readonly environmentOf: (auth: Auth, req: Request) => unknown;
  readonly clientOf: (auth: Auth, req: Request) => unknown;
}

/** @throws {AdminError} `forbidden` where the token identifies no environment */
export async function readCaller(req: Request, { environmentOf, clientOf }: Origins): Promise<Caller> {
  const auth = req.auth as Auth;
  const environment = await environmentOf(auth, req);
  const confinedTo = environment === '*' ? environment : parseUuid(environment);
  if (confinedTo === undefined) throw forbidden('The token does not identify an environment.');
  const client = await clientOf(auth, req);
  const { sub } = auth.payload;
  return { environment: confinedTo, client: toStorable(client), subject: toStorable(sub) };
}

const MAX_NAME_LENGTH = 256;

/** `undefined` for a claim that is not a string, contains NUL, or is longer than any client id or `sub`. */
function toStorable(claim: unknown): string | undefined {
  return isText(claim) && isStorableText(claim) && claim.length <= MAX_NAME_LENGTH ? claim : undefined;
}
