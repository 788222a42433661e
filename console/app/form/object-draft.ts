/** Members with their new values; `null` takes one away. */
export type Draft<T> = { readonly [Member in keyof T]?: T[Member] | null };

/** What is stored, with the draft on top. */
export function applyDraft<T extends object>(stored: T, draft: Draft<T>): T {
  const entries = Object.entries(draft).map(([member, value]) => [member, value ?? undefined]);
  return { ...stored, ...Object.fromEntries(entries) };
}

/** Without what is stored like that already. An empty text is none. */
export function settle<T extends object>(draft: Draft<T>, stored: T): Draft<T> {
  const entries = Object.entries(draft).map(([member, value]) => [member, value === '' ? null : value] as const);
  const changed = entries.filter(([member, value]) => !isSame(value, stored[member as keyof T]));
  return Object.fromEntries(changed) as Draft<T>;
}

/** What takes a draft back, once it is saved. */
export function invert<T extends object>(draft: Draft<T>, before: T): Draft<T> {
  return Object.fromEntries(
    Object.keys(draft).map((member) => [member, before[member as keyof T] ?? null]),
  ) as Draft<T>;
}

/** What was changed after a draft was sent, once that is saved: a member that was put back meanwhile has to change again. */
export function changedSince<T extends object>(sent: Draft<T>, latest: Draft<T>, before: T): Draft<T> {
  const pending = Object.entries({ ...invert(sent, before), ...latest });
  return Object.fromEntries(pending.filter(([member, value]) => !isSame(value, sent[member as keyof T]))) as Draft<T>;
}

/** The members that differ between two states of an object, among those that are named. */
export function changedMembers<T extends object>(before: T, after: T, members: readonly (keyof T)[]): (keyof T)[] {
  return members.filter((member) => !isSame(before[member], after[member]));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? '') === JSON.stringify(other ?? '');
}
