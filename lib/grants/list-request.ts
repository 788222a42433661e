/** Where in a list a page begins or ends: after or before the item with this key. */
export interface Position {
  readonly direction: 'after' | 'before';
  readonly key: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly position?: Position | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The length of the whole list. Absent if the store does not keep it. */
  readonly count?: number;
  readonly next?: Position;
  readonly previous?: Position;
}

/** A page of the items of a list that match, in an order. */
export interface ListRequest extends PageRequest {
  /** An item must match one of these. Default all items. A page then has a `count` only if it is the whole list. */
  readonly filter?: readonly ListCondition[] | undefined;
  /** By name, and by id among equal names. Default `name` with a filter, and by id without one. */
  readonly order?: NameOrder | undefined;
}

export type NameOrder = 'name' | '-name';

/**
 * An item must match all members. Names are compared without regard to the case of ASCII letters, but those of scopes
 * exactly (RFC 6749 §3.3).
 */
export interface ListCondition {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** What the name starts with. */
  readonly namePrefix?: string | undefined;
  /** Of a scope: the resource that defines it. */
  readonly resourceId?: string | undefined;
  /** Of an environment: the license that it counts to. */
  readonly licenseId?: string | undefined;
}

/**
 * A page of applications. An application must match all that is given. Where anything is, the first page has a `count`, of
 * a list of up to 10,000 and without a `filter`.
 */
export interface ApplicationListRequest extends ListRequest {
  readonly enabled?: boolean | undefined;
  /** It holds a scope that has not ended and ends before this moment: RFC 3339, UTC, with milliseconds. */
  readonly endsBefore?: string | undefined;
  /**
   * It existed at this moment, and none of its calls was counted since: RFC 3339, UTC, with milliseconds; to the hour.
   * None matches in an environment whose calls are counted for a shorter time.
   */
  readonly unusedSince?: string | undefined;
}

/** A page of scopes, with a `count` as that of applications has it. */
export interface ScopeListRequest extends ListRequest {
  /** Whether an application holds it directly, by a grant that has begun and not ended. */
  readonly isHeld?: boolean | undefined;
}

/** A page of the grants of an application. */
export interface GrantListRequest extends PageRequest {
  /** Grants must match one of these. Default all grants. */
  readonly filter?: readonly GrantCondition[] | undefined;
}

export interface GrantCondition {
  readonly id?: string | undefined;
  readonly resourceId?: string | undefined;
}

/** A name as it is compared without regard to case, in the same way in JavaScript and in both databases. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
