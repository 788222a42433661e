/**
 * What `environmentOf` returns for a caller that may administer every environment. A symbol: no claim of a token can
 * contain one. Equal in every copy of this package.
 */
export const ALL_ENVIRONMENTS: unique symbol = Symbol.for('scopegate.ALL_ENVIRONMENTS/1');

/** The environments that a caller may administer: the one with this id, or all. */
export type AdministeredEnvironments = string | typeof ALL_ENVIRONMENTS;
