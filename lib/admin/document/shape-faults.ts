import type { z } from 'zod';
import type { Detail } from '../../grants/errors.js';
import { isObject } from '../../options.js';
import { describeIssue } from '../validation.js';
import { toPointer } from './outline.js';
import { documentSchema, type ParsedDocument } from './schema.js';

/** A document that was read, or all that is wrong with its form: each fault with its place, a JSON pointer (RFC 6901). */
export type Reading =
  | { readonly parsed: ParsedDocument; readonly faults: readonly Detail[] }
  | { readonly parsed: undefined; readonly faults: readonly Detail[] };

/** Verified: the members and their values, none unknown; no object within itself. Names are not compared here. */
export function readDocument(document: unknown): Reading {
  const cycles = findCycles(document);
  const { success, data, error } = documentSchema.safeParse(document);
  if (success && cycles.length === 0) return { parsed: data, faults: [] };
  const others = (error?.issues ?? []).flatMap((issue) => toFaults(issue, document));
  const isInCycle = ({ target = '' }: Detail) => cycles.some((cycle) => target.startsWith(`${cycle.target}/`));
  return { parsed: undefined, faults: [...cycles, ...others.filter((fault) => !isInCycle(fault))] };
}

function toFaults(issue: z.core.$ZodIssue, document: unknown): Detail[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const target = toPointer([...issue.path, key]);
      return { code: 'INVALID_PARAMETER', target, message: `${target} is not a member that a document has.` };
    });
  }
  if (issue.code === 'invalid_union') return toUnionFaults(issue, document);
  const target = toPointer(issue.path);
  const { code, expectation, innerError } = describeIssue(issue, document);
  const message = `${target === '' ? 'The document' : target} ${expectation}.`;
  return [{ code, target, message, ...(innerError && { innerError }) }];
}

/** A scope of a grant: those of the form that was meant. */
function toUnionFaults(
  { path, errors: [asText = [], asObject = []] }: z.core.$ZodIssueInvalidUnion,
  document: unknown,
) {
  const item = path.reduce<unknown>((value, part) => Object(value)[part], document);
  const issues = isObject(item) ? asObject : asText;
  return issues.flatMap((issue) => toFaults({ ...issue, path: [...path, ...issue.path] }, document));
}

/** The places where an object or a list is part of itself. Each object is visited once, however often it is used. */
function findCycles(document: unknown): (Detail & { readonly target: string })[] {
  const faults: (Detail & { readonly target: string })[] = [];
  const open = new Set<unknown>();
  const finished = new Set<unknown>();
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value !== 'object' || value === null || finished.has(value)) return;
    if (open.has(value)) {
      const target = toPointer(path);
      const message = `${target} is a cycle: the same object is around it.`;
      faults.push({ code: 'INVALID_VALUE', target, message });
      return;
    }
    if (path.length > MAX_DEPTH) return;
    open.add(value);
    for (const [member, part] of Object.entries(value)) visit(part, [...path, member]);
    open.delete(value);
    finished.add(value);
  };
  visit(document, []);
  return faults;
}

/** A document has six levels; what nests deeper is refused as an unknown member. */
const MAX_DEPTH = 32;
