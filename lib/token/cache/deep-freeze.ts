/** Freezes a parsed JSON value at every depth. Without recursion, since JSON can nest deeper than the call stack. */
export function deepFreeze(root: object): void {
  const pending: object[] = [root];
  for (let item = pending.pop(); item; item = pending.pop()) {
    for (const value of Object.values(item)) if (typeof value === 'object' && value !== null) pending.push(value);
    Object.freeze(item);
  }
}
