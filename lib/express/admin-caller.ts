import type { Request } from 'express';
import { isKept } from '../grants/commands.js';
import { asId } from '../grants/ids.js';
import { forbidden } from '../grants/problem.js';
import { isText } from '../options.js';
import type { Auth } from './request.js';

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

/** @throws {AdminProblem} `forbidden` where the token is for no environment */
export async function callerOf(req: Request, { environmentOf, clientOf }: Origins): Promise<Caller> {
  const auth = req.auth as Auth;
  const environment = await environmentOf(auth, req);
  const confinedTo = environment === '*' ? environment : asId(environment);
  if (confinedTo === undefined) throw forbidden('The token is for no environment.');
  const client = await clientOf(auth, req);
  const { sub } = auth.payload;
  return { environment: confinedTo, client: storable(client), subject: storable(sub) };
}

const LONGEST_NAME = 256;

/** A claim as a database can keep it; none where it is no text, has a NUL, or is longer than any client id or `sub`. */
function storable(claim: unknown): string | undefined {
  return isText(claim) && isKept(claim) && claim.length <= LONGEST_NAME ? claim : undefined;
}
