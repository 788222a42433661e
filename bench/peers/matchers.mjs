import { newEnforcer, newModelFromString } from 'casbin';
import picomatch from 'picomatch';

/** The same question for general matchers: is `required` covered by one of `held`? */

/** The separator is a colon here, and a slash there. */
const asPath = (scope) => scope.replaceAll(':', '/');

/** @param held hierarchical scopes with the qualifier `read` */
export function globs(held) {
  const isMatch = picomatch(held.map((scope) => asPath(scope.replace(/::read$/, '/**/read'))));
  return (required) => isMatch(asPath(required));
}

const MODEL = `
[request_definition]
r = obj, act
[policy_definition]
p = obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && keyMatch(r.obj, p.obj)
`;

export async function policies(held) {
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  const parts = (scope) => asPath(scope).split('//');
  await enforcer.addPolicies(held.map(parts).map(([path, action]) => [`${path}*`, action]));
  return (required) => enforcer.enforceSync(...parts(required));
}
