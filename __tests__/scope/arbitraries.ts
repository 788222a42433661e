import fc from 'fast-check';
import { type AllOf, type AnyOf, allOf, anyOf, type Requirement } from '../../lib/scope/requirement.js';
import { CONSUMER, deep } from './cases.js';
import { ROOT, scopesIn } from './model.js';

/** Where a hierarchical scope stands. Few names, so that two places are often related. */
export interface Place {
  readonly segments: readonly string[];
  readonly qualifier: string;
}

export const spelling = ({ segments, qualifier }: Place): string =>
  `${[CONSUMER, ...segments].join(':')}::${qualifier}`;

const legal = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i)).filter(
  (c) => c !== '"' && c !== '\\',
);
const text = (characters: readonly string[]) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 6 });
const part = text(legal.filter((character) => character !== ':'));

export const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('paas', 'paasx', 'stack') },
  { weight: 1, arbitrary: fc.constantFrom('all', '*', '__proto__') },
  { weight: 1, arbitrary: part },
);
export const qualifier = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('all', 'read', 'write') },
  { weight: 1, arbitrary: fc.constantFrom('ALL', 'alll', '*') },
  { weight: 1, arbitrary: part },
);
export const segments = fc.array(segment, { maxLength: 3 });
export const place: fc.Arbitrary<Place> = fc.record({ segments, qualifier });

/** Scopes that only look as if they stood somewhere, and scopes of other namespaces. */
const opaqueToken = fc.oneof(
  fc.constantFrom('reports:read', `${CONSUMER}x::all`, CONSUMER, deep(33), deep(34)),
  fc.tuple(place, fc.constantFrom(':', '::', ':::')).map(([at, colons]) => `${spelling(at)}${colons}`),
  fc.tuple(place, fc.constantFrom(':::', '::::', ':')).map(([at, colons]) => spelling(at).replace('::', colons)),
  place.map((at) => spelling(at).replace(CONSUMER, `${CONSUMER}:`)),
  place.map((at) => spelling(at).toUpperCase()),
  text(legal),
);

/** Any scope-token that RFC 6749 §3.3 allows. */
export const scopeToken = fc.oneof(
  { weight: 6, arbitrary: place.map(spelling) },
  { weight: 1, arbitrary: opaqueToken },
  { weight: 1, arbitrary: fc.constantFrom(ROOT, 'urn:opc:idm:__myscopes__', 'urn:opc:idm:t.user.me') },
);

/** The same place, or one above it, with its qualifier or with `all`: what must cover it. */
export function above({ segments, qualifier }: Place, steps: number, all: boolean): Place {
  return { segments: segments.slice(0, Math.max(0, segments.length - steps)), qualifier: all ? 'all' : qualifier };
}

/** Three places on one way to the root, the lowest first. */
export const lineage = fc
  .tuple(place, fc.nat({ max: 2 }), fc.boolean(), fc.nat({ max: 2 }), fc.boolean())
  .map(([low, steps, all, moreSteps, moreAll]): readonly [Place, Place, Place] => {
    const middle = above(low, steps, all);
    return [low, middle, above(middle, moreSteps, moreAll)];
  });

/** Two places: one above the other, or anywhere. */
export const related: fc.Arbitrary<readonly [Place, Place]> = fc.oneof(
  lineage.map(([low, , high]) => [high, low] as const),
  lineage.map(([low, , high]) => [low, high] as const),
  fc.tuple(place, place),
);

/** A scope-token with one small thing changed, as a typing error or an attacker would. */
const altered = fc
  .tuple(scopeToken, fc.nat(), fc.constantFrom('', ':', '::', 'x', '*', 'A', ':paas', ':stack:', '::all'))
  .map(([token, at, patch]): readonly [string, string] => {
    const i = at % token.length;
    return [token, `${token.slice(0, i)}${patch}${token.slice(i + (patch === '' ? 1 : 0))}` || token];
  });

/** Two scope-tokens: of places that are related, almost alike, or any two. */
export const pair: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  { weight: 2, arbitrary: related.map(([one, other]) => [spelling(one), spelling(other)] as const) },
  { weight: 1, arbitrary: altered },
  { weight: 1, arbitrary: fc.tuple(scopeToken, scopeToken) },
);

export const heldList = fc.array(scopeToken, { maxLength: 6 });

/** What is held and what is asked for, which is often something that stands below what is held. */
export const question: fc.Arbitrary<readonly [readonly string[], string]> = fc.oneof(
  fc.tuple(heldList, scopeToken),
  fc
    .tuple(heldList, pair, fc.nat())
    .map(([held, [one, asked], at]) => [held.toSpliced(at % 7, 0, one), asked] as const),
);

/** Requirements of any shape. */
export const requirement: fc.Arbitrary<Requirement> = fc.letrec<{ any: Requirement; allOf: AllOf; anyOf: AnyOf }>(
  (tie) => ({
    any: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scopeToken, tie('allOf'), tie('anyOf')),
    allOf: fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((parts) => allOf(...parts)),
    anyOf: fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((parts) => anyOf(...parts)),
  }),
).any;

/** What is held and what is required, some of which is held: about half of them are satisfied. */
export const demand: fc.Arbitrary<readonly [readonly string[], Requirement]> = fc
  .tuple(heldList, requirement, fc.array(fc.nat(), { maxLength: 3 }), fc.constantFrom([], [], [], [], [ROOT]))
  .map(([others, required, picks, root]) => {
    const scopes = scopesIn(required);
    const held = picks.map((pick) => scopes[pick % scopes.length] as string);
    return [[...others, ...held, ...root], required] as const;
  });
