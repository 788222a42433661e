import { z } from 'zod';
import { LIMITS } from '../../grants/commands.js';
import { date, description, givenId, list, name, STAYS, tag, text } from './fields.js';
import { outOfScope } from './out-of-scope.js';
import { redirectUri } from './redirect-uri.js';

const trustScope = z
  .enum(['Account', 'Tags', 'Explicit'])
  .meta({ description: 'Which resources of an OCI IAM domain it may request.' });
const allowedTags = list(tag);

const TYPES = ['WEB_APP', 'NATIVE_APP', 'SINGLE_PAGE_APP', 'WORKER', 'SERVICE', 'CUSTOM_APP'] as const;

/** Applications of PingOne's that are no OAuth clients of their own. */
const TYPES_WITHOUT_GRANTS = [
  'PING_ONE_ADMIN_CONSOLE',
  'PING_ONE_PORTAL',
  'PING_ONE_SELF_SERVICE',
  'PORTAL_LINK_APP',
  'TEMPLATE_APP',
] as const;
const PROTOCOLS_WITHOUT_GRANTS = ['EXTERNAL_LINK', 'SAML', 'WS_FED'] as const;

export const applicationCommand = z.object({
  name,
  description,
  enabled: z.boolean(),
  type: outOfScope('type', TYPES_WITHOUT_GRANTS, TYPES),
  protocol: outOfScope('protocol', PROTOCOLS_WITHOUT_GRANTS, ['OPENID_CONNECT']),
  tokenEndpointAuthMethod: z.enum([
    'NONE',
    'CLIENT_SECRET_BASIC',
    'CLIENT_SECRET_POST',
    'PRIVATE_KEY_JWT',
    'CLIENT_SECRET_JWT',
  ]),
  grantTypes: list(
    z.enum([
      'AUTHORIZATION_CODE',
      'IMPLICIT',
      'REFRESH_TOKEN',
      'CLIENT_CREDENTIALS',
      'DEVICE_CODE',
      'TOKEN_EXCHANGE',
      'CIBA',
    ]),
  ).default([]),
  responseTypes: list(z.enum(['CODE', 'TOKEN', 'ID_TOKEN'])).default([]),
  redirectUris: list(redirectUri).default([]),
  postLogoutRedirectUris: list(redirectUri).default([]),
  pkceEnforcement: z.enum(['OPTIONAL', 'REQUIRED', 'S256_REQUIRED']).default('OPTIONAL'),
  trustScope: trustScope.default('Explicit'),
  allowedTags: allowedTags.default([]),
  requestScopesForMultipleResourcesEnabled: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether one request may name scopes of several custom resources.' }),
});

export const newApplicationCommand = applicationCommand.extend(givenId);

/** A client that knows only PingOne's members must not reset the others, so PUT keeps those that it does not name. */
export const replaceApplicationCommand = applicationCommand.extend({
  trustScope: trustScope.optional().meta({ description: STAYS }),
  allowedTags: allowedTags.optional().meta({ description: STAYS }),
});

export const secretCommand = z.object({
  previous: z
    .object({
      expiresAt: z.iso.datetime({ offset: true }).meta({
        description: 'When the previous secret expires: at most 30 days from now. Default: in 24 hours.',
      }),
    })
    .optional(),
});

export const newSecretCommand = z.object({
  name: name.meta({ description: 'Unique among the secrets of the application.' }),
  expiresAt: date.meta({ description: 'When it expires (RFC 3339): in the future. Default: it does not.' }),
});

export const revocationCommand = z.object({
  subject: text(LIMITS.name)
    .optional()
    .meta({ description: 'The `sub` whose tokens are revoked. Default: all tokens of the application.' }),
  notBefore: z.iso.datetime({ offset: true }).optional().meta({
    description:
      'Tokens issued before this moment are revoked; it must not lie in the future. Corrects a revocation that a wrong clock dated in the future. Default: now.',
  }),
});
