/**
 * Makes `instanceof` of a class hold for the objects of every copy of this package: the ES module and the CommonJS one,
 * Jest's, a bundled one, an installed second version. Called in the static block of the class.
 *
 * The brand ends with the version of what the copies agree on: the members of the class that others read.
 */
export function brandClass(branded: abstract new (...args: never) => object, name: string): void {
  const brand = Symbol.for(`scopegate.${name}/1`);
  Object.defineProperty(branded.prototype, brand, { value: true });
  Object.defineProperty(branded, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      // A subclass inherits this method, and has instances of its own only.
      if (this !== branded) return Function.prototype[Symbol.hasInstance].call(this, value);
      return typeof value === 'object' && value !== null && brand in value;
    },
  });
}
