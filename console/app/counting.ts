import type { Api } from './api.js';

/** How many there are; `isMore` where there are more than were looked at. */
export interface Count {
  readonly n: number;
  readonly isMore: boolean;
}

/** The size of a list that the API counts: no item is read but one. */
export async function countAll(api: Api, path: string, signal: AbortSignal): Promise<Count> {
  const { count, items, next } = await api.page(`${path}?limit=1`, signal);
  return { n: count ?? items.length, isMore: count === undefined && next !== undefined };
}

/** The first page of a list, as long as the API has them, for what is counted on it. */
export async function readMost<T>(api: Api, path: string, signal: AbortSignal) {
  const { items, next } = await api.page<T>(`${path}${path.includes('?') ? '&' : '?'}limit=1000`, signal);
  return { items, isMore: next !== undefined };
}
