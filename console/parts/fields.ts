import type { Field } from '../../demo-app/front-door/outcome.js';

/** The header field of this name, whatever its case. */
export function findField(fields: readonly Field[], name: string): Field | undefined {
  return fields.find(([each]) => each.toLowerCase() === name.toLowerCase());
}
