import { z } from 'zod';
import { LIMITS } from '../../grants/commands.js';
import { description, list, name, tag, text } from './fields.js';

/** 5 minutes to 30 days. */
const accessTokenValiditySeconds = z.int().min(300).max(2_592_000).default(3600);

export const resourceCommand = z
  .object({
    name,
    description,
    audience: text(LIMITS.uri).optional().meta({ description: 'The audience of its tokens. Default: the name.' }),
    type: z.literal('CUSTOM').default('CUSTOM').meta({ description: 'The other types are built in.' }),
    accessTokenValiditySeconds,
    introspectEndpointAuthMethod: z
      .enum(['NONE', 'CLIENT_SECRET_BASIC', 'CLIENT_SECRET_POST'])
      .default('CLIENT_SECRET_BASIC'),
    applicationPermissionsSettings: z
      .object({ claimEnabled: z.boolean().default(false) })
      .default({ claimEnabled: false }),
    tags: list(tag).default([]),
    secondaryAudiences: list(text(LIMITS.uri)).default([]),
  })
  .transform((resource) => ({ ...resource, audience: resource.audience ?? resource.name }));
