import { randomBytes } from 'node:crypto';
import { AdminError, type ChangeContext, type NewApplicationInput, type Resource } from 'scopegate/admin';
import { readAllPages } from '../authorization-server/all-pages.js';
import type { Registry } from '../authorization-server/clients.js';
import { KEPT, STORY_SCOPES, TAKEN } from './scopes.js';

/** The application of one browser window, and what the story did with it so far. */
export interface Story {
  /** The id of its application. */
  readonly id: string;
  readonly secret: string;
  readonly resourceId: string;
  readonly grantId: string;
  accessToken?: string;
}

/** How many windows can be in the middle of a story. One more ends the oldest. */
export const MOST_STORIES = 16;

/** By this, what an interrupted run left behind is found. */
const DESCRIPTION = 'A window of the front door';

export interface Stories {
  /** A new story with an application of its own. */
  begin(): Promise<Story>;
  find(id: string): Story | undefined;
  /** What its application holds now. */
  held(story: Story): Promise<readonly string[]>;
  /** The id of a scope in the resource of the story. */
  scopeId(story: Story, name: string): Promise<string | undefined>;
  /** Puts the grant back to what a story begins with; `false` where the application or its grant is gone. */
  reset(story: Story): Promise<boolean>;
}

/** Applications for windows, in the demo's own environment. `resourceName` is the resource that defines the scopes. */
export function openStories(registry: Registry, resourceName: string): Stories {
  const { store, environmentId } = registry;
  const at = { environmentId };
  const open = new Map<string, Story>();
  return {
    async begin() {
      const resource = await ensureScopes(registry, resourceName);
      for (const id of await endOldest(registry)) open.delete(id);
      const story = await createStory(registry, resource.id);
      open.set(story.id, story);
      return story;
    },
    find: (id) => open.get(id),
    async held({ id, grantId }) {
      const grant = await store.grants.get({ ...at, applicationId: id, grantId });
      return grant?.scopes.map(({ name }) => name) ?? [];
    },
    async scopeId({ resourceId }, name) {
      const scopes = await readAllPages((page) => store.scopes.list({ ...at, resourceId }, page));
      return scopes.find((scope) => scope.name === name)?.id;
    },
    async reset({ id, grantId, resourceId }) {
      const path = { ...at, applicationId: id, grantId };
      const scopes = [TAKEN, KEPT].map((name) => ({ name }));
      return unlessRefused(store.grants.replace(path, { resource: { id: resourceId }, scopes }, context()));
    },
  };
}

/** Creates the application of a story, with its grant and a secret. */
async function createStory({ store, environmentId }: Registry, resourceId: string): Promise<Story> {
  const at = { environmentId };
  const { value: application } = await store.applications.create(at, APPLICATION, context());
  const path = { ...at, applicationId: application.id };
  const scopes = [TAKEN, KEPT].map((name) => ({ name }));
  const { value: grant } = await store.grants.create(path, { resource: { id: resourceId }, scopes }, context());
  const secret = randomBytes(32).toString('base64url');
  await store.applications.rotateSecret(path, secret, undefined, context());
  return { id: application.id, secret, resourceId, grantId: grant.id };
}

/**
 * Deletes the oldest applications, and returns their ids. They are counted in the database, so that a demo that was stopped
 * leaves no more than this behind.
 */
async function endOldest({ store, environmentId }: Registry): Promise<readonly string[]> {
  const at = { environmentId };
  const applications = await readAllPages((page) => store.applications.list(at, page));
  const windows = applications
    .filter(({ description }) => description === DESCRIPTION)
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  const ended = windows.slice(0, Math.max(0, windows.length - MOST_STORIES + 1)).map(({ id }) => id);
  for (const id of ended) await unlessRefused(store.applications.delete({ ...at, applicationId: id }, context()));
  return ended;
}

/** Makes the scopes of the story that are missing: in a database of an earlier version, or since they were deleted. */
async function ensureScopes({ store, environmentId }: Registry, resourceName: string): Promise<Resource> {
  const at = { environmentId };
  const resources = await readAllPages((page) => store.resources.list(at, page));
  const resource = resources.find(({ name }) => name === resourceName);
  if (resource === undefined) throw new Error(`The resource "${resourceName}" is missing: delete the database.`);
  const path = { ...at, resourceId: resource.id };
  const present = new Set((await readAllPages((page) => store.scopes.list(path, page))).map(({ name }) => name));
  for (const scope of STORY_SCOPES) {
    if (!present.has(scope.name)) await unlessRefused(store.scopes.create(path, scope, context()));
  }
  return resource;
}

/** Whether the change was made; another process may have been first. */
async function unlessRefused(change: Promise<unknown>): Promise<boolean> {
  try {
    await change;
    return true;
  } catch (error) {
    if (error instanceof AdminError) return false;
    throw error;
  }
}

function context(): ChangeContext {
  return { actor: {}, correlationId: crypto.randomUUID() };
}

const APPLICATION: NewApplicationInput = {
  name: 'Dashboard',
  description: DESCRIPTION,
  enabled: true,
  type: 'WORKER',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  grantTypes: ['CLIENT_CREDENTIALS'],
  trustScope: 'Account',
};
