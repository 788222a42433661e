import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** What lies where a database was opened. */
export interface Place {
  /**
   * Whether it is still what was opened, as far as can be told.
   *
   * @throws {Error} where it is not, and cannot be opened anew
   */
  isSame(): boolean;
  /** Whether others have begun a log of their own for the very file, since this one's was removed. */
  hasOtherLog(): boolean;
  /** What was opened, if its log lies there no more. */
  lostLogOf(): Individual | undefined;
  /** Whether one of these lies there now. */
  isOneOf(individuals: readonly Individual[]): boolean;
  /** Whether this process may write all of it. */
  isWritable(): boolean;
  /** Takes what lies there now for what was opened. */
  note(): void;
}

/** A file, even among those that the system gives the same number one after the other. */
export interface Individual {
  readonly identity: string;
  /** In milliseconds since the epoch; undefined where it may be the time of the last change. */
  readonly bornAt: number | undefined;
}

type Identities = readonly (string | undefined)[];

/**
 * SQLite itself does not notice that its file was deleted, or replaced by another: it goes on in the one that it has
 * opened, and what it commits there is lost with the process. While a connection is open nobody but a stranger removes
 * one of the three.
 */
export function placeOf(file: string): Place {
  const path = resolve(file);
  let paths: readonly string[] = [];
  let noted: Identities = [];
  let opened: Individual | undefined;

  return {
    note() {
      paths = pathsAt(path);
      noted = paths.map(identityOf);
      opened = individualAt(path);
    },
    isSame() {
      const found = paths.map(identityOf);
      if (found.every((identity, index) => identity === noted[index] || identity === HIDDEN)) return true;
      if (found[0] === undefined) throw new Error(`${CANNOT_OPEN}: it is not where it was`);
      if (found[0] !== noted[0] && hasOldLog(pathsAt(path).map(identityOf), noted)) {
        throw new Error(`${CANNOT_OPEN}: it was replaced, but not its -wal and -shm`);
      }
      if (found[0] !== noted[0] && isEmpty(path)) throw new Error(`${CANNOT_OPEN}: it is empty`);
      return false;
    },
    lostLogOf() {
      const [, ...log] = paths.map(identityOf);
      return log.some((found, index) => isLost(found, noted[index + 1])) ? opened : undefined;
    },
    isOneOf(individuals) {
      const found = statAt(path);
      return individuals.some(({ identity, bornAt }) => {
        return found && identity === numberOf(found) && (bornAt === undefined || bornAt === found.birthtimeMs);
      });
    },
    isWritable: () => paths.every(mayWrite),
    hasOtherLog() {
      const [main, ...log] = paths.map(identityOf);
      return main === noted[0] && log.some((found, index) => isOther(found, noted[index + 1]));
    },
  };
}

/** As SQLite says it. */
export const CANNOT_OPEN = 'unable to open database file';

function isOther(found: string | undefined, noted: string | undefined): boolean {
  return found !== undefined && found !== HIDDEN && found !== noted;
}

function isLost(found: string | undefined, noted: string | undefined): boolean {
  return noted !== undefined && noted !== HIDDEN && found !== noted && found !== HIDDEN;
}

/** SQLite would take it for that of the new file, and write what it holds all over that. */
function hasOldLog([, ...log]: Identities, [, ...noted]: Identities): boolean {
  return log.some((identity, index) => identity !== undefined && identity === noted[index]);
}

/** SQLite would make a database of it, into which whoever has begun to copy another there writes on. */
function isEmpty(path: string): boolean {
  return statAt(path)?.size === 0;
}

/** The file, its write-ahead log, and the index of that, which lie beside what a link leads to. */
function pathsAt(path: string): readonly string[] {
  try {
    const real = realpathSync.native(path);
    return [path, `${real}-wal`, `${real}-shm`];
  } catch {
    return []; // SQLite has its own ways to name a database, such as file: addresses
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function individualAt(path: string): Individual | undefined {
  const found = statAt(path);
  if (found === undefined) return undefined;
  const { birthtimeMs, ctimeMs } = found; // systems without the one give the other, or 0
  return { identity: numberOf(found), bornAt: birthtimeMs === ctimeMs ? undefined : birthtimeMs };
}

/** Undefined also where it is hidden. */
function statAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function numberOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** Of what lies in a folder into which this process may not look any more. */
const HIDDEN = 'hidden';

function identityOf(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && numberOf(found);
  } catch {
    return HIDDEN;
  }
}
