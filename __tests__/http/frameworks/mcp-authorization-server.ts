import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';
import { type Listening, listening } from '../raw-http.js';

export const CLIENT_ID = 'notes-client';
/** Nothing listens there: whoever follows redirects stops before. */
export const REDIRECT_URI = 'http://127.0.0.1:1/callback';

export interface AuthorizationServer {
  readonly issuer: string;
  close(): Promise<void>;
}

/**
 * An authorization server with PKCE and resource indicators (RFC 8707), whose one user signs in and consents to whatever
 * a client asks for: an interaction is a redirect back.
 */
export async function startAuthorizationServer(scopes: readonly string[]): Promise<AuthorizationServer> {
  let provider: Provider;
  const server: Listening = await listening((req, res) => {
    const isInteraction = req.url?.startsWith('/interaction/');
    if (isInteraction) consent(provider, req, res).catch((error) => res.destroy(error));
    else provider.callback()(req, res);
  });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  provider = new Provider(server.origin, {
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' } as never] },
    cookies: { keys: ['only for this test'] },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: scopes.join(' '),
          audience: resource,
          accessTokenFormat: 'jwt',
        }),
      },
    },
  });
  return { issuer: server.origin, close: server.close };
}

async function consent(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') {
    await provider.interactionFinished(req, res, { login: { accountId: 'ada' } });
    return;
  }
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = known ?? new provider.Grant({ accountId: session?.accountId, clientId: params.client_id as string });
  const { missingResourceScopes = {} } = prompt.details as { missingResourceScopes?: Record<string, string[]> };
  for (const [resource, names] of Object.entries(missingResourceScopes))
    grant.addResourceScope(resource, names.join(' '));
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
}
