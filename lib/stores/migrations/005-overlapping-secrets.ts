import type { Queryable } from '../schema.js';
import { definitions } from '../schema-builder.js';

/** An application may have several earlier secrets that are still valid. Until now the current one had 1, the previous 0. */
export async function overlappingSecrets(tx: Queryable): Promise<void> {
  await definitions(tx).schema.alterTable('application_secrets').renameColumn('is_current', 'generation').execute();
}
