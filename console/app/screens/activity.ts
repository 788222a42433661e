import { shortName } from '../../parts/urn.js';
import type { Activity } from '../model.js';
import { sayDate } from '../time.js';
import { words } from '../words.js';

type Snapshot = Readonly<Record<string, unknown>>;

/** The application that a change is about, by its id. */
export function applicationOf({ action, before, after, resources }: Activity): string | undefined {
  const [target] = action.type.split('.');
  if (target === 'SECRET' || target === 'REVOCATION' || target === 'APPLICATION') return resources[0]?.id;
  const id = (after ?? before)?.applicationId;
  return typeof id === 'string' ? id : undefined;
}

/** The applications whose names a sentence about it needs, by their ids: which it is about, and which made it. */
export function namedIn(activity: Activity): readonly string[] {
  const { user, client } = activity.actors;
  const actor = user === undefined && client !== undefined ? toApplicationId(client.id) : undefined;
  return [applicationOf(activity), actor].filter((id) => id !== undefined);
}

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** A client id as that of an application, with hyphens, which OCI IAM leaves out; `undefined` where it cannot be one. */
export function toApplicationId(client: string): string | undefined {
  if (!UUID.test(client)) return undefined;
  const digits = client.replaceAll('-', '').toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Members that say nothing to a person. */
const SILENT = new Set([
  'version',
  'tag',
  'updatedAt',
  'createdAt',
  'id',
  'environmentId',
  'applicationId',
  'resourceId',
]);

/** The lines that went and came. A change of one member is one line of each. */
export function differencesOf({ action, before = {}, after = {} }: Activity): {
  readonly removed: readonly string[];
  readonly added: readonly string[];
} {
  if (action.type.startsWith('GRANT.')) {
    const [old, now] = [scopeLines(before), scopeLines(after)];
    return { removed: old.filter((line) => !now.includes(line)), added: now.filter((line) => !old.includes(line)) };
  }
  if (!action.type.endsWith('.UPDATED')) return { removed: [], added: [] };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !SILENT.has(name));
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const line = (snapshot: Snapshot) => (name: string) => `${name}: ${sayValue(snapshot[name])}`;
  return {
    removed: changed.filter((name) => before[name] !== undefined).map(line(before)),
    added: changed.filter((name) => after[name] !== undefined).map(line(after)),
  };
}

function scopeLines({ scopes = [] }: { readonly scopes?: unknown }): readonly string[] {
  if (!Array.isArray(scopes)) return [];
  return scopes.map(({ name, expiresAt }: { name: string; expiresAt?: string }) =>
    expiresAt === undefined ? shortName(name) : words.history.ending(shortName(name), sayDate(expiresAt)),
  );
}

function sayValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
