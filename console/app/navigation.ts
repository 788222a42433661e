import type { IconName } from '../parts/icon.js';
import type { Screen } from './route.js';

export interface Entry {
  readonly screen: Screen;
  readonly icon: IconName;
  /** Without it, the entry is not offered. */
  readonly permission: string;
  /** What opens it, after `g`. */
  readonly key?: string;
}

/** The screens that can be gone to, in the order of the navigation. */
export const ENTRIES: readonly Entry[] = [
  { screen: 'overview', icon: 'home', permission: 'orgmgt:read:environment', key: 'o' },
  { screen: 'applications', icon: 'applications', permission: 'applications:read:application', key: 'a' },
  { screen: 'scopes', icon: 'tree', permission: 'resources:read:scope', key: 's' },
  { screen: 'explain', icon: 'why', permission: 'applications:read:explanation', key: 'e' },
  { screen: 'decisions', icon: 'pulse', permission: 'gate:read:decision', key: 'd' },
  { screen: 'history', icon: 'history', permission: 'audit:read:activity', key: 'h' },
  { screen: 'routes', icon: 'route', permission: 'gate:read:route', key: 'r' },
  { screen: 'issuer', icon: 'key', permission: 'gate:read:health' },
  { screen: 'environments', icon: 'layers', permission: 'orgmgt:read:environment' },
];
