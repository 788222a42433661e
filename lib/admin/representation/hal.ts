import { z } from 'zod';

/**
 * Parts that all response bodies share: HAL links, ids and times. Members are in the order that PingOne documents. Each
 * entity has a file with its schema, for the OpenAPI document, above the function that builds it.
 */

/** Returns the address of a path of the API. */
export type Href = (path: string) => string;

export const link = z.object({ href: z.string() });

export function links<Name extends string>(...names: readonly Name[]) {
  return z.object(Object.fromEntries(names.map((name) => [name, link])) as Record<Name, typeof link>);
}

export const uuid = z.guid();
export const reference = z.object({ id: uuid });
export const time = z.iso.datetime({ precision: 3 });
export const times = { createdAt: time, updatedAt: time };

export function representLinks<Name extends string>(href: Href, targets: Readonly<Record<Name, string>>) {
  const entries = Object.entries<string>(targets).map(([name, path]) => [name, { href: href(path) }]);
  return Object.fromEntries(entries) as Record<Name, { href: string }>;
}

export function representTimes({ createdAt, updatedAt }: { createdAt: string; updatedAt: string }) {
  return { createdAt, updatedAt };
}

/** The schema of a page: `count` is the length of the whole list, `size` that of the page. */
export function collectionBody(name: string, item: z.ZodType) {
  return z.object({
    _links: z.object({ self: link, next: link.optional(), prev: link.optional() }),
    _embedded: z.object({ [name]: z.array(item) }),
    count: z.int().optional(),
    size: z.int(),
  });
}
