import { z } from 'zod';
import type { Detail } from '../../grants/errors.js';
import type { ListCondition } from '../../grants/list-request.js';
import { type Attributes, toConditions } from './conditions.js';
import { type FilterFault, parseFilter } from './parse-filter.js';

/** The parameter `filter` of a list with these attributes: as conditions for the store. */
export function filterParameter(attributes: Attributes) {
  return z
    .string()
    .transform((text, context): readonly ListCondition[] => {
      const parsed = parseFilter(text);
      const result = parsed.ok ? toConditions(parsed.filter, attributes) : parsed;
      if (result.ok) return result.conditions;
      context.addIssue({ code: 'custom', params: { detail: describeFault(result.fault) } });
      return z.NEVER;
    })
    .optional()
    .meta({ description: describe(attributes) });
}

function describeFault({ offset, expectation, innerError }: FilterFault): Detail {
  return {
    code: 'INVALID_FILTER',
    target: 'filter',
    message: `At offset ${offset}, the filter must have ${expectation}.`,
    innerError: { offset, ...innerError },
  };
}

function describe(attributes: Attributes): string {
  const each = Object.entries(attributes).map(([name, { operators }]) => `\`${name}\` (${operators.join(', ')})`);
  return `Items that match: ${each.join(', ')}; joined by \`and\`, \`or\` and parentheses.`;
}
