/**
 * Brands make `instanceof` of a class hold for the objects of every copy of this package: the ES module and the CommonJS
 * one, Jest's, a bundled one, an installed second version. A brand ends with the version of what the copies agree on:
 * the members of the class that others read. (No static block: bundlers would keep a class that nobody uses.)
 */
const getBrand = (name: string) => Symbol.for(`scopegate.${name}/1`);

/** Called by the constructor of the class. */
export function setBrand(instance: object, name: string): void {
  Object.defineProperty(instance, getBrand(name), { value: true });
}

/**
 * The `Symbol.hasInstance` of a branded class.
 *
 * @param asked the class after `instanceof`: a subclass inherits the method, and has instances of its own only
 */
export function hasBrand(asked: unknown, branded: unknown, name: string, value: unknown): boolean {
  if (asked !== branded) return Function.prototype[Symbol.hasInstance].call(asked, value);
  return typeof value === 'object' && value !== null && getBrand(name) in value;
}
