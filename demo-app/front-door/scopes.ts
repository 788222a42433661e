/** A scope of the demo's resource, with the sentence by which a person decides. */
export interface DescribedScope {
  readonly name: string;
  readonly description: string;
}

const CONSUMER = 'urn:opc:resource:consumer';

/** What Dashboard holds when a story begins, and what the story takes away and gives back. */
export const TAKEN = `${CONSUMER}:paas::read`;
export const KEPT = `${CONSUMER}:paas:analytics::write`;

/** What Dashboard requests a token for, and what `GET /live/reports` requires. */
export const REQUESTED = `${CONSUMER}:paas:analytics::read`;

/** The scopes that the tree of the front door shows. */
export const STORY_SCOPES: readonly DescribedScope[] = [
  { name: `${CONSUMER}:paas::all`, description: 'Do everything with the platform' },
  { name: TAKEN, description: 'Read everything on the platform' },
  { name: `${CONSUMER}:paas::write`, description: 'Change everything on the platform' },
  { name: REQUESTED, description: 'Read analytics: reports, exports and their settings' },
  { name: KEPT, description: 'Change analytics: reports, exports and their settings' },
  { name: `${CONSUMER}:paas:analytics:reports::read`, description: 'Read reports' },
  { name: `${CONSUMER}:paas:analytics:reports::write`, description: 'Change reports' },
  { name: `${CONSUMER}:paas:stack::all`, description: 'Do everything with stacks' },
  { name: `${CONSUMER}:paas:stack::read`, description: 'Read stacks' },
  { name: `${CONSUMER}:paas:stack::write`, description: 'Change stacks' },
];
