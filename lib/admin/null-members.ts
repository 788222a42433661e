/** In a body, a member that is `null` counts as absent. */

/** The deepest body that is read has five levels; deeper values are refused or ignored anyway. */
const MAX_DEPTH = 32;

/** A copy without the members that are `null`, at every level. Items of arrays stay. */
export function omitNullMembers(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => omitNullMembers(item, depth + 1));
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, omitNullMembers(member, depth + 1)]));
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of a body whose optional members may be `null`. */
export function allowNullMembers(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(allowNullMembers);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { properties, required = [], ...rest } = schema as JsonSchema & { readonly required?: readonly string[] };
  const others = Object.fromEntries(Object.entries(rest).map(([name, part]) => [name, allowNullMembers(part)]));
  if (properties === undefined) return { ...others, ...(required.length > 0 && { required }) };
  const members = Object.entries(properties as JsonSchema).map(([name, member]) => {
    const allowed = allowNullMembers(member) as JsonSchema;
    return [name, required.includes(name) ? allowed : toNullable(allowed)];
  });
  return { ...others, properties: Object.fromEntries(members), ...(required.length > 0 && { required }) };
}

export function toNullable({ description, default: fallback, ...schema }: JsonSchema): JsonSchema {
  if (schema.not !== undefined) return schema; // a member that must be absent
  return {
    anyOf: [schema, { type: 'null' }],
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
  };
}
