import { TAG_AUDIENCE } from './grammar.js';

/** A tag of Oracle's. */
export interface TagPair {
  readonly key: string;
  readonly value: string;
}

/** Reads the tags of an audience `urn:opc:resource:scope:tag=<base64 JSON>`; none where it is no such audience. */
export function parseTagAudience(audience: string): TagPair[] {
  if (!audience.startsWith(TAG_AUDIENCE)) return [];
  try {
    const content: unknown = JSON.parse(Buffer.from(audience.slice(TAG_AUDIENCE.length), 'base64').toString('utf8'));
    const { tags } = Object(content) as { tags?: unknown };
    return Array.isArray(tags) ? tags.filter(isTagPair) : [];
  } catch {
    return [];
  }
}

export function isTagPair(value: unknown): value is TagPair {
  if (typeof value !== 'object' || value === null) return false;
  const { key, value: text } = value as Partial<TagPair>;
  return typeof key === 'string' && key !== '' && typeof text === 'string';
}

/** Two tags are equal where these texts are: parsed pairs are compared, with their letter case. */
export function toComparableTag({ key, value }: TagPair): string {
  return JSON.stringify([key, value]);
}
