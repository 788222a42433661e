import type { Request } from 'express';
import { isStorableText } from '../../grants/commands.js';
import { forbidden } from '../../grants/errors.js';
import { parseUuid } from '../../grants/ids.js';
import type { Auth } from '../../http/req-auth.js';
import { isText } from '../../options.js';

/** Who asks, by the token that passed the gate. */
export interface Caller {
  /** The environment that it is confined to; `'*'` for none. */
  readonly environment: string;
  readonly client: string | undefined;
  readonly subject: string | undefined;
}

interface Origins {
  readonly environmentOf: (auth: Auth, req: Request) => unknown;
  readonly clientOf: (auth: Auth, req: Request) => unknown;
}

/** @throws {AdminError} `forbidden` where the token is for no environment */
export async function identifyCaller(req: Request, { environmentOf, clientOf }: Origins): Promise<Caller> {
  const auth = req.auth as Auth;
  const environment = await environmentOf(auth, req);
  const confinedTo = environment === '*' ? environment : parseUuid(environment);
  if (confinedTo === undefined) throw forbidden('The token is for no environment.');
  const client = await clientOf(auth, req);
  const { sub } = auth.payload;
  return { environment: confinedTo, client: storable(client), subject: storable(sub) };
}

const MAX_NAME_LENGTH = 256;

/** A claim as a database can keep it; none where it is no text, has a NUL, or is longer than any client id or `sub`. */
function storable(claim: unknown): string | undefined {
  return isText(claim) && isStorableText(claim) && claim.length <= MAX_NAME_LENGTH ? claim : undefined;
}
