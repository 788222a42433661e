/** Freezes what `JSON.parse` made, however deep: as a list, since a text can nest deeper than functions can call. */
export function deepFreeze(root: object): void {
  const found: object[] = [root];
  for (let item = found.pop(); item !== undefined; item = found.pop()) {
    for (const value of Object.values(item)) if (typeof value === 'object' && value !== null) found.push(value);
    Object.freeze(item);
  }
}
