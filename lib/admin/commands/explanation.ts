import { z } from 'zod';
import { LIMITS } from '../../grants/commands.js';
import { id, text } from './fields.js';
import { scopeName } from './scope.js';

/** How many scopes one requirement names at most, in each of its lists. */
const MAX_PARTS = 100;

const parts = <Part extends z.ZodType>(part: Part) => z.array(part).min(1).max(MAX_PARTS);

/** What a route requires: a scope, or `allOf` and `anyOf`, one in the other at most once. */
const requirement = z.union([
  scopeName,
  z.strictObject({ allOf: parts(z.union([scopeName, z.strictObject({ anyOf: parts(scopeName) })])) }),
  z.strictObject({ anyOf: parts(z.union([scopeName, z.strictObject({ allOf: parts(scopeName) })])) }),
]);

/** The longest access token that a gate reads, in characters. */
const MAX_TOKEN_LENGTH = 131_072;

const isAboutOne = ({ application, token }: { application?: unknown; token?: unknown }) =>
  (application === undefined) !== (token === undefined);

/** What is asked of the explanation: about an application, or about one of its tokens. */
export const explanationCommand = z
  .object({
    application: z.object({ id }).optional().meta({ description: 'The application. This or `token`.' }),
    token: z.string().min(1).max(MAX_TOKEN_LENGTH).optional().meta({
      description: 'A token of it. It is read, and not verified; it is in no response and is not stored.',
    }),
    scopes: z.array(scopeName).max(LIMITS.scopesOfGrant).optional().meta({
      description: 'The scopes of its token. Default: all that the application is granted. Not beside `token`.',
    }),
    audience: text(LIMITS.uri).optional().meta({
      description: 'The audience of its token. Default: none, so that all grants count. Not beside `token`.',
    }),
    subject: text(LIMITS.name).optional().meta({ description: 'The `sub` of its token. Not beside `token`.' }),
    required: requirement.meta({ description: 'What the route requires.' }),
  })
  .refine(isAboutOne, {
    path: ['application'],
    params: { expectation: 'must be given where there is no token, and not beside one' },
  });

export type ExplanationCommand = z.output<typeof explanationCommand>;
