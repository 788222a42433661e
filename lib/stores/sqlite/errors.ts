/** The words of SQLite's own errors (sqlite3_errstr); not every driver hands on their numbers. */
const BUSY = /^database (?:table |schema )?is locked/;
const UNAVAILABLE =
  /^(?:database (?:table |schema )?is locked|database or disk is full|disk I\/O error|attempt to write a readonly database|unable to open database file|database disk image is malformed|malformed database schema|file is not a database|unsupported file format|no such (?:table|column)|locking protocol|out of memory|statement has been finalized|database is not open)/;

const CONSTRAINT_OF_COLUMNS: Readonly<Record<string, string>> = {
  'environments.name': 'environments_name',
  'resources.environment_id, resources.name': 'resources_name',
  'scopes.resource_id, scopes.name': 'scopes_name',
};

export function isBusy(error: unknown): boolean {
  return BUSY.test(getMessage(error));
}

export function isUnavailable(error: unknown): boolean {
  return UNAVAILABLE.test(getMessage(error));
}

export function violatedConstraint(error: unknown): string | undefined {
  const message = getMessage(error);
  if (message.startsWith('FOREIGN KEY constraint failed')) return 'foreign_key';
  const [, columns = ''] = /^UNIQUE constraint failed: (.*)$/.exec(message) ?? [];
  return CONSTRAINT_OF_COLUMNS[columns];
}

function getMessage(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message ?? '');
}
