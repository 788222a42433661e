import type { Application } from '../../model.js';

/** Applications by what they are offered as: the name, with the id where several share it, since names are not unique. */
export function labelsOf(applications: readonly Application[]): ReadonlyMap<string, Application> {
  const isShared = (name: string) => applications.filter((each) => each.name === name).length > 1;
  return new Map(applications.map((each) => [isShared(each.name) ? `${each.name} (${each.id})` : each.name, each]));
}
