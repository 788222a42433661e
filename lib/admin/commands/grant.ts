import { z } from 'zod';
import { LIMITS, type ScopeReference } from '../../grants/commands.js';
import { isScopeToken } from '../../scope/grammar.js';
import { date, id, name } from './fields.js';
import { scopeName } from './scope.js';

/** When a grant, or a scope of it, counts. PingOne has neither member. */
export const dates = {
  notBefore: date.meta({ description: 'It counts from this moment on (RFC 3339). Default: from the beginning.' }),
  expiresAt: date.meta({ description: 'It counts until just before this moment (RFC 3339). Default: without end.' }),
};

/** The id counts. A name beside it is ignored, so that a client can send back what it received. */
const byId = z.object({ id });
const noId = { id: z.undefined().optional() };
const byName = z.object({ ...noId, name }).transform(({ name }) => ({ name }));
const scopeById = z.object({ id, ...dates });
const scopeByName = z
  .object({ ...noId, name: scopeName, ...dates })
  .transform(({ name, notBefore, expiresAt }) => ({ name, notBefore, expiresAt }));

/** `{ "id" }`, `{ "name" }`, or a plain string: an id where it has the form of one, else a name. */
const scopeReference = z
  .union([z.string().min(1).max(LIMITS.name).refine(isScopeToken), scopeById, scopeByName])
  .transform((reference): ScopeReference => {
    if (typeof reference !== 'string') return reference;
    const { success, data } = id.safeParse(reference);
    return success ? { id: data } : { name: reference };
  })
  .meta({
    description: 'A scope of the resource: { id }, { name }, with dates if it has any, or either as a plain string.',
  });

const resourceReference = z.union([byId, byName]);

const scopes = z.array(scopeReference).min(1).max(LIMITS.scopesOfGrant);

export const grantCommand = z.object({ resource: resourceReference, scopes, ...dates });
/** The form that PingOne used first: the resource is in the path, the application in the body. */
export const resourceGrantCommand = z.object({ application: byId, resource: byId.optional(), scopes, ...dates });
export const grantScopesCommand = z.object({ scopes });

/** Counts all scopes before any is checked: a body has room for a hundred thousand, and each has several forms. */
function refuseTooMany(grants: unknown, { issues }: z.core.ParsePayload): unknown {
  if (countScopes(grants) > LIMITS.scopesOfGrant) {
    issues.push({ code: 'custom', input: grants, params: { code: 'SIZE_LIMIT_EXCEEDED' } });
  }
  return grants;
}

/** Without lists that are too long by themselves: none of their members is checked anyway. */
function countScopes(grants: unknown): number {
  const lists = (Array.isArray(grants) ? grants : []).map((grant) => Object(grant).scopes);
  const lengths = lists.map((scopes) => (Array.isArray(scopes) ? scopes.length : 0));
  return lengths.filter((length) => length <= LIMITS.scopesOfGrant).reduce((sum, length) => sum + length, 0);
}

export const grantSetCommand = z.object({
  grants: z.preprocess(refuseTooMany, z.array(grantCommand).max(LIMITS.grantsAtOnce)),
});
