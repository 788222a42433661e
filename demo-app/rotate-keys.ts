import { existsSync } from 'node:fs';
import { isPostgres } from './authorization-server/database-address.js';
import { rotateKeys } from './authorization-server/keys.js';
import { openRecords } from './authorization-server/records.js';
import { readSettings } from './settings.js';

// Gives the local authorization server a new signing key, whether or not servers run on its database (DATABASE).
try {
  const { database } = readSettings(process.env);
  if (!isPostgres(database) && !existsSync(database)) {
    throw new Error(`There is no ${database}: set DATABASE, or start the demo first.`);
  }
  const records = await openRecords(database);
  const kid = await rotateKeys(records).finally(() => records.close());
  console.log(`Servers on this database sign with the key ${kid} two seconds from now.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
