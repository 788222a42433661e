import { covers } from '../../lib/scope/covers.js';
import type { Requirement } from '../../lib/scope/requirement.js';
import { CONSUMER } from './cases.js';

/** What the compiled forms are compared with: the rules again, read scope by scope. */

export const ROOT = `${CONSUMER}::all`;

export const isAdmin = (scope: string): boolean => scope.startsWith('urn:opc:idm:');

/** Whether the held scopes open what needs this one. The root with `all` and an admin scope are worth nothing together. */
export function opens(held: readonly string[], required: string): boolean {
  if (isAdmin(required) && held.includes(ROOT)) return false;
  return held.some((scope) => covers(scope, required));
}

export function satisfiesSlowly(held: readonly string[], required: Requirement): boolean {
  if (typeof required === 'string') return opens(held, required);
  if ('allOf' in required) return required.allOf.every((part) => satisfiesSlowly(held, part));
  return required.anyOf.some((part) => satisfiesSlowly(held, part));
}

/** The scopes that a requirement names, in its order. */
export function scopesIn(required: Requirement): string[] {
  if (typeof required === 'string') return [required];
  return ('allOf' in required ? required.allOf : required.anyOf).flatMap(scopesIn);
}
