import type { Page, PageRequest } from 'scopegate/admin';

/** All pages of a list; nothing where what the list belongs to does not exist. */
export async function readAllPages<Item>(
  read: (request: PageRequest) => Promise<Page<Item> | undefined>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let position: PageRequest['position'];
  do {
    const page = await read({ limit: 1000, position });
    items.push(...(page?.items ?? []));
    position = page?.next;
  } while (position !== undefined);
  return items;
}
