import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Warns where the database file itself is mounted: SQLite's log would lie beside the mount, and be lost with it. */
export function warnIfMountPoint(file: string, mountInfo: string = readMountInfo()): void {
  if (!isMountPoint(file, mountInfo)) return;
  process.emitWarning(
    `The database file ${file} is a mount point. SQLite keeps a -wal and a -shm file beside it: mount the folder, not the file.`,
    { type: 'ScopegateWarning', code: 'SCOPEGATE_SQLITE_MOUNT' },
  );
}

/** A bind mount from the same file system has its folder's device number, so the list of mounts is searched as well. */
function isMountPoint(file: string, mountInfo: string): boolean {
  try {
    const path = realpathSync.native(file);
    return statSync(path).dev !== statSync(dirname(path)).dev || getMountPoints(mountInfo).includes(path);
  } catch {
    return false; // SQLite has other names for databases as well, such as `file:` URIs
  }
}

/** The fifth field of each line (proc_pid_mountinfo(5)), in which blanks and backslashes are written in octal. */
function getMountPoints(mountInfo: string): string[] {
  return mountInfo.split('\n').map((line) => {
    const [, , , , mountPoint = ''] = line.split(' ');
    return mountPoint.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  });
}

/** Empty on systems other than Linux. */
function readMountInfo(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}
