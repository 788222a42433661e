import { z } from 'zod';
import { documentSchema } from './schema.js';

/** The JSON Schema (draft 7) of a document, for editors. The build writes it to a file; no entry point has it. */
export function describeDocument(): object {
  const { $schema, ...schema } = z.toJSONSchema(documentSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  });
  return { $schema, title: 'Resources, applications and grants of an environment', ...schema };
}
