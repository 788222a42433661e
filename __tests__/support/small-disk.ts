import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, that can be full. */
export interface SmallDisk {
  readonly directory: string;
  /** Leaves no byte free. */
  fill(): void;
  free(): void;
  remove(): void;
}

/** @returns undefined where this process may not mount anything */
export function smallDisk(megabytes: number, owner?: { uid: number; gid: number }): SmallDisk | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'scopegate-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory]);
  if (mounted.status !== 0) {
    rmdirSync(directory);
    return undefined;
  }
  if (owner !== undefined) chownSync(directory, owner.uid, owner.gid);
  chmodSync(directory, 0o700);
  const filler = join(directory, 'filler');
  return {
    directory,
    fill() {
      const file = openSync(filler, 'a');
      for (let size = 1024 * 1024; size > 0; ) {
        try {
          if (writeSync(file, Buffer.alloc(size)) < size) size = Math.floor(size / 2);
        } catch {
          size = Math.floor(size / 2); // no space left for so much
        }
      }
      closeSync(file);
    },
    free: () => rmSync(filler),
    remove() {
      spawnSync('umount', ['--lazy', directory]);
      rmdirSync(directory);
    },
  };
}

export function ownerOf(path: string): { uid: number; gid: number } {
  return statSync(path);
}
