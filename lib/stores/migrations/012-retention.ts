import type { Queryable } from '../schema.js';
import { definitions } from '../schema-builder.js';

/** How the applications of an activity are found, when it is deleted. */
export async function retention(tx: Queryable): Promise<void> {
  await definitions(tx).index('activity_applications_of_number', 'activity_applications', ['number']);
}
