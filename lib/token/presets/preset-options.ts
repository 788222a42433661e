import { isListOf, isText, toList } from '../../options.js';
import { isScopeToken } from '../../scope/grammar.js';

const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

export function isHostName(value: unknown): value is string {
  return isText(value) && HOST.test(value);
}

/** The rule of an audience, or several. */
export const AUDIENCE = [areAudiences, 'a string or a list of strings'] as const;

function areAudiences(value: unknown): boolean {
  return isListOf(toList(value), isText);
}

/** The rule of a prefix that tells roles from scopes. */
export const PREFIX = [isScopeToken, "the beginning of a scope, such as 'role:'"] as const;

/** The strings of a claim that is a list, each with a prefix; nothing for any other claim. */
export function prefixAll(prefix: string, list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter(isText).map((each) => prefix + each) : [];
}

/** The scopes of a claim that is a string or a list. */
export function splitScopes(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter(isText) : [];
}
