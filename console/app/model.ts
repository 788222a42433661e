/** The bodies of the admin API, as far as the console shows them. docs/admin-api.md has them whole. */

export interface Environment {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly type: 'SANDBOX' | 'PRODUCTION';
}

export interface Application {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly enabled: boolean;
  readonly type: string;
  readonly tokenEndpointAuthMethod: string;
  readonly trustScope: 'Account' | 'Tags' | 'Explicit';
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly audience?: string;
  readonly type: string;
}

export interface Scope {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly resource: { readonly id: string };
}

export interface GrantedScope {
  readonly id: string;
  readonly name?: string;
  readonly notBefore?: string;
  readonly expiresAt?: string;
}

export interface Grant {
  readonly id: string;
  readonly application: { readonly id: string };
  readonly resource: { readonly id: string };
  readonly scopes: readonly GrantedScope[];
  readonly notBefore?: string;
  readonly expiresAt?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Activity {
  readonly id: string;
  readonly recordedAt: string;
  readonly actors: { readonly client?: { readonly id: string }; readonly user?: { readonly id: string } };
  /** `GRANT.CREATED` */
  readonly action: { readonly type: string };
  readonly resources: readonly { readonly type: string; readonly id: string }[];
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

export interface SecretState {
  readonly createdAt: string;
  readonly previous?: { readonly createdAt: string; readonly expiresAt: string; readonly lastUsed?: string };
}

export interface ScopeHolder extends Application {
  readonly heldBy: readonly {
    readonly scope: { readonly id: string; readonly name: string };
    readonly grant: { readonly id: string };
    readonly resource: { readonly id: string };
  }[];
}
