/** The address of the first page of applications, by name; those whose names begin with `search`, where it is given. */
export function firstPage(environmentId: string, search: string, limit: number): string {
  const filter = search === '' ? '' : `&filter=${encodeURIComponent(`name sw "${search.replace(/["\\]/g, '\\$&')}"`)}`;
  return `/environments/${environmentId}/applications?limit=${limit}&order=name${filter}`;
}
