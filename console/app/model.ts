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
  readonly allowedTags: readonly Tag[];
  readonly requestScopesForMultipleResourcesEnabled: boolean;
  readonly grantTypes: readonly string[];
  readonly responseTypes: readonly string[];
  readonly pkceEnforcement: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly audience?: string;
  readonly type: string;
  readonly secondaryAudiences: readonly string[];
  readonly accessTokenValiditySeconds: number;
  readonly tags: readonly Tag[];
}

export interface Tag {
  readonly key: string;
  readonly value: string;
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

export interface ApplicationSecret {
  readonly id: string;
  /** Absent where it came by rotation. */
  readonly name?: string;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
}

export interface ScopeHolder extends Application {
  readonly heldBy: readonly {
    readonly scope: { readonly id: string; readonly name: string };
    readonly grant: { readonly id: string };
    readonly resource: { readonly id: string };
  }[];
}

export type Outcome = 'permit' | 'deny' | 'outage';

/** What a route requires. */
export type Needs = string | { readonly allOf: readonly Needs[] } | { readonly anyOf: readonly Needs[] };

export interface Decision {
  readonly number: number;
  readonly time: string;
  readonly method: string;
  readonly route: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly status?: number;
  readonly detail?: string;
  readonly required?: Needs;
  readonly held?: readonly string[];
  readonly coverage?: readonly { readonly required: string; readonly by: string }[];
  readonly sufficient?: readonly string[];
  readonly client?: string;
  readonly subject?: string;
  readonly durationMs: number;
  readonly warning?: string;
}

export interface Explanation {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly application: { readonly id: string };
  readonly required: Needs;
  readonly missingGrant?: { readonly scopes: readonly string[] };
  readonly withdrawn?: readonly {
    readonly scope?: string;
    readonly by?: string;
    readonly at: string;
    readonly actors?: Activity['actors'];
  }[];
  readonly since?: string;
  readonly remedy?: { readonly actor: string; readonly sentence: string };
  readonly steps: readonly {
    readonly step: string;
    readonly outcome: string;
    readonly rule: string;
    readonly detail: string;
  }[];
}

export interface GateRoute {
  readonly kind: 'route' | 'mount' | 'application' | 'middleware';
  readonly method: string;
  readonly path: string;
  readonly access: 'scoped' | 'authenticated' | 'optional' | 'public' | 'UNPROTECTED';
  readonly required?: Needs;
  readonly reason?: string;
  readonly reportOnly?: string;
  readonly unknown?: string;
}

interface PartHealth {
  readonly ok: boolean;
  readonly ageMs?: number;
  readonly error?: string;
}

export interface Health {
  readonly ok: boolean;
  readonly checkedAt: string;
  readonly gate: { readonly keys: PartHealth & { readonly warning?: string }; readonly grants?: PartHealth };
  readonly store: { readonly ok: boolean; readonly durationMs: number; readonly error?: string };
}

/** What counts of calls say of their period. */
export interface Recorded {
  /** Absent where no call in the environment was ever counted. */
  readonly recordedSince?: string;
  readonly calls: number;
}

export interface CallCount {
  readonly audience: readonly string[];
  readonly route: string;
  readonly required?: Needs;
  readonly covered: readonly string[];
  readonly calls: number;
  readonly lastUsedAt: string;
}

export interface Advice {
  readonly type: string;
  readonly grant: { readonly id: string };
  readonly scope: { readonly id: string; readonly name?: string };
  readonly since: string;
  readonly calls: number;
  readonly sufficient: readonly string[];
}
