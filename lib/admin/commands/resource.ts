import { z } from 'zod';
import { LIMITS } from '../../grants/commands.js';
import { description, list, name, STAYS, tag, text } from './fields.js';

/** 5 minutes to 30 days. */
const accessTokenValiditySeconds = z.int().min(300).max(2_592_000).default(3600);

const tags = list(tag);
const secondaryAudiences = list(text(LIMITS.uri));

const members = z.object({
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
  tags: tags.default([]),
  secondaryAudiences: secondaryAudiences.default([]),
});

export const resourceCommand = members.transform(completeAudience);

/** A client that knows only PingOne's members must not reset the others, so PUT keeps those that it does not name. */
export const replaceResourceCommand = members
  .extend({
    tags: tags.optional().meta({ description: STAYS }),
    secondaryAudiences: secondaryAudiences.optional().meta({ description: STAYS }),
  })
  .transform(completeAudience);

function completeAudience<Members extends { name: string; audience?: string | undefined }>(resource: Members) {
  return { ...resource, audience: resource.audience ?? resource.name };
}
