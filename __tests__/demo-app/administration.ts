import type { RunningServer } from './built-demo.js';

/** The admin API of a running demo, used with the operator's own tokens. */
export interface Administration {
  /** A resource with its scopes; resolves with its id. */
  createResource(name: string, scopes: readonly string[], more?: object): Promise<string>;
  /** Replaces members of a resource, by its id. */
  changeResource(id: string, members: object): Promise<void>;
  createApplication(name: string, more?: object): Promise<Client>;
  /** Makes these the grants of an application: scopes by the name of their resource. */
  setGrants(client: Client, grants: Readonly<Record<string, readonly string[]>>): Promise<void>;
  change(client: Client, members: object): Promise<void>;
  remove(client: Client): Promise<void>;
  /** Sends a request to a path below an application. */
  send(method: string, client: Client, path: string, body?: object): Promise<HalBody>;
  applications(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** Deletes the scopes of a resource whose names match. */
  deleteScopes(resource: string, names: RegExp): Promise<void>;
  /** Voids what was issued to it so far, to this person. */
  revoke(client: Client, subject: string): Promise<void>;
}

export interface Client {
  readonly id: string;
  /** Empty for an application that authenticates by none. */
  readonly secret: string;
}

export interface HalBody {
  readonly id: string;
  readonly secret: string;
  readonly lastUsedAt?: string;
  readonly previous?: { readonly lastUsed?: string };
  readonly _embedded: Readonly<
    Record<
      'environments' | 'applications' | 'resources' | 'scopes',
      readonly { readonly id: string; readonly name: string }[]
    >
  >;
}

export const REDIRECT_URI = 'http://127.0.0.1/callback';

const APPLICATION = {
  enabled: true,
  type: 'NATIVE_APP',
  protocol: 'OPENID_CONNECT',
  tokenEndpointAuthMethod: 'CLIENT_SECRET_BASIC',
  grantTypes: ['CLIENT_CREDENTIALS', 'AUTHORIZATION_CODE', 'REFRESH_TOKEN'],
  redirectUris: [REDIRECT_URI],
  trustScope: 'Account',
};

export async function administrationOf(server: RunningServer): Promise<Administration> {
  const base = `${server.url}/v1/environments`;
  async function send(method: string, path: string, body?: object): Promise<HalBody> {
    const authorization = `Bearer ${await operatorToken(server)}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text || '{}');
  }
  const [environment] = (await send('GET', ''))._embedded.environments;
  const at = `/${environment?.id}`;

  return {
    async createResource(name, scopes, more = {}) {
      const { id } = await send('POST', `${at}/resources`, { name, ...more });
      for (const scope of scopes) await send('POST', `${at}/resources/${id}/scopes`, { name: scope });
      return id;
    },
    async changeResource(id, members) {
      await send('PUT', `${at}/resources/${id}`, { ...(await send('GET', `${at}/resources/${id}`)), ...members });
    },
    async createApplication(name, more = {}) {
      const { id } = await send('POST', `${at}/applications`, { ...APPLICATION, name, ...more });
      const isPublic = 'tokenEndpointAuthMethod' in more && more.tokenEndpointAuthMethod === 'NONE';
      const { secret } = isPublic ? { secret: '' } : await send('POST', `${at}/applications/${id}/secret`);
      return { id, secret };
    },
    async setGrants({ id }, grants) {
      const list = Object.entries(grants).map(([name, scopes]) => ({ resource: { name }, scopes }));
      await send('PUT', `${at}/applications/${id}/grants`, { grants: list });
    },
    async change({ id }, members) {
      await send('PUT', `${at}/applications/${id}`, { ...(await send('GET', `${at}/applications/${id}`)), ...members });
    },
    async revoke({ id }, subject) {
      await send('POST', `${at}/applications/${id}/revocations`, { subject });
    },
    send: (method, { id }, path, body) => send(method, `${at}/applications/${id}/${path}`, body),
    async applications() {
      return (await send('GET', `${at}/applications?limit=1000`))._embedded.applications;
    },
    async deleteScopes(resource, names) {
      const { resources } = (await send('GET', `${at}/resources`))._embedded;
      const { id } = resources.find(({ name }) => name === resource) ?? { id: '' };
      const { scopes } = (await send('GET', `${at}/resources/${id}/scopes`))._embedded;
      for (const scope of scopes) {
        if (names.test(scope.name)) await send('DELETE', `${at}/resources/${id}/scopes/${scope.id}`);
      }
    },
    async remove({ id }) {
      await send('DELETE', `${at}/applications/${id}`);
    },
  };
}

async function operatorToken(server: RunningServer): Promise<string> {
  const { body } = await tokenAnswer(server, server.operator, { scope: 'urn:opc:idm:__myscopes__' });
  return String(body.access_token);
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the token endpoint says to this form, client credentials unless it names another grant type. */
export async function tokenAnswer(
  { url }: RunningServer,
  { id, secret }: Client,
  form: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form });
  if (secret === '') body.set('client_id', id);
  const headers = new Headers();
  if (secret !== '') headers.set('authorization', `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`);
  const answer = await fetch(`${url}/oauth2/v1/token`, { method: 'POST', headers, body });
  return { status: answer.status, body: (await answer.json()) as TokenAnswer['body'] };
}

/** The claims of a token, unverified. */
export function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8'));
}
