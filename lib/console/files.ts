/** One file of the console. */
export interface ConsoleFile {
  /** Relative to the console: `index.html`, `assets/….js`. */
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

/** The files of `console/`. The build puts them here, so that nothing is read from a disk later, and bundlers find them. */
export const CONSOLE_FILES: readonly ConsoleFile[] = [];
