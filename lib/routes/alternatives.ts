import type { Requirement } from '../scope/requirement.js';

/** Each set of scopes that a requirement names as enough: `anyOf` has several. */
export type Alternatives = readonly (readonly string[])[];

/** `allOf` of many `anyOf` has more alternatives than anybody can read. */
const MAX_ALTERNATIVES = 64;

/** @throws {RangeError} where there are more than 64 */
export function listAlternatives(required: Requirement): Alternatives {
  if (typeof required === 'string') return [[required]];
  if ('anyOf' in required) return bounded(required.anyOf.flatMap(listAlternatives));
  return required.allOf
    .map(listAlternatives)
    .reduce<Alternatives>(
      (sets, others) => bounded(sets.flatMap((set) => others.map((other) => [...new Set([...set, ...other])]))),
      [[]],
    );
}

function bounded(alternatives: Alternatives): Alternatives {
  if (alternatives.length <= MAX_ALTERNATIVES) return alternatives;
  throw new RangeError(`A requirement has more than ${MAX_ALTERNATIVES} alternatives.`);
}
