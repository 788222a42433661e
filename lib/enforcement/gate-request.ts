import type { Clock } from '../clock.js';
import type { LiveGrants, LivePermission } from '../live/live-grants.js';
import type { ScopeSet } from '../scope/scope-set.js';
import type { AccessToken } from '../token/access-token.js';
import type { Credentials } from '../token/credentials.js';
import type { TokenVerifier } from '../token/verifier.js';
import type { HttpRequest, HttpResponse, Next } from './http-message.js';
import type { PassedPolicy } from './passed-policy.js';
import type { Refusal } from './refusal.js';
import type { RoutePolicy } from './route-policy.js';

/** The parts of a gate that the steps use. */
export interface GateRules {
  readonly verifier: TokenVerifier;
  readonly grants: LiveGrants | undefined;
  readonly isSelfScope: (scope: string) => boolean;
  readonly clock: Clock;
  /** Gives the scopes of a token the scope model of the gate. */
  readonly applyModel: (accessToken: AccessToken) => AccessToken;
}

/** One request at one middleware of a gate, with the results of its steps so far. */
export class GateRequest {
  /** Read once: a getter of an Express request is slow, because V8 cannot optimize it. */
  readonly headers: HttpRequest['headers'];
  /** Set by `readCredentials`. */
  credentials: Credentials | undefined;
  /** Set by `verifyToken`, or by an earlier middleware of the same gate. */
  accessToken: AccessToken | undefined;
  /** Set by `checkLiveGrants`; kept for later middleware of the same gate. */
  permission: LivePermission | undefined;
  /** The scopes of the token that are still granted; `undefined` where live grants have not decided. */
  granted: ScopeSet | undefined;
  /** Set by `requireOwner`: whether the record is the caller's own. */
  isOwner = false;
  /** What the request has passed before at the same gate. */
  passed: PassedPolicy | undefined;
  /** For the record: the refusal that scopes in trial do not cause. */
  declare wouldDeny?: Refusal;
  /** For the record. */
  warning: string | undefined;
  /** Set by `readCredentials` where the request passes as a CORS preflight. */
  isPreflight = false;

  constructor(
    readonly rules: GateRules,
    readonly policy: RoutePolicy,
    readonly req: HttpRequest,
    /** `undefined` for `gate.check`, which responds to nothing. */
    readonly res: HttpResponse | undefined,
    readonly next: Next,
    /** Monotonic milliseconds; 0 where decisions have no listener. */
    readonly startedAt: number,
  ) {
    this.headers = req.headers;
  }
}
