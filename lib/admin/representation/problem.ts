import { z } from 'zod';

/** The body of an error response, in PingOne's form. */
export const problemBody = z
  .object({
    id: z.string(),
    code: z.string(),
    message: z.string(),
    details: z
      .array(
        z.object({
          code: z.string(),
          target: z.string().optional(),
          message: z.string(),
          innerError: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });
