import { z } from 'zod';
import { description, givenId, name } from './fields.js';

export const environmentCommand = z.object({
  name,
  description,
  type: z.enum(['PRODUCTION', 'SANDBOX']).default('SANDBOX'),
});

export const newEnvironmentCommand = environmentCommand.extend(givenId);
