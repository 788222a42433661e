/** A header field as it was sent: name and value. */
export type Field = readonly [name: string, value: string];

/** A request and its response. Tokens and secrets are cut; everything else is as it was sent. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: readonly Field[];
    readonly body: string;
  };
  readonly response: {
    readonly status: number;
    readonly statusText: string;
    readonly headers: readonly Field[];
    readonly body: string;
  };
  /** Milliseconds from the request to the end of the response. */
  readonly ms: number;
}

/** What the page shows of a decision record. */
export interface ShownRecord {
  readonly outcome: string;
  readonly reason: string;
  readonly detail?: string | undefined;
  readonly coverage: readonly { readonly required: string; readonly by: string }[];
}

/** A call of the API, with what the gate recorded about it. */
export interface Call {
  readonly exchange: Exchange;
  readonly record?: ShownRecord | undefined;
  /** Milliseconds from the `recordedAt` of the last change to the decision about this call. */
  readonly sinceChangeMs?: number | undefined;
}

/** A change of grants, and the first call on which it took effect. */
export interface Change {
  /** RFC 3339, UTC, with milliseconds. */
  readonly recordedAt: string;
  readonly exchange: Exchange;
  readonly effect: Call;
}

/** What an action of the front door responds with. */
export interface Outcome {
  /** The id of the window's own application. */
  readonly story: string;
  /** What the application holds, read after the action. */
  readonly held: readonly string[];
  /** For `token`. */
  readonly token?: { readonly exchange: Exchange; readonly scope: string; readonly expiresIn: number };
  /** For `call`. */
  readonly call?: Call;
  /** For `remove`, `grant` and `take-back`. */
  readonly change?: Change;
}

/** Why an action failed. The page has a sentence for each. */
export type FailureCode = 'story_gone' | 'busy' | 'operator_changed' | 'not_signed_in' | 'no_effect' | 'unavailable';

export interface Failure {
  readonly error: FailureCode;
}
