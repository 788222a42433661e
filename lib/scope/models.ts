import { insist, isObject, isText, type OptionRules, readOptions } from '../options.js';
import { ADMIN_SCOPES, CONSUMER_ALL, isScopeToken, notAScopeToken } from './grammar.js';
import { coveringTokens, findLowerBounds } from './hierarchy.js';
import { CheckedScopeModel, type ScopeModel, type ScopeModelOption } from './scope-model.js';

const CONSUMER_ALL_ONLY = [CONSUMER_ALL];

/** The default of everything here. */
export const OCI_MODEL = new CheckedScopeModel({
  name: 'ociScopeModel()',
  coveringScopes: coveringTokens,
  findCommon: function* findCommon(one, other) {
    yield* findLowerBounds([...one], [...other]);
    yield* findLowerBounds([...other], [...one]);
  },
  findDenying: (required) => (required.startsWith(ADMIN_SCOPES) ? CONSUMER_ALL_ONLY : undefined),
});

const EXACT_MODEL = /* @__PURE__ */ new CheckedScopeModel({
  name: 'exactScopeModel()',
  coveringScopes: (required) => [required],
});

/**
 * The model of OCI IAM, and the default: inside `urn:opc:resource:consumer` a scope covers what lies below it, with its
 * qualifier, or with any where its own is `all`; everywhere else a scope covers itself. See `covers()`.
 *
 * `urn:opc:resource:consumer::all` opens no IAM admin API, not even beside an admin scope.
 */
export function ociScopeModel(): ScopeModel {
  return OCI_MODEL;
}

/** Each scope covers itself only, compared exactly: the model of most authorization servers. */
export function exactScopeModel(): ScopeModel {
  return EXACT_MODEL;
}

export interface SegmentScopeModelOptions {
  /** What stands between the segments of a scope, such as `':'`, `'.'` or `'/'`. */
  readonly separator: string;
  /** A last segment that stands for one or more others, such as `'*'`. Default none: a scope covers what begins with it. */
  readonly wildcard?: string | undefined;
}

/**
 * Scopes that are paths. Without `wildcard`, a scope covers those whose first segments are all of its own: `orders` covers
 * `orders:read`. With `wildcard: '*'`, only a scope that ends in it covers others: `orders:*` covers `orders:read` and
 * `orders:read:eu`, not `orders`; `*` covers everything.
 *
 * Segments are compared whole and exactly. A scope with an empty segment, or with more than 32, covers itself only.
 *
 * @example
 * const gate = createGate({ verifier, scopeModel: segmentScopeModel({ separator: ':', wildcard: '*' }) });
 *
 * @throws {TypeError} for wrong, unknown or missing options
 */
export function segmentScopeModel(options: SegmentScopeModelOptions): ScopeModel {
  const creator = 'segmentScopeModel()';
  const { separator, wildcard } = readOptions(creator, options, SEGMENT_OPTIONS);
  const isSegment = wildcard === undefined || (isScopeToken(wildcard) && !wildcard.includes(separator));
  insist(isSegment, creator, 'wildcard', 'characters of a scope-token, without the separator', wildcard);
  return new CheckedScopeModel({
    name: creator,
    coveringScopes: (required) => listPaths(required, separator, wildcard),
  });
}

const SEGMENT_OPTIONS = {
  separator: [isScopeToken, 'characters of a scope-token'],
  wildcard: true,
} as const satisfies OptionRules<SegmentScopeModelOptions>;

const MAX_SEGMENTS = 32;

function listPaths(required: string, separator: string, wildcard: string | undefined): readonly string[] {
  const segments = required.split(separator);
  if (segments.length > MAX_SEGMENTS || segments.includes('')) return [required];
  const paths = new Set([required]);
  for (let depth = segments.length - 1; depth >= 0; depth--) {
    const above = segments.slice(0, depth);
    if (wildcard !== undefined) paths.add([...above, wildcard].join(separator));
    else if (depth > 0) paths.add(above.join(separator));
  }
  return [...paths];
}

/**
 * Scopes that imply others, each listed with those that cover it: `{ 'ledger:read': ['ledger:write', 'ledger:admin'] }`.
 * What covers a scope that covers another covers that one too. A scope that is not listed covers itself only.
 *
 * @throws {TypeError} for anything but an object of lists of scope-tokens (RFC 6749 §3.3)
 */
export function impliedScopeModel(implied: Readonly<Record<string, readonly string[]>>): ScopeModel {
  const creator = 'impliedScopeModel()';
  if (!isObject(implied))
    throw new TypeError(`${creator} takes an object: each scope, with a list of those that cover it.`);
  const direct = new Map<string, readonly string[]>();
  for (const [scope, covering] of Object.entries(implied)) {
    if (!isScopeToken(scope)) throw new TypeError(`${creator}: ${notAScopeToken(scope)}`);
    const isList = Array.isArray(covering) && covering.every(isScopeToken);
    insist(isList, creator, scope, 'a list of the scopes that cover it', covering);
    direct.set(scope, [...covering]);
  }
  const closed = new Map([...direct.keys()].map((scope) => [scope, listImplying(scope, direct)]));
  const coveringScopes = (required: string) => closed.get(required) ?? [required];
  const covers = (held: string, required: string) => coveringScopes(required).includes(held);
  const scopes = [...closed.keys()];
  return new CheckedScopeModel({
    name: creator,
    coveringScopes,
    findCommon: (one, other) =>
      keepBroadest(
        scopes.filter((scope) => one.covers(scope) && other.covers(scope)),
        covers,
      ),
  });
}

/** The scope, those that cover it, those that cover these, and so on: each once, the nearest first. */
function listImplying(scope: string, direct: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = new Set([scope]);
  for (const each of found) for (const covering of direct.get(each) ?? []) found.add(covering);
  return [...found];
}

/** Without those that another one covers; of two that cover each other, the first stays. */
function keepBroadest(scopes: readonly string[], covers: (held: string, required: string) => boolean): string[] {
  const kept: string[] = [];
  for (const scope of scopes) {
    if (kept.some((other) => covers(other, scope))) continue;
    kept.splice(0, kept.length, ...kept.filter((other) => !covers(scope, other)), scope);
  }
  return kept;
}

/**
 * Reads the option `scopeModel`.
 *
 * @throws {TypeError} where it is neither a model nor a function
 */
export function parseScopeModel(creator: string, model: ScopeModelOption | undefined): CheckedScopeModel {
  if (model === undefined) return OCI_MODEL;
  if (model instanceof CheckedScopeModel) return model;
  if (typeof model === 'function') {
    const name = isText(model.name) ? model.name : 'of the application';
    return new CheckedScopeModel({ name, coveringScopes: model });
  }
  const { name, coveringScopes, intersect } = Object(model) as Partial<ScopeModel>;
  const isModel = isText(name) && typeof coveringScopes === 'function' && typeof intersect === 'function';
  insist(isModel, creator, 'scopeModel', 'a model such as exactScopeModel(), or a function', model);
  return new CheckedScopeModel({
    name: name as string,
    coveringScopes: (required) => (model as ScopeModel).coveringScopes(required),
    intersect: (one, other) => (model as ScopeModel).intersect(one, other),
  });
}
