/** A package that one part of this one needs: an optional peer, which npm does not install by itself. */
export interface OptionalPackage<Loaded> {
  readonly name: string;
  /** The range in the suggested `npm install`. */
  readonly range: string;
  /** The import itself, in the caller's file so that bundlers see it. */
  readonly load: () => Loaded;
}

/**
 * Loads an optional package.
 *
 * @param user who needs it: the beginning of the sentence
 * @throws {Error} where it is not installed, in one sentence with the command that installs it
 */
export async function loadOptionalPackage<T>(user: string, wanted: OptionalPackage<Promise<T>>): Promise<T> {
  try {
    return await wanted.load();
  } catch (cause) {
    throw explain(cause, user, wanted);
  }
}

/** The same for a package that `require` loads. */
export function requireOptionalPackage<T>(user: string, wanted: OptionalPackage<T>): T {
  try {
    return wanted.load();
  } catch (cause) {
    throw explain(cause, user, wanted);
  }
}

function explain(cause: unknown, user: string, wanted: OptionalPackage<unknown>): unknown {
  if (!isMissing(cause, wanted.name)) return cause;
  return new Error(`${user} needs the package ${wanted.name}: ${installCommand(wanted)}`, { cause });
}

/** Quoted: a shell would read `^` and `*` itself. */
export function installCommand({ name, range }: Pick<OptionalPackage<unknown>, 'name' | 'range'>): string {
  return `npm install '${name}@${range}'`;
}

/** The package itself, not one that it needs: its own message then says more. */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const isNotFound = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  return isNotFound && String(message).includes(`'${name}'`);
}
