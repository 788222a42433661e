import type { z } from 'zod';
import { AdminError, type AdminErrorKind, type Detail, type DetailCode } from '../grants/errors.js';
import { omitNullMembers } from './null-members.js';

/** A request may have any number of problems; only the first ones are reported. */
const MAX_DETAILS = 50;

/**
 * Reads a body as `schema` says. A member that is `null` counts as absent.
 *
 * @throws {AdminError} with a detail for each problem, its `target` in the form `scopes[2].id`
 */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  return parse(schema, omitNullMembers(body), 'invalid_data');
}

/** Reads a merge patch, in which `null` has a meaning. */
export function parsePatch<Schema extends z.ZodType>(schema: Schema, patch: unknown): z.output<Schema> {
  return parse(schema, patch, 'invalid_data');
}

/** The same for the parameters of a query. */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: Readonly<Record<string, unknown>>,
): z.output<Schema> {
  return parse(schema, query, 'invalid_request', 'INVALID_PARAMETER');
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown, kind: AdminErrorKind, code?: DetailCode) {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const details = result.error.issues.slice(0, MAX_DETAILS).flatMap((issue) => toDetails(issue, input));
  throw new AdminError(
    kind,
    details.slice(0, MAX_DETAILS).map((detail) => ({ ...detail, ...(code && !isFilter(detail) && { code }) })),
  );
}

function isFilter({ code }: Detail): boolean {
  return code === 'INVALID_FILTER';
}

type Issue = z.core.$ZodIssue;

function toDetails(issue: Issue, input: unknown): Detail[] {
  if (issue.code === 'custom' && issue.params?.detail) return [issue.params.detail];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_DETAILS).map((key) => ({
      code: 'INVALID_PARAMETER',
      target: key.slice(0, 100),
      message: 'There is no such parameter.',
    }));
  }
  if (issue.code === 'invalid_union') {
    const intended = intendedVariant(issue, valueAt(input, issue.path));
    if (intended !== undefined) return toDetails(intended, input);
  }
  const target = toTarget(issue.path);
  const { code, expectation, innerError } = describeIssue(issue, input);
  return [
    {
      code,
      ...(target !== '' && { target }),
      message: `${target === '' ? 'The body' : target} ${expectation}.`,
      ...(innerError && { innerError }),
    },
  ];
}

/** A fault of another member, or of the form of a reference that the client intended: by name if it has only a name, else by id. */
function intendedVariant(issue: z.core.$ZodIssueInvalidUnion, value: unknown): Issue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const key = 'name' in value && !('id' in value) ? 'name' : 'id';
  const issues = issue.errors.flat();
  const other = issues.find(({ path: [member] }) => member !== undefined && member !== 'id' && member !== 'name');
  const intended = other ?? issues.find(({ path: [member] }) => member === key);
  return intended && { ...intended, path: [...issue.path, ...intended.path] };
}

interface Finding {
  readonly code: DetailCode;
  readonly expectation: string;
  readonly innerError?: Readonly<Record<string, unknown>>;
}

/** What is wrong with a value, as the end of a sentence about it. */
export function describeIssue(issue: Issue, input: unknown): Finding {
  if (valueAt(input, issue.path) === undefined) return { code: 'REQUIRED_VALUE', expectation: 'is required' };
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'INVALID_VALUE', expectation: `must be of type ${issue.expected}` };
    case 'invalid_value':
      return {
        code: 'INVALID_VALUE',
        expectation: `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`,
        innerError: { allowedValues: issue.values },
      };
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') {
        return { code: 'EMPTY_VALUE', expectation: 'must not be empty' };
      }
      return outOfRange(`must be at least ${issue.minimum}`, { rangeMinimumValue: Number(issue.minimum) });
    case 'too_big':
      if (issue.origin === 'string' || issue.origin === 'array') {
        const unit = issue.origin === 'string' ? 'characters' : 'items';
        return {
          code: 'SIZE_LIMIT_EXCEEDED',
          expectation: `must have at most ${issue.maximum} ${unit}`,
          innerError: { maximumValue: Number(issue.maximum) },
        };
      }
      return outOfRange(`must be at most ${issue.maximum}`, { rangeMaximumValue: Number(issue.maximum) });
    case 'custom':
      if (issue.params?.code === 'SIZE_LIMIT_EXCEEDED') {
        return { code: 'SIZE_LIMIT_EXCEEDED', expectation: 'has too many items in total' };
      }
      return { code: 'INVALID_VALUE', expectation: issue.params?.expectation ?? 'has characters that are not allowed' };
    default:
      return { code: 'INVALID_VALUE', expectation: 'is not in the expected format' };
  }
}

function outOfRange(expectation: string, innerError: Readonly<Record<string, unknown>>): Finding {
  return { code: 'OUT_OF_RANGE', expectation, innerError };
}

function toTarget(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, part)
      ? (value as Readonly<Record<PropertyKey, unknown>>)[part]
      : undefined;
  }, input);
}
