import { beginOfUnused, endOfSoon } from '../time.js';

/** What a list of applications is narrowed to. */
export const SHOWS = ['ends', 'unused', 'disabled'] as const;
export type Show = (typeof SHOWS)[number];

export function readShow(text: string | null): Show | undefined {
  return SHOWS.find((show) => show === text);
}

export interface PageOptions {
  readonly limit: number;
  /** How their names begin. */
  readonly search?: string;
  readonly show?: Show | undefined;
}

/** The address of the first page of applications, by name. */
export function firstPage(environmentId: string, { limit, search = '', show }: PageOptions): string {
  const query = new URLSearchParams({ limit: String(limit), order: 'name' });
  if (search !== '') query.set('filter', `name sw "${search.replace(/["\\]/g, '\\$&')}"`);
  if (show === 'disabled') query.set('enabled', 'false');
  if (show === 'ends') query.set('endsBefore', endOfSoon());
  if (show === 'unused') query.set('unusedSince', beginOfUnused());
  return `/environments/${environmentId}/applications?${query}`;
}
