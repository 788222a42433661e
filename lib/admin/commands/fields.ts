import { z } from 'zod';
import { isStorableText, LIMITS } from '../../grants/commands.js';
import { DATE_EXPECTATION, normalizeDate } from '../../grants/dates.js';

/**
 * The bodies that the admin API accepts, and the members that several of them have. Members that are not named here are
 * left out, also read-only ones that a client echoes (`_links`, `id`, `createdAt` …). Sizes are bounded; every problem
 * is found at once.
 */

/** Control characters, line separators, halves of surrogate pairs, and marks that change the direction of text. */
const NON_PRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

export function text(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !NON_PRINTABLE.test(value));
}

export const name = text(LIMITS.name);
export const description = z.string().max(LIMITS.description).refine(isStorableText).optional();

export function list<Item extends z.ZodType>(item: Item) {
  const isShort = (items: unknown) => JSON.stringify(items).length <= LIMITS.lengthOfList;
  return z
    .array(item)
    .max(LIMITS.list)
    .refine(isShort, { params: { code: 'SIZE_LIMIT_EXCEEDED' } });
}

export const id = z
  .guid()
  .meta({ description: 'A UUID.' })
  .transform((value) => value.toLowerCase());

/** A moment (RFC 3339) from 1970 to 9999. */
export const date = z.iso
  .datetime({ offset: true, abort: true })
  .refine((value) => normalizeDate(value) !== undefined, { params: { expectation: DATE_EXPECTATION } })
  .optional();

/** An id from elsewhere, such as the domain whose tokens contain it. Only at creation; made up by default. */
export const givenId = { id: id.optional() };

export const tag = z.object({ key: name, value: name }).meta({ id: 'Tag', description: 'A tag of Oracle’s.' });

/** The description of a member that PingOne does not have. */
export const STAYS = 'Default: as it is.';
