import type { GrantDates, ScopeCommand } from '../../grants/commands.js';
import type { NewApplicationInput, NewEnvironmentInput, NewResourceInput } from '../../grants/defaults.js';

/**
 * What an environment holds, by name, as plain JSON: resources with their scopes, applications with their grants. A member
 * that is left out has its default, as at creation. Secrets, revocations and history are never part of it.
 *
 * @example
 * const document: GrantsDocument = {
 *   environment: { name: 'Shop' },
 *   resources: [{ name: 'Orders', audience: 'https://orders.example/', scopes: [{ name: 'orders:read' }] }],
 *   applications: [{ name: 'Dashboard', grants: [{ resource: 'Orders', scopes: ['orders:read'] }] }],
 * };
 */
export interface GrantsDocument {
  /** For editors: where the JSON Schema is. */
  readonly $schema?: string | undefined;
  /** Found by its name, and created where there is none. An `id` counts at creation, and must be that of the stored one. */
  readonly environment: NewEnvironmentInput;
  /** Default none. */
  readonly resources?: readonly DocumentResource[] | undefined;
  /** Default none. */
  readonly applications?: readonly DocumentApplication[] | undefined;
}

/** A resource. Of a built-in one (`openid`, `PingOne API`) only the scopes can be given. */
export type DocumentResource = NewResourceInput & {
  /** Default none. */
  readonly scopes?: readonly ScopeCommand[] | undefined;
};

/** An application. Its `id`, the `client_id`, counts at creation, and must be that of the stored one. */
export type DocumentApplication = NewApplicationInput & {
  /** One for each resource. Default none. */
  readonly grants?: readonly DocumentGrant[] | undefined;
};

export interface DocumentGrant extends GrantDates {
  /** The name of a resource: of the document, of the environment, or a built-in one. */
  readonly resource: string;
  /** Names of its scopes, with dates where a scope has its own: all that the grant has. */
  readonly scopes: readonly (string | DocumentGrantedScope)[];
}

export interface DocumentGrantedScope extends GrantDates {
  readonly name: string;
}

/** What applying a document changes, or would change. All lists are empty where the environment is as the document has it. */
export interface DocumentPlan {
  readonly created: readonly DocumentChange[];
  readonly changed: readonly DocumentChange[];
  readonly removed: readonly DocumentChange[];
}

/** An object that is created, changed or removed, by its name. */
export interface DocumentChange {
  readonly type: 'ENVIRONMENT' | 'RESOURCE' | 'SCOPE' | 'APPLICATION' | 'GRANT';
  /** Its name; of a grant, the name of its resource. */
  readonly name: string;
  /** Of a scope: the resource that defines it. */
  readonly resource?: string;
  /** Of a grant: the application that has it. */
  readonly application?: string;
  /** The object in the form of the document, without what belongs to it; absent where it is created. */
  readonly before?: object;
  /** Absent where it is removed. */
  readonly after?: object;
}
