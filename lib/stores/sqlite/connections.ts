import { Connection, NOT_OPEN, type Watch } from './connection.js';
import { type Database, endsAtClose } from './driver.js';
import { CANNOT_OPEN, type Individual, type Place, placeOf } from './place.js';

/** The connections of one store to one file. They are made anew, all of them, where another was put in its place. */
export interface Connections {
  /** @param configure is called with the connection, and with each that takes its place */
  connect(configure: (database: Database) => void): Database;
  /** Moves everything into the one file, where nobody else uses it, and ends them all. */
  close(): void;
}

/** @param file undefined for a database in memory, which nobody can replace */
export function connections(open: () => Database, file: string | undefined): Connections {
  const place = file === undefined ? UNMOVED : placeOf(file);
  const all: Connection[] = [];
  let isStale = false;
  let isClosed = false;

  function end(): void {
    for (const each of all) each.abandon();
    if (!place.hasOtherLog()) all[0]?.settle();
    const lost = endsAtClose() ? undefined : place.lostLogOf();
    if (lost !== undefined) withoutLog.push(lost);
    for (const each of all.toReversed()) each.end();
    inUse.delete(self);
  }

  const self: InUse = {
    place,
    drop() {
      isStale = true;
      end();
    },
  };

  function begin(connection: Connection): void {
    for (const other of inUse) if (other !== self && hasLost(other, place)) other.drop();
    if (place.isOneOf(withoutLog)) throw new Error(NEEDS_RESTART);
    connection.begin(open());
  }

  function renew(): void {
    if (isClosed) throw new Error(NOT_OPEN);
    isStale = true;
    end(); // all of them, before one is opened
    for (const each of all) begin(each);
    place.note();
    inUse.add(self);
    isStale = false;
  }
  const watch: Watch = {
    isWritable: () => place.isWritable(),
    isSame: () => place.isSame() && !isStale, // asked in any case: it throws where nothing is to be opened
    renew,
  };

  return {
    connect(configure) {
      const connection = new Connection(configure, watch);
      begin(connection);
      all.push(connection);
      inUse.add(self);
      if (all.length === 1) place.note();
      else if (!place.isSame()) renew();
      return connection;
    },
    close() {
      isClosed = true;
      end();
    },
  };
}

interface InUse {
  readonly place: Place;
  /** Ends the connections, for the next call to make them anew. */
  drop(): void;
}

/** All of this process: SQLite gives one shared memory to all connections of a process to a file, a removed one also. */
const inUse = new Set<InUse>();

function hasLost({ place }: InUse, here: Place): boolean {
  const lost = place.lostLogOf();
  return lost !== undefined && here.isOneOf([lost]);
}

/**
 * Files of which this process has a connection open that it cannot end, with a log that was removed. SQLite would give
 * a new connection the shared memory of that one, while other processes make their own: they overwrite each other.
 * It does not matter which store had it.
 */
const withoutLog: Individual[] = [];
const NEEDS_RESTART = `${CANNOT_OPEN}: its -wal or -shm was removed under this process, which must be restarted`;

const UNMOVED: Place = {
  isSame: () => true,
  isWritable: () => true,
  hasOtherLog: () => false,
  lostLogOf: () => undefined,
  isOneOf: () => false,
  note: () => undefined,
};
