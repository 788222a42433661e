import type { Tag } from '../model.js';

/** `key=value`, for a line of a field. */
export function printTag({ key, value }: Tag): string {
  return value === '' ? key : `${key}=${value}`;
}

/** A line without `=` is a tag without a value: the API says what it lacks. */
export function parseTag(line: string): Tag {
  const at = line.indexOf('=');
  return at < 0 ? { key: line.trim(), value: '' } : { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
}
