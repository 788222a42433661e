import { z } from 'zod';
import { LIMITS } from '../../grants/commands.js';
import { isScopeToken } from '../../scope/grammar.js';
import { description } from './fields.js';

export const scopeName = z
  .string()
  .min(1)
  .max(LIMITS.name)
  .refine(isScopeToken)
  .meta({ description: 'A scope-token (RFC 6749 §3.3), unique in its resource.' });

export const scopeCommand = z.object({ name: scopeName, description });
