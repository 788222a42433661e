import startPostgres from './shared-postgres.ts';
import { shareRsaKey } from './shared-rsa-key.ts';

// Jest loads this file without its map of names, so that an import has the name that the file has.

/** Before all tests of a jest project: what its suites share. */
export default async function setUp(): Promise<void> {
  shareRsaKey();
  await startPostgres();
}
