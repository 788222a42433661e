import type { DecisionStream } from '../decisions/decision-stream.js';

/** A route of an application, as `routeReport()` has it. */
export interface ObservedRoute {
  readonly kind: 'route' | 'mount' | 'application' | 'middleware';
  readonly method: string;
  readonly path: string;
  readonly access: 'scoped' | 'authenticated' | 'optional' | 'public' | 'UNPROTECTED';
  readonly required: unknown;
  readonly reason?: string;
  readonly gate: string | undefined;
  readonly reportOnly?: string;
  readonly before?: readonly string[];
  readonly unknown?: string;
}

/** What `routeReport(app)` returns, or a function that returns it, when it is asked. */
export type RouteSource =
  | readonly ObservedRoute[]
  | (() => readonly ObservedRoute[] | Promise<readonly ObservedRoute[]>);

/** How a gate is, as `gate.health()` has it. */
export interface ObservedHealth {
  readonly ok: boolean;
  readonly keys: {
    readonly ok: boolean;
    readonly ageMs?: number | undefined;
    readonly warning?: string | undefined;
    readonly error?: string | undefined;
  };
  readonly grants?:
    | { readonly ok: boolean; readonly ageMs?: number | undefined; readonly error?: string | undefined }
    | undefined;
}

/** What the admin API shows of the gates of its process. Each part is absent where the router was not given it. */
export interface GateSources {
  readonly decisions?: DecisionStream | undefined;
  readonly routes?: (() => readonly ObservedRoute[] | Promise<readonly ObservedRoute[]>) | undefined;
  readonly health?: (() => Promise<ObservedHealth>) | undefined;
}
