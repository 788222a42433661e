import type { DecisionRecord } from '../enforcement/record.js';
import type { ActivityType, Actor } from '../grants/model.js';

/** The steps of a request at a gate, in their order. */
export type StepName =
  | 'readCredentials'
  | 'verifyToken'
  | 'checkLiveGrants'
  | 'requireScopes'
  | 'requireOwner'
  | 'requireUserAuthentication';

/** One step of a gate, and what came of it. */
export interface ExplainedStep {
  readonly step: StepName;
  /**
   * `passed`, `refused` or `unavailable` (503). `skipped`: there was nothing to check. `not_reached`: an earlier step
   * decided.
   */
  readonly outcome: 'passed' | 'refused' | 'unavailable' | 'skipped' | 'not_reached';
  /** The rule that the step applies, with the section of its standard. */
  readonly rule: string;
  /** What the step found. Never the token. */
  readonly detail: string;
}

/** What to do about a refusal, and who can do it. */
export interface Remedy {
  /**
   * `client`: who sends the request. `administrator`: who grants scopes. `operator`: who runs and configures this API.
   * `issuer`: who configures the authorization server. `nobody`: the refusal is right.
   */
  readonly actor: 'client' | 'administrator' | 'operator' | 'issuer' | 'nobody';
  readonly sentence: string;
}

/** The smallest grant that would help: without one of these scopes, the request would still be refused. */
export interface MissingGrant {
  /** The `client_id` of the token. */
  readonly application?: string;
  /** The audience of the token. */
  readonly audience?: string | readonly string[];
  readonly scopes: readonly string[];
  /** The scopes that the application then requests a token with. */
  readonly requested: readonly string[];
}

/** When something that was granted ceased to be. */
export interface Withdrawal {
  /** The missing scope that it covered; absent where the application as a whole may do nothing any more. */
  readonly scope?: string;
  /** The granted scope that was withdrawn. */
  readonly by?: string;
  /** RFC 3339. */
  readonly at: string;
  /** `ENDED`: the grant reached its `expiresAt`. Else the activity that withdrew it. */
  readonly cause: ActivityType | 'ENDED';
  /** The id of that activity, of what it changed, and who did it. Absent where the grant ended by its date. */
  readonly activityId?: string;
  readonly targetId?: string;
  readonly actor?: Actor;
}

/**
 * The decision of a gate, as its `onDecision` gets it, and how it came about. Never holds the token; `error`, of an outage,
 * is what the verifier or the source threw.
 */
export interface Explanation extends Omit<DecisionRecord, 'durationMs'> {
  /** All steps of the gate, in their order. */
  readonly steps: readonly ExplainedStep[];
  /** Which held scopes cover which required ones: the name of the scope model. */
  readonly scopeModel: string;
  /** With live grants: what the application is granted for the audience of the token. */
  readonly granted?: readonly string[];
  /** The scopes of `sufficient` that nothing covers which counts. */
  readonly missing?: readonly string[];
  /** What to do about a refusal. */
  readonly remedy?: Remedy;
  /** With live grants: what the application would have to be granted. Absent where no grant would help. */
  readonly missingGrant?: MissingGrant;
  /** With a history: when each missing scope was withdrawn. One that is not listed was never granted, as far as is known. */
  readonly withdrawn?: readonly Withdrawal[];
}
