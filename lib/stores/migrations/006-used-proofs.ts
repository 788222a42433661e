import type { Queryable } from '../schema.js';
import { type ClusteredTables, definitions } from '../schema-builder.js';

/** The keys of {@link ReplayStore}. */
export async function usedProofs(tx: Queryable, clustered: ClusteredTables): Promise<void> {
  const { table, index } = definitions(tx);
  await clustered(
    table('used_proofs', { key: 'text', expires_at: 'bigint' }).addPrimaryKeyConstraint('used_proofs_pkey', [
      'key',
    ]) as never,
  ).execute();
  await index('used_proofs_at', 'used_proofs', ['expires_at']);
}
