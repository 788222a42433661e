import { z } from 'zod';
import { type JsonSchema, toNullable } from './null-members.js';
import { parseBody } from './validation.js';

/** The media types of a patch: its own (RFC 7396), and that of all other bodies. */
export const PATCH_MEDIA_TYPES = ['application/merge-patch+json', 'application/json'] as const;

/** The deepest body has five levels; a value that nests deeper than this is taken as it is, and refused or ignored then. */
const MAX_DEPTH = 32;

type Members = Readonly<Record<string, unknown>>;

/**
 * `MergePatch` of RFC 7396 §2, without changing `target`: `null` removes a member, an object is merged with what is
 * there, and anything else, lists included, replaces it.
 */
export function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch) || depth > MAX_DEPTH) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, member] of Object.entries(patch)) {
    if (member === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), member, depth + 1));
  }
  return Object.fromEntries(merged); // defines members: `__proto__` is one like any other
}

/**
 * What an object becomes by a patch, read as the body of a PUT with all its members: those that the patch removes get
 * their defaults, or are missing where they are required.
 *
 * @throws {AdminError} as {@link parseBody}
 */
export function applyPatch<Schema extends z.ZodType>(
  command: Schema,
  current: object,
  patch: Members,
): z.output<Schema> {
  return parseBody(command, mergePatch(current, patch));
}

/** The body of a PATCH of what a PUT with `command` replaces. Only its form is checked: the rest, once it is applied. */
export function patchOf(command: z.ZodType) {
  const expectation = 'must be an object: a merge patch (RFC 7396)';
  return z
    .unknown()
    .refine(isObject, { params: { expectation } })
    .meta({ override: describePatch(command) }) as z.ZodType<Members>;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON Schema of the body of a PUT, with every member optional, and `null` where that has a meaning. */
function describePatch(command: z.ZodType): Record<string, unknown> {
  const { $schema: _, $defs: __, ...schema } = z.toJSONSchema(command, { io: 'input', unrepresentable: 'any' });
  const text = JSON.stringify(toPatchSchema(schema)).replaceAll('"#/$defs/', '"#/components/schemas/');
  return { ...JSON.parse(text), description: 'A merge patch (RFC 7396): `null` resets a member to its default.' };
}

function toPatchSchema({ properties, required = [], default: _, ...rest }: JsonSchema): JsonSchema {
  if (properties === undefined) return rest;
  const members = Object.entries(properties as Readonly<Record<string, JsonSchema>>).map(([name, member]) => {
    const allowed = toPatchSchema(member);
    return [name, (required as readonly string[]).includes(name) ? allowed : toNullable(allowed)];
  });
  return { ...rest, properties: Object.fromEntries(members) };
}
