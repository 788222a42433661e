import { insist, isText, toList } from '../../options.js';
import { isScopeToken } from '../../scope/grammar.js';

const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

export function isHostName(value: unknown): value is string {
  return isText(value) && HOST.test(value);
}

/** Reads an audience or several. @throws {TypeError} where there is none */
export function parseAudiences(creator: string, audience: unknown): readonly string[] {
  const audiences: readonly unknown[] = toList(audience);
  const areTexts = audiences.length > 0 && audiences.every(isText);
  insist(areTexts, creator, 'audience', 'a string or a list of strings', audience);
  return audiences;
}

/** Checks a prefix that tells roles from scopes. @throws {TypeError} where it is empty, or no part of a scope */
export function insistPrefix(creator: string, name: string, prefix: unknown): asserts prefix is string {
  insist(isScopeToken(prefix), creator, name, "the beginning of a scope, such as 'role:'", prefix);
}

/** The strings of a claim that is a list, each with a prefix; nothing for any other claim. */
export function prefixAll(prefix: string, list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter(isText).map((each) => prefix + each) : [];
}

/** The scopes of a claim that is a string or a list. */
export function splitScopes(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter(isText) : [];
}
