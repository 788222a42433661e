/** Freezes what `JSON.parse` made, however deep: as a list, since a text can nest deeper than functions can call. */
export function deepFreeze(root: object): void {
  const found: object[] = [root];
  for (let item = found.pop(); item !== undefined; item = found.pop()) {
    for (const value of Object.values(item)) if (typeof value === 'object' && value !== null) found.push(value);
    Object.freeze(item);
  }
}

/**
 * About how many bytes of the heap a value holds that `JSON.parse` made and {@link deepFreeze} froze: more than it does,
 * never less. An object may have a shape that no other has, which V8 describes beside it.
 */
export function bytesOf(root: unknown): number {
  const found: unknown[] = [root];
  let bytes = 0;
  while (found.length > 0) {
    const value = found.pop();
    bytes += POINTER;
    if (typeof value === 'string') bytes += bytesOfString(value);
    else if (typeof value === 'number') bytes += NUMBER;
    else if (typeof value === 'object' && value !== null) {
      bytes += Array.isArray(value) ? LIST : OBJECT;
      for (const [name, member] of Object.entries(value)) {
        if (!Array.isArray(value)) bytes += MEMBER + bytesOfString(name);
        found.push(member);
      }
    }
  }
  return bytes;
}

const POINTER = 8;
const NUMBER = 16;
const LIST = 64;
const OBJECT = 240;
const MEMBER = 64;

function bytesOfString(text: string): number {
  return 32 + (Buffer.byteLength(text) === text.length ? 1 : 2) * text.length;
}
