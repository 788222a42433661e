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
