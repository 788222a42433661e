import { z } from 'zod';
import type { ScopeHolder } from '../../grants/model.js';
import { applicationBody, representApplication } from './application.js';
import { type Href, reference, uuid } from './hal.js';

export const holderBody = z
  .object({
    ...applicationBody.shape,
    heldBy: z.array(
      z.object({ scope: z.object({ id: uuid, name: z.string() }), grant: reference, resource: reference }),
    ),
  })
  .meta({ id: 'ScopeHolder' });

export function representHolder({ application, by }: ScopeHolder, href: Href) {
  return {
    ...representApplication(application, href),
    heldBy: by.map(({ id, name, grantId, resourceId }) => ({
      scope: { id, name },
      grant: { id: grantId },
      resource: { id: resourceId },
    })),
  };
}
