import type { Request } from 'express';
import { type AdministeredEnvironments, ALL_ENVIRONMENTS } from '../../admin/all-environments.js';
import { isStorableText } from '../../grants/commands.js';
import { forbidden } from '../../grants/errors.js';
import { parseUuid } from '../../grants/ids.js';
import type { Gate } from '../../http/gate.js';
import type { Auth } from '../../http/req-auth.js';
import { isText } from '../../options.js';

/** The caller, according to the token that the gate accepted. */
export interface Caller {
  readonly environment: AdministeredEnvironments;
  readonly client: string | undefined;
  readonly subject: string | undefined;
}

/** How the router identifies callers. */
export interface CallerRules {
  readonly gate: Gate;
  readonly environmentOf: (auth: Auth, req: Request) => unknown;
  readonly clientOf: (auth: Auth, req: Request) => unknown;
}

/** @throws {AdminError} `forbidden` where the token identifies no environment */
export async function readCaller(req: Request, { gate, environmentOf, clientOf }: CallerRules): Promise<Caller> {
  const auth = gate.auth(req);
  const environment = toEnvironment(await environmentOf(auth, req));
  if (environment === undefined) throw forbidden('The token does not identify an environment.');
  const client = await clientOf(auth, req);
  return { environment, client: toStorable(client), subject: toStorable(auth.payload.sub) };
}

function toEnvironment(value: unknown): AdministeredEnvironments | undefined {
  return value === ALL_ENVIRONMENTS ? ALL_ENVIRONMENTS : parseUuid(value);
}

const MAX_NAME_LENGTH = 256;

/** `undefined` for a claim that is not a string, contains a NUL, or is longer than a client id or `sub` may be. */
function toStorable(claim: unknown): string | undefined {
  return isText(claim) && isStorableText(claim) && claim.length <= MAX_NAME_LENGTH ? claim : undefined;
}
