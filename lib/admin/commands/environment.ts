import { z } from 'zod';
import { description, givenId, id, name } from './fields.js';

export const environmentCommand = z.object({
  name,
  description,
  type: z.enum(['PRODUCTION', 'SANDBOX']).default('SANDBOX'),
  region: name.optional().meta({ description: 'Where PingOne keeps it, such as `EU`. Shown as it was sent.' }),
  license: z.object({ id }).optional().meta({ description: 'The license of PingOne’s. Shown as it was sent.' }),
});

export const newEnvironmentCommand = environmentCommand.extend(givenId);
